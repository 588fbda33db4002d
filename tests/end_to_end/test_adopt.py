"""What people decided in reviews, taken over by `dataset adopt` and `judge calibrate --reviews`."""

import json
from dataclasses import replace
from pathlib import Path

from passmuster.composition.review_files import ReviewFiles
from passmuster.domain.judging import Label, labelled_key
from passmuster.domain.reviews import Decision, DecisionKind, Proposal
from passmuster.domain.values import UNKNOWN, AgentName, CaseIdentifier, RunIdentifier, SubjectName

from .conftest import Repository
from .test_judges import judging, label

__all__ = ["judging"]
"""The fixture of another module."""


def a_decision(kind: DecisionKind, case: str, **words: str) -> Decision:
    decision = Decision(
        at="2026-01-02T03:04:05+00:00",
        by="ann",
        kind=kind,
        suite="team",
        run=RunIdentifier("r1"),
        case=CaseIdentifier(case),
        subject=SubjectName("lexical"),
    )
    return replace(decision, **words)  # type: ignore[arg-type]  # only fields that hold words


def propose(repository: Repository, case: str, was: str, agent: str | None) -> ReviewFiles:
    """Let ann say who should take a request, as the served page writes it down."""
    files = ReviewFiles(repository.suite.parent)
    identifier, run = CaseIdentifier(case), RunIdentifier("r1")
    with files.at_work():
        meant = None if agent is None else AgentName(agent)
        files.propose(Proposal(case=identifier, agent=meant, run=run, by="ann", request=UNKNOWN, line=0))
        after = f"{was} is wrong; should be {agent or '(nobody)'}"
        files.append(a_decision(DecisionKind.CHOICE, case, before=f"expected {was}", after=after, note="Read it."))
    return files


def test_proposals_are_shown_then_written_and_then_settled(repository: Repository) -> None:
    """Only the line of the case changes, it says who said so, and the dataset is sound as before."""
    propose(repository, "database-4", "database-engineer", "documentation-writer")
    before = repository.cases.read_text(encoding="utf-8").splitlines()

    shown = repository.passmuster("dataset", "adopt")
    unwritten = repository.cases.read_text(encoding="utf-8").splitlines()
    elsewhere = repository.passmuster("dataset", "adopt", "--output", "all.csv")
    taken = repository.passmuster("dataset", "adopt", "--output", "all.csv")
    written = repository.passmuster("dataset", "adopt", "--write", "--json")
    again = repository.passmuster("dataset", "adopt", "--write")
    checked = repository.passmuster("dataset", "check")

    after = repository.cases.read_text(encoding="utf-8").splitlines()
    [number] = [at for at, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    case = json.loads(after[number])
    assert (shown.status, unwritten) == (0, before)
    assert "nothing was written" in shown.screen
    assert "documentation-writer" in shown.screen
    assert (elsewhere.status, taken.status) == (0, 2)
    assert (repository.folder / "all.csv").read_text(encoding="utf-8").count("ann says") == 1
    assert (case["identifier"], case["expect"]) == ("database-4", {"agent": "documentation-writer"})
    assert (case["source"]["reviewed_by"], case["source"]["date"]) == ("ann", "2026-01-02")
    [change] = json.loads(written.output)["changes"]
    assert (change["was"], change["now"], change["by"]) == ("database-engineer", "documentation-writer", "ann")
    assert "no case changes, 1 are followed already" in again.screen
    assert checked.status == 0


def test_nothing_is_taken_from_a_trail_that_was_edited(repository: Repository) -> None:
    """Every wrong line is named, with status 2, and the dataset stays; so it does for a proposal out of nowhere."""
    files = propose(repository, "database-1", "database-engineer", "documentation-writer")
    propose(repository, "database-2", "database-engineer", None)
    before, sound = repository.cases.read_bytes(), files.trail.read_bytes()

    files.trail.write_bytes(sound.replace(b"Read it.", b"Read it!", 1))
    edited = repository.passmuster("dataset", "adopt", "--write")
    files.trail.write_bytes(sound)
    forged = files.proposal.read_text(encoding="utf-8").replace('"documentation-writer"', '"database-enginer"')
    files.proposal.write_text(forged + "nonsense\n", encoding="utf-8")
    unread = repository.passmuster("dataset", "adopt", "--write")
    files.proposal.write_text(forged, encoding="utf-8")
    unexplained = repository.passmuster("dataset", "adopt", "--write")

    assert [edited.status, unread.status, unexplained.status] == [2, 2, 2]
    assert "line 1 was changed after it was written" in edited.screen
    assert "proposal.jsonl:3: this line is no proposal" in unread.screen
    assert "the audit trail has no decision of 'ann'" in unexplained.screen
    assert repository.cases.read_bytes() == before


def test_judges_are_calibrated_with_what_people_said_in_reviews(judging: Repository) -> None:
    """The labels are those of a file, and a label that the trail does not bear out is refused."""
    files = ReviewFiles(judging.suite.parent)
    said = [(f"GOOD answer {at}", "yes") for at in range(10)] + [(f"plain answer {at}", "no") for at in range(10)]
    with files.at_work():
        for answer, choice in said:
            line = label(answer, choice)
            files.label(
                Label(
                    case=CaseIdentifier(line["case"]),
                    criterion=line["criterion"],
                    answer=answer,
                    choice=choice,
                    labeller=line["labeller"],
                )
            )
            key = labelled_key(CaseIdentifier("c-0"), answer)
            decision = a_decision(DecisionKind.LABELLED, "c-0", criterion="names-the-index", answer=key, after=choice)
            files.append(decision)

    calibrated = judging.passmuster("judge", "calibrate", "--reviews", "--json")
    both = judging.passmuster("judge", "calibrate", "labels.jsonl", "--reviews")
    neither = judging.passmuster("judge", "calibrate")
    _swap(files.labels)
    forged = judging.passmuster("judge", "calibrate", "--reviews")

    [judge] = json.loads(calibrated.output)["judges"]
    assert (judge["calibration"]["labels"], judge["calibration"]["agreement"]["value"]) == (20, 1.0)
    assert [both.status, neither.status, forged.status] == [2, 2, 2]
    assert "no decision of 'ann' that this answer is 'no'" in forged.screen


def _swap(labels: Path) -> None:
    """Turn the first label around."""
    text = labels.read_text(encoding="utf-8")
    labels.write_text(text.replace('"choice": "yes"', '"choice": "no"', 1), encoding="utf-8")
