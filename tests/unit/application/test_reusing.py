"""Stored results in the place of new ones: only where nothing could come out otherwise."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.planning import PlannedSubject
from passmuster.application.reusing import Found, Unseen, find_or_make, is_repeated, named_files, unseen
from passmuster.domain.results import Revision
from passmuster.testing.factories import (
    a_case,
    a_criterion_reference,
    a_failure,
    a_roster,
    a_rubric,
    a_subject_record,
    an_agent,
)
from passmuster.testing.fakes import MemoryStore

from .made_up_repository import CASES, ROSTER, THIEF, MadeUpRevisions, WordSubject, a_revision, a_track, parts_at

NOTHING = Unseen(files=(), has_modules=False)
CODE = {"subjects": {"words": {"use": "routed", "router": {"use": "callable", "target": "./router.py:choose"}}}}


def found(parts: SuiteParts, revisions: MadeUpRevisions | None = None) -> Found:
    evaluate = EvaluateSuite(parts=parts)
    return asyncio.run(find_or_make(evaluate, ["example"], a_track(revisions), lambda _trial: None))


def test_a_run_is_made_and_stored_with_its_revision() -> None:
    """Where the store holds nothing, every trial is made."""
    store = MemoryStore()

    made = found(parts_at(7, store=store))

    assert (made.made, made.reused) == (3, 0)
    [manifest] = store.history("example", limit=9)
    assert manifest.revision == a_revision(7)
    assert store.load(manifest.identifier) == made.run


def test_an_equal_run_is_taken_from_the_store() -> None:
    """The same agents, cases and subjects at another commit: nobody is asked again, and nothing is stored."""
    store, subject = MemoryStore(), WordSubject(ROSTER)
    first = found(parts_at(1, store=store))

    second = found(parts_at(2, store=store, subject=subject))

    assert (second.made, second.reused) == (0, 3)
    assert second.run.trials == first.run.trials
    assert subject.asked == []
    assert len(store.history("example", limit=9)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"roster": THIEF},
        {"subjects": (PlannedSubject(subject=WordSubject(ROSTER), record=a_subject_record("others")),)},
        {"cases": tuple(replace(case, request=replace(case.request, text="hello")) for case in CASES)},
    ],
)
def test_another_roster_subject_or_request_is_asked(changes: dict[str, Any]) -> None:
    """None of them could only repeat what is stored."""
    store = MemoryStore()
    found(parts_at(1, store=store))

    assert found(replace(parts_at(2, store=store), **changes)).made == 3


def test_of_a_run_with_other_cases_the_shared_trials_are_taken() -> None:
    """Only the case that is new is asked; all of them make up the new run."""
    store, subject = MemoryStore(), WordSubject(ROSTER)
    found(parts_at(1, store=store))
    more = (*CASES, a_case("hedge", text="plants hedges", preferred="gardener"))

    second = found(parts_at(2, store=store, subject=subject, cases=more))

    assert (second.made, second.reused) == (1, 3)
    assert subject.asked == ["plants hedges"]
    assert second.run.is_complete
    assert len(store.history("example", limit=9)) == 2


def test_another_rubric_is_judged_again() -> None:
    """The choice would be the same; what was said of the answer would not."""
    store = MemoryStore()
    found(parts_at(1, store=store))
    judged = tuple(replace(case, rubric=a_rubric()) for case in CASES)

    assert found(parts_at(2, store=store, cases=judged)).made == 3


def test_of_a_run_with_more_than_was_asked_for_only_that_is_taken() -> None:
    """Other subjects of a stored run say nothing here."""
    store = MemoryStore()
    words = parts_at(1).subjects
    others = PlannedSubject(subject=WordSubject(ROSTER), record=a_subject_record("others"))
    found(parts_at(1, store=store, subjects=(*words, others)))

    second = found(parts_at(2, store=store))

    assert (second.made, second.reused) == (0, 3)
    assert [record.name for record in second.run.manifest.subjects] == ["words"]
    assert second.run.is_complete


@pytest.mark.parametrize(("is_transient", "made"), [(True, 3), (False, 0)])
def test_what_may_succeed_later_is_tried_again(*, is_transient: bool, made: int) -> None:
    """A failure of the harness that will come again is kept as it is."""
    store = MemoryStore()
    failing = WordSubject(ROSTER, failing=a_failure(is_transient=is_transient))
    found(parts_at(1, store=store, subject=failing))

    assert found(parts_at(2, store=store)).made == made


def test_an_interrupted_run_gives_what_it_has() -> None:
    """The rest of it is made, in a run of its own."""
    store = MemoryStore()
    whole = found(parts_at(1)).run
    store.begin(whole.manifest, whole.roster, whole.cases)
    store.append(whole.manifest.identifier, whole.trials[:2])

    assert (found(parts_at(2, store=store)).made, found(parts_at(3, store=store)).made) == (1, 0)


def test_trials_that_were_made_because_of_others_are_not_taken() -> None:
    """A case that was asked again because it went wrong is no fair sample."""
    store = MemoryStore()
    whole = found(parts_at(1)).run
    store.begin(whole.manifest, whole.roster, whole.cases)
    store.append(whole.manifest.identifier, [replace(trial, inclusion=0.5) for trial in whole.trials])

    assert found(parts_at(2, store=store)).made == 3


def test_code_beside_the_suite_must_be_the_same() -> None:
    """No fingerprint covers what a router of one's own does, so git is asked about its file."""
    store = MemoryStore()
    revisions = MadeUpRevisions(differing=[(1, 3)])
    found(parts_at(1, store=store, configuration=CODE))

    same = found(parts_at(2, store=store, configuration=CODE), revisions)
    other = found(parts_at(3, store=store, configuration=CODE), revisions)

    assert (same.made, other.made) == (0, 3)
    assert revisions.asked[0] == [Path("evals/example/router.py")]


