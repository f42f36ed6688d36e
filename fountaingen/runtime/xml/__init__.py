"""JSON values as XML and back, by the ``xml`` objects of schemas."""
