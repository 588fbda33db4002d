"""Refuse source files that have grown too long to have one subject."""

import sys
from pathlib import Path

LIMIT = 400
"""Lines; a longer file is split by subject."""

FOLDERS = ("src", "tests", "benchmarks", "scripts")
ENDINGS = {".py", ".js", ".css", ".jinja"}


def main() -> int:
    """Print every file that is too long; the exit status is 1 if there is one."""
    root = Path(__file__).parent.parent
    too_long = [
        (path, lines)
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in ENDINGS and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LIMIT
    ]
    for path, lines in too_long:
        sys.stdout.write(f"{path.relative_to(root)}: {lines} lines, and {LIMIT} are allowed; split it by subject\n")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
