"""Where code runs that nobody trusts; each backend conforms to :class:`passmuster.ports.Sandbox`."""
