"""Replay: what a rule would have done over past days, as known then, from signals to managers' days."""
