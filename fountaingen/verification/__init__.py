"""What ``verify`` does: runs a service on a fresh database, lets Schemathesis at it, says what it found and where."""
