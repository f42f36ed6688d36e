"""Requests that the service makes: to peers, callbacks and webhooks."""
