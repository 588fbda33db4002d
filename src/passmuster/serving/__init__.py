"""Stored runs as pages for a team: read by anybody who has the token, decided upon where that is allowed."""
