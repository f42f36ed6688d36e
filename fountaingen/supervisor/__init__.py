"""Running services for development: one process each, started, watched, restarted and stopped together."""
