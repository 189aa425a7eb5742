"""What the bank knows about a customer, as of a moment."""
