"""Regular expressions of routes: PCRE reads them when they are loaded, Rust's regex crate when requests are routed."""
