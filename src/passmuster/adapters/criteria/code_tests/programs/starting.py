"""How each program here begins and ends: its question, its result, and the fault of its own that it may have."""

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping

Answer = Callable[[Mapping[str, object]], Mapping[str, object]]

_LONGEST_FAULT = 2_000


class StarvedError(Exception):
    """The machine was too busy to tell a slow answer from a fast one."""


def serve(answer: Answer) -> None:
    """Read the question, answer it, and write the result to the descriptor that the environment names."""
    descriptor = int(os.environ.pop("PASSMUSTER_RESULTS"))
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - it takes no keyword
    try:
        result = answer(json.load(sys.stdin))
    except StarvedError as error:
        result = {"fault": str(error)}
    except Exception:  # noqa: BLE001 - a mistake of ours must not look like one of the answer's
        result = {"fault": traceback.format_exc()[-_LONGEST_FAULT:]}
    rest = json.dumps(result).encode()
    while rest:
        rest = rest[os.write(descriptor, rest) :]
