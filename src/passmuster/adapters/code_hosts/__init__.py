"""Code hosts, where people discuss a change."""
