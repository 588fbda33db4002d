"""Pure statistics and decisions on domain values."""
