"""One command of the command line a module: each has `add`, which registers it."""
