"""A router that listens to the first words of a request."""
