"""Changes of a request, or of a roster, that should not change who takes the request."""
