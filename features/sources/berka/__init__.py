"""A Czech bank of the 1990s (PKDD'99, 'Berka'), its dates moved by twenty years, with complaints and calls to match."""
