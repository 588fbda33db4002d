"""The command `serve`: stored runs in the browser, until somebody interrupts."""

import getpass
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passmuster.cli.console import safe, terminal
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.leaving import say
from passmuster.cli.opening import opened
from passmuster.cli.remembering import remembered
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.libraries import need

TOKEN: Final = "PASSMUSTER_SERVE_TOKEN"  # noqa: S105 - the name of a variable
"""The variable that holds the token."""

SOMEBODY: Final = "reviewer"
_EXTRA: Final = "serve"
_LONGEST_TOKEN: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        port: Where to listen; 0 is any port that is free.
        host: At which address of this machine.
        allowed: Further names by which the server may be called.
        token_file: The file that holds the token.
        has_reviews: Whether anything may be decided.
        reviewer: Who decides; ``None`` takes the user's name.
        reviewer_header: The header in which a proxy says who decides.
    """

    port: int
    host: str
    allowed: tuple[str, ...]
    token_file: Path | None
    has_reviews: bool
    reviewer: str | None
    reviewer_header: str | None


def serve(suite: str | None, wish: Wish) -> None:
    """Serve until somebody interrupts.

    Raises:
        MissingExtraError: If the extra is not installed.
        InvalidConfigurationError: If there is no such suite, or the token is too short.
        EnvironmentFaultError: If nobody can listen there.
    """
    need("starlette", "uvicorn", extra=_EXTRA)
    from passmuster.cli.drawing import draw_history  # noqa: PLC0415 - matplotlib takes most of a second
    from passmuster.serving.desk import Desk  # noqa: PLC0415 - an extra
    from passmuster.serving.door import Door  # noqa: PLC0415 - an extra
    from passmuster.serving.guarding import LOOPBACK  # noqa: PLC0415 - an extra
    from passmuster.serving.listening import opened_socket  # noqa: PLC0415 - an extra
    from passmuster.serving.listening import serve as answer  # noqa: PLC0415 - an extra
    from passmuster.serving.pages import Means  # noqa: PLC0415 - an extra
    from passmuster.serving.reading import PAGE  # noqa: PLC0415 - an extra
    from passmuster.serving.site import site  # noqa: PLC0415 - an extra

    token = _token(wish)
    with opened(suite) as bench:
        name, file = bench.configuration.name, bench.suite
    door = Door() if token is None else Door(token=token)
    means = Means(
        suite=name,
        file=file,
        reader=Desk(lambda: opened(suite), keeps_open=True),
        worker=Desk(lambda: opened(suite), keeps_open=False),
        door=door,
        complete=lambda bench, report: remembered(bench, report, (PAGE,)),
        draw=draw_history,
        has_reviews=wish.has_reviews,
        tell=say,
    )
    shown = f"[{wish.host}]" if ":" in wish.host else wish.host
    reviewer = wish.reviewer or _user()
    app = site(means, names=LOOPBACK | {shown, *wish.allowed}, reviewer=reviewer, reviewer_header=wish.reviewer_header)
    listener = opened_socket(wish.host, wish.port)
    port = listener.getsockname()[1]
    console = terminal()
    console.print(safe(f"{name}: open http://{shown}:{port}/enter?key={door.key}"), soft_wrap=True)
    again = "the token that you gave" if token is not None else f"this token: {door.token}"
    console.print(safe(f"the link works once; after that, and elsewhere, sign in with {again}"), soft_wrap=True)
    if shown not in LOOPBACK:
        console.print("others can reach this, and nothing is encrypted: put it behind a proxy with TLS", style="yellow")
    try:
        run_interruptibly(lambda: answer(app, listener))
    finally:
        listener.close()
        means.reader.close()
        means.worker.close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return SOMEBODY


def _token(wish: Wish) -> str | None:
    """Return the token that was given, if one was."""
    from passmuster.serving.door import FEWEST_CHARACTERS  # noqa: PLC0415 - an extra

    if wish.token_file is not None:
        try:
            with wish.token_file.open(encoding="utf-8") as stream:
                token = stream.read(_LONGEST_TOKEN).strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"the file of the token {str(wish.token_file)!r} cannot be read"
            raise InvalidConfigurationError([_error(message)]) from error
    else:
        token = os.environ.get(TOKEN, "").strip()
        if not token:
            return None
    if len(token) < FEWEST_CHARACTERS:
        raise InvalidConfigurationError([_error(f"the token has fewer than {FEWEST_CHARACTERS} characters")])
    return token


def _error(message: str) -> Finding:
    hint = "write at least 20 characters that nobody can guess, or let one be made up"
    return Finding(rule="serve-token", severity=Severity.ERROR, message=message, hint=hint)
