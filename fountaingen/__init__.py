"""fountaingen turns a folder of OpenAPI documents into complete, running services."""
