"""Every mutant and every harmless edit of the answers that come with passmuster, judged by every criterion.

What a sandbox found before is kept, so that only the first run takes its time.

    python benchmarks/rubric_test.py
"""

import sys
from time import perf_counter

from passmuster.cli.rubric_testing import Wish, run_test


def main() -> int:
    """Judge, and print the tables with the time."""
    begun = perf_counter()
    status = run_test(Wish(what=(), most=None, is_own_only=False, bases=(), is_strict=True, as_json=False))
    print(f"{perf_counter() - begun:.0f} s")
    return status


if __name__ == "__main__":
    sys.exit(main())
