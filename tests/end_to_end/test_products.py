"""A product through the real command line: run, interrupted, and replayed; a script stands in for it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, REQUESTS, SUITE, Repository, clean_environment, wait_for

PRODUCT = """\
#!/bin/sh
[ -d "$(dirname "$0")/processes" ] && : > "$(dirname "$0")/processes/$$"
cat > request.txt
echo '{"type": "system", "subtype": "init", "claude_code_version": "2.1.999",
 "agents": ["database-engineer", "documentation-writer"]}' | tr -d '\\n'
echo
if grep -qi 'schema\\|sql\\|query' request.txt; then
    echo '{"type": "assistant", "message": {"id": "m", "content": [{"type": "tool_use", "id": "t", "name": "Agent",
 "input": {"subagent_type": "Database Engineer"}}]}}' | tr -d '\\n'
    echo
    exec sleep 600
fi
[ -e "$(dirname "$0")/hold" ] && exec sleep 600
echo '{"type": "result", "subtype": "success", "result": "Done."}'
"""
"""Chooses by a word and then works on for ten minutes; made up."""

LIVE = "{use: claude_code, program: ./product.sh, transcripts: kept}"


@pytest.fixture
def live(repository: Repository) -> Repository:
    """A repository whose only subject is the product."""
    product = repository.suite.parent / "product.sh"
    product.write_text(PRODUCT, encoding="utf-8")
    product.chmod(0o755)
    repository.suite.write_text(SUITE.replace("{use: routed, router: {use: lexical}}", LIVE), encoding="utf-8")
    return repository


def test_a_run_can_be_replayed_without_the_product(live: Repository) -> None:
    """Every case is asked, each run stops at its choice, and the transcripts give the same result for nothing."""
    ran = json.loads(live.passmuster("run", "--no-report", "--json").output)
    (live.suite.parent / "product.sh").unlink()
    live.suite.write_text(
        live.suite.read_text(encoding="utf-8").replace(LIVE, "{use: replay, location: kept}"), encoding="utf-8"
    )
    replayed = json.loads(live.passmuster("run", "--no-report", "--json").output)

    assert len(list((live.suite.parent / "kept").iterdir())) == len(REQUESTS)
    # Four requests for the one agent, and two for nobody.
    assert accuracy(ran) == accuracy(replayed) == 0.6
    assert any("replayed from saved transcripts" in sentence for sentence in replayed["trust"])


def test_a_product_that_is_not_there_is_no_choice_of_nobody(live: Repository) -> None:
    """The run goes on, and cannot tell."""
    (live.suite.parent / "product.sh").unlink()

    outcome = live.passmuster("run", "--no-report")

    assert outcome.status == 4
    assert "10 measurements failed in the harness (InfrastructureError)" in outcome.screen


def test_a_request_without_a_transcript_stops_the_run_before_it_begins(live: Repository) -> None:
    """With every such case."""
    (live.suite.parent / "kept").mkdir()
    live.suite.write_text(
        live.suite.read_text(encoding="utf-8").replace(LIVE, "{use: replay, location: kept}"), encoding="utf-8"
    )

    outcome = live.passmuster("run", "--no-report")

    assert outcome.status == 2
    assert outcome.screen.count("no transcript answers the request") == len(REQUESTS)


def accuracy(document: dict[str, Any]) -> float:
    [found] = [
        metric["value"]
        for metric in document["metrics"]
        if metric["metric"] == "routing_accuracy" and metric["subset"] == "all"
    ]
    return float(found)


def test_an_interrupted_run_leaves_no_product_behind(live: Repository) -> None:
    """Ctrl-C ends the product and removes its folder."""
    temporary = live.folder / "temporary"
    temporary.mkdir()
    (live.suite.parent / "hold").touch()
    processes = live.suite.parent / "processes"
    processes.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "passmuster.cli", "run", "--no-report"],
        cwd=live.folder,
        env=clean_environment() | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_for(lambda: bool(list(processes.iterdir())))
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    # Each wrote an empty file of its own name, since a shell that is killed while it writes leaves half a text.
    noted = [entry.name for entry in processes.iterdir()]
    assert noted
    assert [name for name in noted if Path("/proc", name).exists()] == []
    assert list(temporary.iterdir()) == []
