"""The lock that whoever writes holds until the transaction ends."""

# The first number says whose lock it is: other programs in the database may use such locks too. A service that has a
# schema of its own is not held up by those in other schemas.
LOCK = "SELECT pg_advisory_xact_lock(1718580579, hashtext(current_schema()))"
