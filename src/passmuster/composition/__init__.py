"""The only place that turns configuration into live objects."""
