"""Agent files of one host each."""
