"""A server that really runs a language model, if one of random weights."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Completion, CompletionRequest, Sampling
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import BackendRefusedError

from .conftest import Server

REQUEST = CompletionRequest(
    messages=(Message(role=Role.SYSTEM, content="Write."), Message(role=Role.USER, content="hello")),
    sampling=Sampling(maximum_tokens=8, temperature=0.0),
)
CASES = 40
OLDER = {"length_field": "max_tokens"}


@pytest.mark.parametrize("stream", [False, True])
async def test_answers_are_read(transformers: Server, *, stream: bool) -> None:
    """At once and in pieces, with tokens counted, and never longer than asked for."""
    backend = transformers.backend("openai_compatible", "/v1", model=transformers.model, stream=stream, **OLDER)

    completion = await backend.complete(REQUEST)

    assert completion.text
    assert completion.usage.input_tokens > 0
    assert 0 < completion.usage.output_tokens <= 8
    assert (completion.first_token is not None) == stream


async def test_pieces_make_up_the_whole(transformers: Server) -> None:
    """Equal requests get equal answers without sampling, however they are sent."""
    texts = [
        (
            await transformers.backend(
                "openai_compatible", "/v1", model=transformers.model, stream=stream, **OLDER
            ).complete(REQUEST)
        ).text
        for stream in (False, True)
    ]

    assert texts[0] == texts[1]


async def test_other_models_are_refused(transformers: Server) -> None:
    """The server's complaint is told, whatever form it has."""
    with pytest.raises(BackendRefusedError):
        await transformers.backend("openai_compatible", "/v1", model="nowhere/nothing", **OLDER).complete(REQUEST)


def test_whole_suite_runs_against_it(transformers: Server, tmp_path: Path) -> None:
    """With the real command line: every case is answered."""
    backend = {
        "use": "openai_compatible",
        "base_url": f"{transformers.address}/v1",
        "model": transformers.model,
        "maximum_tokens": 8,
        "length_field": "max_tokens",
        "limits": {"concurrency": 4},
    }
    suite = {
        "name": "real",
        "roster": {"use": "claude_code", "location": "./agents"},
        "datasets": [{"use": "files", "location": "cases.jsonl"}],
        "store": {"use": "sqlite", "location": "runs.sqlite"},
        "reports_location": "reports",
        "backends": {"tiny": backend},
        "subjects": {"tiny": {"use": "routed", "router": {"use": "lexical"}, "backend": "tiny"}},
    }
    rubric = {"criteria": [{"use": "length", "unit": "words", "maximum": 400}]}
    cases = [
        {"identifier": f"c-{at}", "request": f"write {at}", "expect": {"agent": "writer"}, "rubric": rubric}
        for at in range(CASES)
    ]
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "writer.md").write_text("---\nname: writer\ndescription: Writes.\n---\nWrite.\n")
    (tmp_path / "suite.yaml").write_text(json.dumps(suite))
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "passmuster.cli", "run", tmp_path / "suite.yaml", "--json"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode in {0, 1, 4}, done.stderr
    bench = Workbench(tmp_path / "suite.yaml", Settings())
    run = bench.store.load(bench.store.history("real", limit=1)[0].identifier)
    bench.close()
    assert len(run.trials) == CASES
    assert all(isinstance(trial.answer.completion, Completion) for trial in run.trials)
