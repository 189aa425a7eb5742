"""A signal as one readable SQL statement, apart from the compiled passes: for an auditor, and to check them by."""
