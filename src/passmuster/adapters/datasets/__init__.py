"""Where cases are read from."""
