"""A model of Kong Gateway 3.9 without a database: what it refuses to load, and where it sends a request."""
