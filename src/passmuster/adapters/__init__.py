"""Everything that touches the world. Leaves: found by entry point, imported by nobody."""
