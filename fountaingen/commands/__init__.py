"""The command line: parse, call one function, show its value, turn it into an exit code."""
