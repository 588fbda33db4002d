"""A sandbox made ready before a run that needs one, and the commands of `passmuster sandbox`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from passmuster.cli.console import safe, share_bar, terminal
from passmuster.cli.leaving import say
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.confining import environments_home
from passmuster.configuration.settings import Settings

if TYPE_CHECKING:
    from passmuster.sandboxing.environments import Environments, Ready

MEGABYTE = 1_000_000

LABEL = "the environment for the code of answers"
"""What the bar is about."""


@contextmanager
def made_ready(bench: Workbench) -> Iterator[None]:
    """Look for a sandbox and prepare the environment, if the suite has criteria that run code; say it if none is."""
    names = bench.executing_criteria
    if names:
        with share_bar(LABEL) as told:
            refusal = bench.confinement.make_ready(told)
        if refusal is not None:
            say(f"left out, on both sides: {', '.join(names)}")
            say(f"why: {refusal}")
    yield


def prepare(*, as_json: bool) -> int:
    """Prepare the environment."""
    environments = _environments()
    was_there = environments.find() is not None
    with share_bar(LABEL) as told:
        ready = environments.prepare(told)
    if as_json:
        print_json(_plain(environments, ready))
        return 0
    took = "was ready already" if was_there else f"is ready, after {ready.seconds:.0f} seconds"
    sentence = (
        f"the environment {took}: Python {ready.version}, {len(ready.packages)} packages, "
        f"{ready.size / MEGABYTE:.0f} MB in {environments.folder}"
    )
    terminal().print(safe(sentence), soft_wrap=True)
    return 0


def where(*, as_json: bool) -> int:
    """Say where the environment is; the exit status is 4 where there is none yet."""
    environments = _environments()
    ready = environments.find()
    if as_json:
        print_json(_plain(environments, ready))
    elif ready is None:
        terminal().print(safe(f"not prepared yet; it would be in {environments.folder}"), soft_wrap=True)
    else:
        terminal().print(safe(str(environments.folder)), soft_wrap=True)
    return 0 if ready is not None else 4


def remove(*, as_json: bool) -> int:
    """Remove every environment, and what was copied for sandboxes."""
    environments = _environments()
    freed = environments.remove()
    if as_json:
        print_json({"home": str(environments.home), "bytes": freed})
    else:
        terminal().print(safe(f"removed {freed / MEGABYTE:.0f} MB from {environments.home}"), soft_wrap=True)
    return 0


def _environments() -> "Environments":
    from passmuster.sandboxing.environments import Environments  # noqa: PLC0415 - most runs have no code run

    return Environments(environments_home(Settings()))


def _plain(environments: "Environments", ready: "Ready | None") -> dict[str, object]:
    if ready is None:
        return {"folder": str(environments.folder), "is_ready": False}
    return {
        "folder": str(environments.folder),
        "is_ready": True,
        "python": ready.version,
        "packages": dict(ready.packages),
        "fingerprint": ready.environment.fingerprint,
        "seconds": ready.seconds,
        "bytes": ready.size,
    }
