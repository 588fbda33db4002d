"""The door for pytest: a suite's cases as tests, and fixtures for tests that people write themselves."""
