"""The lock that whoever writes holds until the transaction ends."""

# The first number says whose lock it is: other programs in the database may use such locks too. A service that has a
# schema of its own is not held up by those in other schemas.
LOCK = "SELECT pg_advisory_xact_lock(1718580579, hashtext(current_schema()))"
END = """
SELECT pg_cancel_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND classid = 1718580579 AND objsubid = 2
AND objid::bigint = hashtext(current_schema())::bigint & 4294967295
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Ends the statement of whoever holds the lock, which by its process' number would go wrong behind a pool."""
