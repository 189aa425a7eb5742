"""The closed loop: the service acts, the made bank answers, day by day, with care and without; what came of it."""
