"""The smallest parts: values and pure functions that know nothing of OpenAPI or of this tool."""
