"""Starts the application of an answer and asks it: the entry of the parent, and of the child that it starts.

Run as a file, by the interpreter of the answers' environment, in the folder with the answer's files.
"""

import importlib
import sys
from pathlib import Path


def main() -> None:
    """Run the parent, or the child where the first argument says so."""
    folder = Path(__file__).resolve().parent
    sys.path[0] = str(folder.parent)
    name = "child" if sys.argv[1:2] == ["child"] else "parent"
    importlib.import_module(f"{folder.name}.{name}").main()


if __name__ == "__main__":
    main()
