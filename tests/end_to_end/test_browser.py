"""The report opened in a real browser, from disk, with its own policy in force."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Repository, case_line

CHROMIUM = shutil.which("chromium")
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> query plan"

ROUTER = """
from pathlib import Path

WORSE = Path(__file__).with_name("worse")


def route(request, roster):
    number = int(request.text.split()[-1])
    names = roster.names
    return names[0] if WORSE.exists() and number % 2 else names[number % 2]
"""
VARYING = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets: [{use: files, location: ../../datasets/team/routing.jsonl}]
subjects:
  live: {use: routed, router: {use: callable, target: "./router.py:route"}}
  lexical: {use: routed, router: {use: lexical}}
gate:
  - {metric: critical_breaks, maximum: 0}
  - {metric: routing_accuracy, subject: live, maximum_drop: 0.05}
  - {metric: routing_accuracy, subject: live, subset: agent=*, maximum_drop: 0.1}
quarantine:
  - {case: case-1, owner: "</td><script>", expires: 2099-01-01}
"""

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


def test_a_verdict_in_full_opens_too(repository: Repository, tmp_path: Path) -> None:
    """Rules, subsets, pictures and badges of a subject that varies: the scripts run, and the console is silent."""
    repository.suite.write_text(VARYING, encoding="utf-8")
    (repository.suite.parent / "router.py").write_text(ROUTER, encoding="utf-8")
    agents = sorted(path.stem for path in repository.agents.iterdir())
    repository.write_cases(
        [
            case_line(f"case-{index}", f"Look after ticket {index}", agents[index % 2], critical=index == 2)
            for index in range(80)
        ]
    )
    repository.passmuster("run", "--no-report")
    assert repository.passmuster("accept").status == 0
    (repository.suite.parent / "worse").touch()
    failed = repository.passmuster("run")

    document, console = opened(repository.report, tmp_path / "profile")

    assert failed.status == 1, failed.screen
    assert console == ""
    assert document.count('class="tabs"') == 3
    assert document.count('class="rules"') == 1
    assert f"agent: {agents[1]}" in document
    assert "against the baseline, over all cases and by subset" in document
    assert "quarantine: &lt;/td&gt;&lt;script&gt; until 2099-01-01" in document
    assert 'value="quarantined"' in document
