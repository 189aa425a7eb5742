"""Learn who is about to leave, and say how well we know it."""
