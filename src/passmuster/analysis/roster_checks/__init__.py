"""What can be said about a roster before any request is asked: one module for each kind of check."""
