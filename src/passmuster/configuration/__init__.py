"""suite.yaml and the environment, as checked models."""
