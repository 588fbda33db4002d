"""Settings that hold for all tests."""

import os

from hypothesis import settings

# Everywhere else hypothesis looks for new examples at each run. CI says of a commit what it said of it before: what is
# found by chance is found by people, and kept as an example.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
