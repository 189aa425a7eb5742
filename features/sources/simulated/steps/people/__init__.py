"""For each chunk of customers: who they are, what befalls them, what the bank sees, in the order of the file names."""
