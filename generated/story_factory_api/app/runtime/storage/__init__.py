"""Rows: statements, pages, patches, and the databases that they are kept in."""
