"""Stored results in the place of new ones: when a run, or a part of it, could only be repeated."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from passmuster.application.evaluating import EvaluateSuite, PlannedRun
from passmuster.domain.cases import Case
from passmuster.domain.results import Revision, Run, RunManifest, Trial, TrialKey
from passmuster.domain.values import Fingerprint, JsonObject
from passmuster.ports import Revisions

SEARCHED = 500
"""Stored runs of a suite that are looked through, the latest ones."""

LOADED = 5
"""Runs of the same agents that are read for parts of them, when none is the same as a whole."""

_CODE = re.compile(r"(?P<file>.+\.py):\w+")
_MODULE = re.compile(r"[A-Za-z_][\w.]*:\w+")
_LOCATION = "location"

Progress = Callable[[Trial], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where the user's repository is, and which of its files a suite reads.

    Attributes:
        revisions: Knows the repository.
        folder: The suite's folder.
        paths: Everything that the suite names, and its folder.
    """

    revisions: Revisions
    folder: Path
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """What the results of a suite depend on and no fingerprint covers.

    Attributes:
        files: Recordings, and code in files, as the suite names them.
        has_modules: Whether code is named as a module, of which nobody knows where it lies.
    """

    files: tuple[str, ...]
    has_modules: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A run, and where its trials come from.

    Attributes:
        run: The run, with nothing in it that was not asked for.
        made: How many trials were made for it now.
        reused: How many were in the store.
    """

    run: Run
    made: int
    reused: int


def named_files(configuration: object) -> Iterator[str]:
    """Yield every place in a suite's configuration: locations by their key, and files of Python with a name in them."""
    for key, text in _texts(configuration):
        code = _CODE.fullmatch(text)
        if code:
            yield code["file"]
        elif key == _LOCATION:
            yield text


def unseen(configuration: JsonObject, cases: Sequence[Case]) -> Unseen:
    """Return what the results of a suite depend on beside its agents, its cases and its configuration.

    A text that only looks like a module costs a run that need not have been made; the other way round a wrong result
    would be taken.
    """
    answering = [configuration.get(name) for name in ("backends", "subjects")]
    reading = [text for _, text in _texts([configuration.get(name) for name in ("roster", "datasets")])]
    judging = [item.kind for case in cases if case.rubric for item in case.rubric.criteria]
    code = [*(text for _, text in _texts(answering)), *reading, *dict.fromkeys(judging)]
    files = [found["file"] for text in code if (found := _CODE.fullmatch(text))]
    return Unseen(
        files=tuple(dict.fromkeys([*named_files(answering), *files])),
        has_modules=any(_MODULE.fullmatch(text) and not _CODE.fullmatch(text) for text in code),
    )


def is_repeated(former: Revision | None, revision: Revision | None, depends: Unseen, track: Track) -> bool:
    """Whether a run would repeat a stored one of equal fingerprints, also in what they do not cover.

    Args:
        former: The revision of the stored run.
        revision: The revision at which it would be repeated.
        depends: What no fingerprint covers.
        track: The repository.
    """
    if not depends.files and not depends.has_modules:
        return True
    if former is None or revision is None or former.is_dirty or revision.is_dirty:
        return False
    if former.commit == revision.commit:
        return True
    paths = [Path(os.path.normpath(track.folder / file)) for file in depends.files]
    is_same = track.revisions.is_same
    return not depends.has_modules and is_same(former.commit, revision.commit, track.folder, paths)


async def find_or_make(evaluate: EvaluateSuite, suites: Sequence[str], track: Track, progress: Progress) -> Found:
    """Return a stored run of the same agents, cases and subjects; or make one, with stored trials as far as there are.

    A run that is made is stored, under the name and the revision of the parts.

    Args:
        evaluate: What is to be run, all of its cases.
        suites: The names under which runs are looked for.
        track: The repository.
        progress: Told of every trial that is made.

    Raises:
        InvalidConfigurationError: If a trial cannot be made, such as one without a recording.
    """
    parts = evaluate.parts
    keys = [plan.key for plan in evaluate.plans]
    known: dict[TrialKey, Trial] = {}
    for manifest in _candidates(evaluate, suites, track):
        run = parts.store.load(manifest.identifier)
        stored = _usable(run, evaluate)
        if all(key in stored for key in keys):
            return Found(run=_reduced(run, evaluate, stored), made=0, reused=len(keys))
        known = {**stored, **known}
    planned = evaluate.start()
    parts.store.begin(planned.manifest, parts.roster, parts.cases)
    parts.store.append(planned.manifest.identifier, [known[key] for key in keys if key in known])
    missing = evaluate.plans.without(known.keys())
    run = await evaluate.execute(PlannedRun(manifest=planned.manifest, missing=missing), progress)
    return Found(run=run, made=len(missing), reused=len(keys) - len(missing))


def _candidates(evaluate: EvaluateSuite, suites: Sequence[str], track: Track) -> Iterator[RunManifest]:
    """Yield stored runs of the same agents: first those of the same cases and all subjects, then a few others."""
    parts = evaluate.parts
    wanted = {(planned.record.name, planned.record.fingerprint) for planned in parts.subjects}
    fingerprint = parts.dataset_fingerprint
    alike = [
        manifest
        for suite in dict.fromkeys(suites)
        for manifest in parts.store.history(suite, limit=SEARCHED)
        if manifest.roster == parts.roster.fingerprint
        and wanted & {(record.name, record.fingerprint) for record in manifest.subjects}
    ]

    def is_whole(manifest: RunManifest) -> bool:
        own = {(record.name, record.fingerprint) for record in manifest.subjects}
        return manifest.dataset == fingerprint and wanted <= own and not manifest.selection

    ordered = sorted(alike, key=lambda manifest: not is_whole(manifest))
    depends = unseen(parts.configuration, parts.cases)
    loaded = 0
    for manifest in ordered:
        if is_repeated(manifest.revision, parts.revision, depends, track):
            if not is_whole(manifest):
                loaded += 1
            if loaded > LOADED:
                return
            yield manifest


def _usable(run: Run, evaluate: EvaluateSuite) -> dict[TrialKey, Trial]:
    """Return the wanted trials of a run that were judged by the same rubric, and not made because others went wrong."""
    wanted = {plan.key: plan.case.rubric_fingerprint for plan in evaluate.plans}
    rubrics: dict[str, Fingerprint] = {case.identifier: case.rubric_fingerprint for case in run.cases}
    return {
        trial.key: trial
        for trial in run.trials
        if trial.key in wanted
        and trial.inclusion == 1
        and rubrics.get(trial.key.case) == wanted[trial.key]
        and not trial.may_succeed
    }


def _reduced(run: Run, evaluate: EvaluateSuite, stored: Mapping[TrialKey, Trial]) -> Run:
    """Return a stored run without the subjects and repetitions that were not asked for."""
    parts = evaluate.parts
    manifest = replace(
        run.manifest,
        subjects=tuple(planned.record for planned in parts.subjects),
        planned=len(evaluate.plans),
        looks=1,
        against=None,
    )
    trials = tuple(stored[plan.key] for plan in evaluate.plans)
    return Run(manifest=manifest, roster=parts.roster, cases=parts.cases, trials=trials)


def _texts(configuration: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with the key that it stands under."""
    if isinstance(configuration, Mapping):
        for name, value in configuration.items():
            yield from _texts(value, str(name))
    elif isinstance(configuration, list | tuple):
        for value in configuration:
            yield from _texts(value, key)
    elif isinstance(configuration, str):
        yield (key, configuration)
