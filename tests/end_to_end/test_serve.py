"""`passmuster serve` as a process of its own."""

import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import httpx

from .conftest import PATIENCE, Repository, clean_environment


def test_server_shows_what_is_stored_and_ends_when_interrupted(accepted: Repository) -> None:
    """The printed link opens the list of runs, nothing but it is logged, and Ctrl-C ends with the usual status."""
    process = subprocess.Popen(
        [sys.executable, "-m", "passmuster.cli", "serve", "--port", "0", "--reviews", "--reviewer", "ann"],
        cwd=accepted.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    link = re.search(r"http://\S+", process.stdout.readline())
    assert link is not None
    home = urlsplit(link[0])

    with httpx.Client(base_url=f"http://{home.netloc}", timeout=PATIENCE) as client:
        refused = client.get("/")
        entered = client.get(f"{home.path}?{home.query}")
        listed = client.get("/")
        review = client.get("/review")
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE)

    assert (refused.status_code, entered.status_code, listed.status_code, review.status_code) == (401, 200, 200, 200)
    assert listed.text.count('name="run"') == 1
    assert "server" not in entered.headers
    assert process.returncode == 130
    assert home.query not in output + errors
    assert "GET" not in errors
    assert str(accepted.folder) not in listed.text + review.text


def test_short_token_and_taken_port_are_refused(repository: Repository) -> None:
    """A token that could be guessed is an error of input, a port that is taken one of the machine."""
    token = repository.folder / "token"
    token.write_text("short\n", encoding="utf-8")

    short = repository.passmuster("serve", "--token-file", str(token))
    missing = repository.passmuster("serve", "--token-file", "nothing")
    nowhere = repository.passmuster("serve", "--host", "192.0.2.1")

    assert (short.status, missing.status, nowhere.status) == (2, 2, 3)
    assert "fewer than 20 characters" in short.screen
    assert "nobody can listen" in nowhere.screen
