"""What people decide: done, written down, and kept in files that other commands read."""

import json

import pytest

from passmuster.composition.labels import read_labels
from passmuster.composition.review_files import MOST_READ
from passmuster.testing.factories import a_case

from .made_up_site import ANSWER, ATTACK, CASE, RUN, MadeUpSite


async def test_label_is_what_calibration_reads(made_up: MadeUpSite) -> None:
    """The file of labels holds the last word of each person; the trail holds all of them, with what was before."""
    answers = [await made_up.post("/label", trial="0", criterion="tone", choice=choice) for choice in ("rude", "kind")]

    [label] = read_labels(made_up.files.labels)
    assert [answer.status_code for answer in answers] == [303, 303]
    assert (label.case, label.criterion, label.answer, dict(label.people)) == (CASE, "tone", ANSWER, {"ann": "kind"})
    assert [(one.before, one.after) for one in made_up.files.decisions()] == [("", "rude"), ("rude", "kind")]


@pytest.mark.parametrize(
    "fields",
    [
        {"criterion": "tone", "choice": "splendid"},
        {"criterion": "length", "choice": "kind"},
        {"criterion": "tone", "choice": "kind", "trial": "7"},
        {"criterion": "tone", "choice": "kind", "trial": "-1"},
        {"criterion": "tone", "choice": "kind", "case": "good"},
    ],
)
async def test_label_that_means_nothing_is_refused(made_up: MadeUpSite, fields: dict[str, str]) -> None:
    """Another choice, criterion or trial than a judge had would spoil the file."""
    answer = await made_up.post("/label", **({"trial": "0"} | fields))

    assert answer.status_code in {400, 404}
    assert not made_up.files.labels.exists()


async def test_right_agent_becomes_a_proposal_and_never_the_dataset(made_up: MadeUpSite) -> None:
    """The last proposal for a case counts; who agrees with the dataset proposes nothing."""
    await made_up.post("/choice", said="wrong", agent="test-engineer", note="It is about tests.")
    await made_up.post("/choice", said="right")
    await made_up.post("/choice", said="wrong", agent="debugger", case="good")

    [line] = made_up.files.proposal.read_text(encoding="utf-8").splitlines()
    told_of = json.loads(line)
    assert told_of.pop("request") == a_case(CASE, text=f"Why? {ATTACK}").request.fingerprint
    assert told_of == {"identifier": CASE, "expect": {"agent": "code-reviewer"}, "run": RUN, "by": "ann"}
    told = [one.after for one in made_up.files.decisions()]
    assert told == [
        "code-reviewer is wrong; should be test-engineer",
        "code-reviewer is right",
        "debugger is wrong; should be debugger",
    ]
    assert sorted(file.name for file in made_up.folder.iterdir() if file.suffix == ".jsonl") == []


async def test_acceptance_is_that_of_the_command(made_up: MadeUpSite) -> None:
    """With its reason, in the baseline and in the trail; the page then shows what was before and what is now."""
    with made_up.opened() as bench:
        assert bench.baselines.read(bench.baseline_location) is None
    first = await made_up.post("/accept", note="")
    second = await made_up.post("/accept", note="It may.")

    assert (first.status_code, second.status_code) == (400, 303)
    with made_up.opened() as bench:
        baseline = bench.baselines.read(bench.baseline_location)
    assert baseline is not None
    assert [item.case for item in baseline.observations] == [CASE]
    [decision] = made_up.files.decisions()
    assert (decision.by, decision.before, decision.note) == ("ann", "", "It may.")
    assert "code-reviewer 1×" in decision.after
    assert "code-reviewer 1×" in (await made_up.get("/case", run=RUN, subject="lexical", case=CASE)).text


async def test_trail_survives_what_others_write_into_it(made_up: MadeUpSite) -> None:
    """Lines that are no decisions are left out, and comments of several lines stay one decision."""
    await made_up.post("/comment", note="one\r\ntwo\u2028three")
    with made_up.files.trail.open("ab") as stream:
        stream.write(b'{"kind": "odd"}\n[1]\n{\n\xff\n' + b"[" * 5000 + b"\n")
    await made_up.post("/comment", note="last")

    assert [one.note for one in made_up.files.decisions()] == ["one\ntwothree", "last"]
    assert made_up.files.trail.stat().st_size < MOST_READ


async def test_edited_line_of_the_trail_is_named_on_its_page(made_up: MadeUpSite) -> None:
    """Whoever looks at the trail sees that somebody changed what was decided; a sound trail says nothing."""
    await made_up.post("/comment", note="one")
    await made_up.post("/comment", note="two")
    sound = await made_up.get("/trail")
    made_up.files.trail.write_bytes(made_up.files.trail.read_bytes().replace(b'"one"', b'"won"'))
    edited = await made_up.get("/trail")

    assert 'class="bad"' not in sound.text
    assert '<li class="bad">line 1 was changed after it was written' in edited.text


async def test_proposal_is_taken_back_by_whoever_agrees_with_the_dataset(made_up: MadeUpSite) -> None:
    """The last word counts, and other cases' proposals stay."""
    await made_up.post("/choice", said="wrong", agent="test-engineer")
    await made_up.post("/choice", said="wrong", agent="test-engineer", case="good")
    await made_up.post("/choice", said="wrong", agent="debugger")

    assert [one.case for one in made_up.files.proposals()] == ["good"]


async def test_proxy_says_who_decides(made_up: MadeUpSite) -> None:
    """Where a header is agreed upon, nobody decides without it, and the name of the start counts for nothing."""
    other = MadeUpSite(made_up.folder / "other", reviewer_header="x-user")
    body = f"proof={other.door.proof(other.session)}&run={RUN}&subject=lexical&case={CASE}&note=hello".encode()

    answers = [await other.ask("POST", "/comment", body, **headers) for headers in ({}, {"x-user": "bob"})]

    other.close()
    assert [answer.status_code for answer in answers] == [400, 303]
    assert [one.by for one in other.files.decisions()] == ["bob"]


async def test_review_lists_what_wants_eyes_and_report_shows_it(made_up: MadeUpSite) -> None:
    """A wrong choice and a model's word are in the queue, a right choice is not; the report is the reporter's page."""
    review = await made_up.get("/review", run=RUN)
    judged = await made_up.get("/review", run=RUN, why="judged")
    report = await made_up.get("/report", run=RUN)

    assert ">good<" not in review.text
    assert ">wrong, judged<" in review.text
    assert (review.text.count("<tr><td>"), judged.text.count("<tr><td>")) == (2, 1)
    assert "script-src 'sha256-" in report.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in report.headers["content-security-policy"]
    assert "<!doctype html>" in report.text.lower()


async def test_runs_are_searched_and_history_is_told(made_up: MadeUpSite) -> None:
    """A search finds by name; a history without runs of all cases says so and is no error."""
    found = await made_up.get("/", q="0405-0001")
    history = await made_up.get("/history")

    assert found.text.count('name="run"') == 1
    assert history.status_code == 200
