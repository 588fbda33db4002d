"""How many trials are made at once."""
