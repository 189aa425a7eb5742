"""The fixed set of 79 signals on a made bank, computed by us and by the tools that a good engineer would take."""
