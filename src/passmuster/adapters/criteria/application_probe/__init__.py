"""Criteria that start an answer's application in a sandbox and ask it."""
