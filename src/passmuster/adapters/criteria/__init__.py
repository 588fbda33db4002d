"""What a good answer shows."""
