"""Coding-agent products and other programs, driven or replayed: who took a request, and what came of it."""
