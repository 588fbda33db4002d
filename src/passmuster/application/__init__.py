"""What passmuster does: ports in, domain out."""
