"""Where accepted baselines are kept."""
