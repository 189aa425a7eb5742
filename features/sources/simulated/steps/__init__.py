"""The made bank, step by step, in the order of the file names."""