CLEAN, DIRTY = a_revision(1), a_revision(1, is_dirty=True)


@pytest.mark.parametrize(
    ("former", "revision", "depends", "expected"),
    [
        (None, None, NOTHING, True),
        (DIRTY, a_revision(2), NOTHING, True),
        (CLEAN, a_revision(1), Unseen(files=("a.py",), has_modules=True), True),
        (CLEAN, a_revision(2), Unseen(files=("a.py",), has_modules=False), True),
        (CLEAN, a_revision(9), Unseen(files=("a.py",), has_modules=False), False),
        (CLEAN, a_revision(2), Unseen(files=(), has_modules=True), False),
        (CLEAN, DIRTY, Unseen(files=("a.py",), has_modules=False), False),
        (DIRTY, CLEAN, Unseen(files=("a.py",), has_modules=False), False),
        (None, CLEAN, Unseen(files=("a.py",), has_modules=False), False),
    ],
)
def test_what_no_fingerprint_covers_must_be_known_to_be_the_same(
    former: Revision | None, revision: Revision | None, depends: Unseen, *, expected: bool
) -> None:
    """By the commit, or by the files; a tree with changes of its own may hold anything."""
    track = a_track(MadeUpRevisions(differing=[(1, 9)]))

    assert is_repeated(former, revision, depends, track) is expected


def test_recordings_code_and_modules_are_seen() -> None:
    """Wherever a suite or a rubric names them; agents and cases have fingerprints, and a store decides nothing."""
    configuration = {
        "roster": {"use": "./loader.py:Loader", "location": "agents"},
        "datasets": [{"use": "files", "location": "cases.jsonl"}],
        "backends": {"a": {"use": "recorded", "location": "recordings"}, "b": {"use": "callable", "target": "m.n:f"}},
        "subjects": {"words": {"use": "routed", "router": {"use": "callable", "target": "./router.py:choose"}}},
        "store": {"use": "sqlite", "location": "runs.sqlite"},
    }
    own = a_case(rubric=a_rubric(a_criterion_reference("./judge.py:KIND"), a_criterion_reference("contains")))

    depends = unseen(configuration, [own, a_case("other")])

    assert sorted(depends.files) == ["./judge.py", "./loader.py", "./router.py", "recordings"]
    assert depends.has_modules
    assert not unseen({"subjects": {"words": {"use": "routed", "model": "large-4"}}}, [own]).has_modules
    assert unseen({"subjects": {"words": {"use": "routed", "router": {"use": "lexical"}}}}, CASES) == NOTHING


def test_named_files_are_found_at_any_depth() -> None:
    """Locations by their key, and code by its form."""
    data = {"a": [{"location": "x"}, {"inner": {"target": "y.py:f"}}], "text": "z", "number": 1, "location": None}

    assert list(named_files(data)) == ["x", "y.py"]


def test_an_agent_of_another_name_is_another_roster() -> None:
    """What is stored of the old name is not taken."""
    store = MemoryStore()
    found(parts_at(1, store=store))
    renamed = a_roster(an_agent("chef", "boils soup bakes bread"), an_agent("gardener", "plants trees"))

    assert found(parts_at(2, renamed, store=store)).made == 3
