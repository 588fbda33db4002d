"""What is put around a backend that asks a service: retries, limits, budget, cache; one policy, one wrapper."""
