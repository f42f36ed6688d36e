"""The endpoints of this service."""
