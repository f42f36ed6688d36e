"""A small service in the shape of a generated one."""
