"""Criteria on the code of an answer that need not run it: tools that are started, and rules of our own."""
