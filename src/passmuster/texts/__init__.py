"""Words for people: numbers, names and metrics as they are read."""
