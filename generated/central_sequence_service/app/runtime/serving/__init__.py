"""Between the server and an operation: dispatch, pages, request ids, logs."""
