"""The report opened in a real browser, from disk, with its own policy in force."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Repository, case_line

CHROMIUM = shutil.which("chromium")
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> query plan"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed; scripts/install-debian-packages does it"
)


def opened(page: Path, profile: Path) -> tuple[str, str]:
    """Return the document as the browser has it after its scripts ran, and what it said on its console."""
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    done = subprocess.run(  # noqa: S603 - the browser, with a page that we made
        [
            str(CHROMIUM),
            *switches,
            *quiet,
            f"--user-data-dir={profile}",
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
            "--dump-dom",
            page.absolute().as_uri(),
        ],
        capture_output=True,
        check=True,
        timeout=120,
    )
    console = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    return done.stdout.decode(), "\n".join(console)


def test_report_opens_with_its_script_and_breaks_no_policy(repository: Repository, tmp_path: Path) -> None:
    """The filter is there, so the script ran under the page's own policy; the console is silent; no text is code."""
    repository.write_cases(
        [case_line("hostile", HOSTILE, "database-engineer"), case_line("plain", "missing index", "database-engineer")]
    )
    assert repository.passmuster("run").status == 4

    document, console = opened(repository.report, tmp_path / "profile")

    [form] = re.findall(r"<form class=\"filter\"[^>]*>", document)
    assert "hidden" not in form
    assert console == ""
    [title] = re.findall(r"<title>(.*?)</title>", document, re.DOTALL)
    assert "owned" not in title
    assert "&lt;img src=x" in document
