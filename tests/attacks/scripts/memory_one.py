"""Takes far more memory than is allowed, in one process."""

taken = [bytearray(100_000_000) for _ in range(60)]
