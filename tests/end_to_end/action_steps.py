"""Runs the steps of a composite action on this machine, as they stand in its file.

What GitHub's documentation says of composite actions and of expressions, as far as our action uses it: inputs with
defaults, `if`, `env`, outputs, the files behind GITHUB_OUTPUT, GITHUB_PATH and GITHUB_STEP_SUMMARY, and steps that
fail. A step with `uses` brings somebody else's program; what it would be given is noted instead.
"""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_WORDS = re.compile(r"\s*('(?:[^']|'')*'|&&|==|!=|[\w.-]+(?:\(\))?)")

Facts = Mapping[str, str]


@dataclass(kw_only=True)
class Job:
    """What became of the steps.

    Attributes:
        status: The exit status of the first step that failed, or 0.
        log: Everything that was printed.
        used: For each step that uses another action, that action and what it was given.
        outputs: The outputs of the action.
        summary: The summary of the job.
        done: The names of the steps that were not left out.
    """

    status: int = 0
    log: str = ""
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    done: list[str] = field(default_factory=list)


class Runner:
    """Runs an action in a checked-out repository."""

    def __init__(self, action: Path, checkout: Path, temporary: Path, environment: Facts) -> None:
        self._action = action
        self._document: dict[str, Any] = yaml.safe_load(action.read_text(encoding="utf-8"))
        self._checkout = checkout
        self._files = {name: temporary / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_PATH")}
        self._files["GITHUB_STEP_SUMMARY"] = temporary / "summary.md"
        self._environment = {
            **environment,
            **{name: str(place) for name, place in self._files.items()},
            "RUNNER_TEMP": str(temporary),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(action.parent),
            "GITHUB_WORKSPACE": str(checkout),
        }
        self._facts = {
            "runner.temp": str(temporary),
            "runner.os": "Linux",
            "github.run_id": "1",
            "github.run_attempt": "1",
        }

    def run(self, given: Facts, token: str) -> Job:
        """Run every step, as a job does that was given these inputs."""
        declared = self._document["inputs"]
        assert set(given) <= set(declared)
        facts = {**self._facts, "github.token": token}
        inputs = {name: given.get(name, filled(str(item.get("default", "")), facts)) for name, item in declared.items()}
        facts |= {f"inputs.{name}": value for name, value in inputs.items()}
        job = Job()
        for step in self._document["runs"]["steps"]:
            if is_wanted(str(step.get("if", "success()")), facts, has_failed=job.status != 0):
                self._step(step, facts, job)
        outputs = self._document["outputs"]
        job.outputs = {name: filled(item["value"], facts) for name, item in outputs.items()}
        summary = self._files["GITHUB_STEP_SUMMARY"]
        job.summary = summary.read_text(encoding="utf-8") if summary.exists() else ""
        return job

    def _step(self, step: Mapping[str, Any], facts: dict[str, str], job: Job) -> None:
        job.done.append(step["name"])
        if "uses" in step:
            given = {name: filled(str(value), facts) for name, value in step.get("with", {}).items()}
            job.used[step["name"]] = {"uses": step["uses"], **given}
            return
        assert step["shell"] == "bash"
        output = self._files["GITHUB_OUTPUT"]
        output.write_text("", encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - the steps of our own action
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],  # noqa: S607 - as GitHub starts it
            cwd=self._checkout,
            env=self._found() | {name: filled(str(value), facts) for name, value in step.get("env", {}).items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=600,
        )
        job.log += done.stdout.decode()
        lines = output.read_text(encoding="utf-8").splitlines()
        facts.update(
            {f"steps.{step.get('id')}.outputs.{line.partition('=')[0]}": line.partition("=")[2] for line in lines}
        )
        if done.returncode and not step.get("continue-on-error"):
            job.status = job.status or done.returncode

    def _found(self) -> dict[str, str]:
        """Return the environment of a step, with the folders that earlier steps have put on the path."""
        added = self._files["GITHUB_PATH"]
        folders = added.read_text(encoding="utf-8").splitlines() if added.exists() else []
        path = os.pathsep.join([*reversed(folders), self._environment.get("PATH", "")])
        return {**self._environment, "PATH": path}


def filled(text: str, facts: Facts) -> str:
    """Return a text with the values of its expressions."""
    return _EXPRESSION.sub(lambda found: facts.get(found[1], ""), text)


def is_wanted(condition: str, facts: Facts, *, has_failed: bool) -> bool:
    """Whether a step is run: without a word on it, a step is left out once another has failed."""
    words = _WORDS.findall(condition)
    assert "".join(words) == condition.replace(" ", ""), f"more than this can read: {condition}"
    parts = " ".join(words).split(" && ")
    if not {"always()", "success()"} & set(parts) and has_failed:
        return False
    return all(_holds(part.split(" "), facts, has_failed=has_failed) for part in parts)


def _holds(words: Sequence[str], facts: Facts, *, has_failed: bool) -> bool:
    if words == ["always()"]:
        return True
    if words == ["success()"]:
        return not has_failed
    left, operator, right = words
    is_equal = _value(left, facts) == _value(right, facts)
    return is_equal if operator == "==" else not is_equal


def _value(word: str, facts: Facts) -> str:
    return word.strip("'") if word.startswith("'") else facts.get(word, "")
