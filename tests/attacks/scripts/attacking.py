"""What every attack needs; it lies beside the attack in the sandbox, and uses the standard library only."""

import ctypes
import json
import os
import platform
import sys
from collections.abc import Callable
from typing import Any

LIBRARY = ctypes.CDLL(None, use_errno=True)


def question() -> Any:  # noqa: ANN401 - plain data
    """Return what the attack is told of the world outside."""
    return json.load(sys.stdin)


def tell(broken: dict[str, str], held: str) -> None:
    """Tell what was broken; if nothing was, what was seen instead."""
    with os.fdopen(int(os.environ["PASSMUSTER_RESULTS"]), "w") as results:
        json.dump({"broken": broken, "held": held}, results)


def call(x86_64: int, aarch64: int, *arguments: object) -> int:
    """Make a call of the kernel; raises OSError where it is refused."""
    number = {"x86_64": x86_64, "aarch64": aarch64}[platform.machine()]
    returned: int = LIBRARY.syscall(ctypes.c_long(number), *arguments)
    if returned == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return returned


def attempt(attempts: dict[str, Callable[[], object]]) -> None:
    """Make attempts, each of which raises OSError where it is held back, and tell of them."""
    broken, held = {}, {}
    for name, made in attempts.items():
        try:
            broken[name] = repr(made())
        except OSError as error:
            held[name] = error.strerror or str(error)
    tell(broken, "; ".join(f"{name}: {why}" for name, why in held.items()))
