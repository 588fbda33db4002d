"""Which line of the answer is at work."""

import inspect
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

Place = dict[str, Any]
"""``file`` relative to the answer's folder, ``line`` and ``function``; empty where no code of the answer is at work."""


class Places:
    """Finds the answer's own frames."""

    def __init__(self, folder: Path) -> None:
        self._folder = f"{folder}/"

    def of_frames(self, frame: FrameType | None) -> Place:
        """Return the innermost place of the answer from a frame outwards, through greenlets as well."""
        for found in _outwards(frame):
            name = found.f_code.co_filename
            if self.is_own(name):
                return self._place(name, found.f_lineno, found.f_code.co_name)
        return {}

    def here(self) -> Place:
        """Return the innermost place of the answer that waits for the caller."""
        return self.of_frames(sys._getframe(1))  # noqa: SLF001 - the documented way to the caller's frame

    def of_error(self, error: BaseException) -> Place:
        """Return the last place of the answer that an exception came through."""
        if isinstance(error, SyntaxError) and error.filename and self.is_own(error.filename):
            return self._place(error.filename, error.lineno or 1, "")
        found = [entry for entry in traceback.extract_tb(error.__traceback__) if self.is_own(entry.filename)]
        return self._place(found[-1].filename, found[-1].lineno or 1, found[-1].name) if found else {}

    def of_function(self, function: Any) -> Place:  # noqa: ANN401 - whatever an application has registered
        """Return where a function of the answer begins."""
        function = _unwrapped(function)
        if isinstance(function, type):
            return self._of_class(function)
        code = getattr(function, "__code__", None)
        if code is None or not self.is_own(code.co_filename):
            return {}
        return self._place(code.co_filename, code.co_firstlineno, code.co_name)

    def _of_class(self, kind: type) -> Place:
        try:
            name, line = inspect.getsourcefile(kind) or "", inspect.getsourcelines(kind)[1]
        except (OSError, TypeError):
            return {}
        return self._place(name, line, kind.__name__) if self.is_own(name) else {}

    def is_own(self, name: str) -> bool:
        """Whether a file belongs to the answer."""
        return name.startswith(self._folder) and "/site-packages/" not in name

    def _place(self, name: str, line: int, function: str) -> Place:
        return {"file": name.removeprefix(self._folder), "line": line, "function": function}


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    # SQLAlchemy runs asynchronous drivers in greenlets, whose frames do not know the ones that wait for them.
    module = sys.modules.get("greenlet")
    waiting = None if module is None else module.getcurrent()
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is None and waiting is not None:
            waiting = waiting.parent
            frame = None if waiting is None else waiting.gr_frame


def _unwrapped(function: Any) -> Any:  # noqa: ANN401 - as above
    of_class = getattr(function, "view_class", None) or getattr(function, "cls", None)
    for _depth in range(0 if of_class else 8):
        inner = getattr(function, "__wrapped__", None) or getattr(function, "func", None)
        if inner is None:
            break
        function = inner
    return of_class or function
