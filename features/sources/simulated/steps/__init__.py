"""The SQL steps of the made bank."""
