"""The state of the user's repository."""
