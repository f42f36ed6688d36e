"""What operators see of a service: metrics, and traces across services."""
