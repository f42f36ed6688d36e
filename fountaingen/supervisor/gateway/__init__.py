"""A gateway for development: the services under their host names on one port, as the configuration of Kong says it.

It is no gateway for production: it speaks plain HTTP, counts in its own memory and holds every credential there.
"""
