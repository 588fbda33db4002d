"""A report in which every text attacks: the page's code, its layout, or whoever reads it.

It is put together from values, since the command line refuses much of this, and the page must hold all the same.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from passmuster.adapters.reporters.html import HtmlReporter
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.charting.kept import KeptCharts
from passmuster.domain.activities import Activity, ChangeKind, FileChange, ToolUse
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import Answer, Origin, RankedAgent, Stage, TermWeight
from passmuster.domain.cases import Case, Message, Provenance, Role
from passmuster.domain.observations import Acceptance, Aspect
from passmuster.domain.pasts import Past, PastCase, PastChange, PastSeries, RunSummary
from passmuster.domain.reports import Report
from passmuster.domain.results import Commit, Revision, Run, Trial
from passmuster.domain.values import AgentName, CaseIdentifier, RunIdentifier, SourceLocation, SubjectName
from passmuster.domain.verdicts import GatePolicy, GateRule, Quarantine
from passmuster.testing import factories

OWNED = "globalThis.owned = true"
"""What every attack wants to run."""

ATTACKS = (
    f"</script><script>{OWNED}</script>",
    f'<img src=x onerror="{OWNED}">',
    f"<svg onload='{OWNED}'><style>*{{display:none}}</style>",
    f'"><a href="javascript:{OWNED}">javascript:{OWNED}</a>',
    f"[link](javascript:{OWNED}) <http://attacker.invalid/>",
    f"{{{{ 7 * 7 }}}} {{% raw %}} ${{{OWNED}}} `${{{OWNED}}}`",
    "\u202egnp.exe \u2066\u200b\ufeff zero",
    "NUL \x00 bell \x07 escape \x1b[31m surrogate \ud800 and \udfff",
    "</textarea></title></style><!-- ]]> --> &lt;b&gt; \r\n\t line",
    f"#view=cases&q=</script><script>{OWNED}</script>",
)
WIDE = "W" * 100_000
"""A word that no line can break."""

EVERYTHING = " ".join(ATTACKS)
SUBJECTS = (f"live {ATTACKS[1]}", f"lexical {ATTACKS[3]}")


def _name(place: int) -> str:
    return f"agent-{place} {ATTACKS[place % len(ATTACKS)]}"


AGENTS = tuple(_name(place) for place in range(len(ATTACKS)))


def _roster(*, is_edited: bool) -> Roster:
    def agent(place: int) -> AgentDefinition:
        return factories.an_agent(
            AGENTS[place],
            f"{'edited ' if is_edited else ''}{EVERYTHING} {WIDE if place == 0 else ''}",
            instructions=f"{EVERYTHING}\n{WIDE if place == 1 else ''}\n{'new' if is_edited else 'old'} {ATTACKS[0]}",
            tools=(ATTACKS[0], WIDE if place == 2 else ATTACKS[1]),
            model=WIDE if place == 3 else ATTACKS[place],
            metadata={ATTACKS[1]: ATTACKS[0], "color": EVERYTHING},
            source=SourceLocation(path=f"agents/{ATTACKS[place]}/{'W' * 4000}.md", line=1),
        )

    return factories.a_roster(*(agent(place) for place in range(len(AGENTS))), name=EVERYTHING, host=ATTACKS[0])


def _cases() -> Iterator[Case]:
    rubric = factories.a_rubric(
        factories.a_criterion_reference(name=ATTACKS[0], is_required=True),
        factories.a_criterion_reference(name=f"criterion-{WIDE}"),
        factories.a_criterion_reference(name=ATTACKS[1]),
    )
    for place, attack in enumerate(ATTACKS):
        yield factories.a_case(
            f"case-{place} {attack}",
            request=factories.a_request(
                f"{attack} {EVERYTHING} {WIDE if place == 4 else ''}",
                history=(
                    Message(role=Role.USER, content=EVERYTHING),
                    Message(role=Role.ASSISTANT, content=f"{attack} {WIDE if place == 5 else ''}"),
                ),
            ),
            expectation=factories.an_expectation(AGENTS[place], acceptable=[AGENTS[0]], forbidden=[AGENTS[1]])
            if place > 1
            else factories.an_expectation(None),
            rubric=rubric,
            tags=frozenset({attack, f"tag-{'W' * 2000}"}),
            split=attack,
            group=attack,
            is_critical=place == 2,
            provenance=Provenance(author=EVERYTHING, date=attack, reviewed_by=attack, note=EVERYTHING),
            source=SourceLocation(path=f"{attack}/{'W' * 2000}.jsonl", line=place + 1),
        )


def _trial(subject: str, case: Case, place: int, *, is_edited: bool, repetition: int) -> Trial:
    key = {"subject": subject, "repetition": repetition}
    if place == 7:
        failure = factories.a_failure(Stage.ROUTING, kind=ATTACKS[0], message=f"{EVERYTHING} {WIDE}")
        return factories.a_trial(case.identifier, answer=Answer(routing=failure, completion=failure), **key)
    chosen = AGENTS[(place + (repetition % 2 + 1 if is_edited else 0)) % len(AGENTS)]
    ranking = tuple(
        RankedAgent(
            agent=AgentName(agent), score=2.5 - rank, terms=(TermWeight(term=f"{ATTACKS[rank]} {WIDE}", weight=1.0),)
        )
        for rank, agent in enumerate((chosen, AGENTS[0], AGENTS[1]))
    )
    code = f"`{ATTACKS[1]}.py`:\n\n```python\n{EVERYTHING}\n{WIDE}\n```\n\n~~~html\n{EVERYTHING}\n~~~\n"
    activity = Activity(
        turns=3,
        tool_uses=(ToolUse(name=ATTACKS[0], arguments={ATTACKS[1]: [EVERYTHING, {"deep": WIDE}]}),),
        commands=(ATTACKS[0], f"ls {WIDE}"),
        changes=(FileChange(path=f"{ATTACKS[1]}/{'W' * 3000}", kind=ChangeKind.WRITTEN, text=EVERYTHING),),
    )
    completion = factories.a_completion(
        f"{EVERYTHING}\n{code}",
        model=f"{ATTACKS[0]} {'W' * 2000}",
        origin=Origin.AUTHORED,
        author=EVERYTHING,
        finish_reason=ATTACKS[1],
        activity=activity,
    )
    evidence = {
        "findings": [{"file": f"{ATTACKS[1]}.py", "line": 1, "message": EVERYTHING}, {"path": WIDE, "line": 10**12}],
        "line": 2,
        ATTACKS[0]: EVERYTHING,
    }
    scores = (
        factories.a_score(ATTACKS[0], 0.0 if is_edited else 1.0, reason=f"{EVERYTHING} {WIDE}", evidence=evidence),
        factories.a_score(f"criterion-{WIDE}", 0.5, reason=ATTACKS[0]),
        factories.an_unscored(ATTACKS[1]),
    )
    return factories.a_trial(
        case.identifier,
        answer=Answer(
            routing=factories.a_decision(chosen, ranking=ranking, rationale=f"{EVERYTHING} {WIDE}", model=ATTACKS[0]),
            completion=completion,
            writer=AgentName(chosen),
        ),
        outcomes=scores,
        **key,
    )


def _run(*, is_edited: bool) -> Run:
    cases = tuple(_cases())
    trials = [
        _trial(subject, case, place, is_edited=is_edited, repetition=repetition)
        for subject in SUBJECTS
        for place, case in enumerate(cases)
        for repetition in range(2)
    ]
    records = tuple(
        factories.a_subject_record(
            subject, description=EVERYTHING, is_deterministic=False, models=(ATTACKS[0],), caveats=(EVERYTHING,)
        )
        for subject in SUBJECTS
    )
    return factories.a_run(
        *trials,
        cases=cases,
        roster=_roster(is_edited=is_edited),
        identifier=f"20260102T030405-{ATTACKS[1] if is_edited else 'before'}",
        suite=EVERYTHING,
        subjects=records,
        versions={ATTACKS[0]: EVERYTHING},
        revision=Revision(commit=ATTACKS[0], branch=f"{ATTACKS[1]}-{'W' * 2000}", is_dirty=True),
        selection=EVERYTHING,
    )


def _past(run: Run) -> Past:
    started = run.manifest.started_at
    names = [f"run-{ATTACKS[0]}", f"run-{'W' * 2000}", run.manifest.identifier]
    results = {
        SubjectName(subject): {
            case.identifier: PastCase(chosen=AGENTS[place], right=place / len(AGENTS), passed=None)
            for place, case in enumerate(run.cases)
        }
        for subject in SUBJECTS
    }
    runs = tuple(
        RunSummary(
            identifier=RunIdentifier(name),
            started_at=started - timedelta(days=len(names) - place),
            commit=ATTACKS[place],
            branch=EVERYTHING,
            is_dirty=True,
            roster=ATTACKS[0],
            dataset=run.manifest.dataset,
            results=results,
        )
        for place, name in enumerate(names)
    )
    series = tuple(
        PastSeries(
            subject=SubjectName(subject),
            metric=metric,
            agent=agent,
            places=(0, 1, 2),
            values=(0.9, 0.8, 0.2),
            lower=(0.8, 0.7, 0.1),
            upper=(1.0, 0.9, 0.3),
            cases=10,
        )
        for subject in SUBJECTS
        for metric, agent in (("routing_accuracy", ""), ("recall", AGENTS[2]), (ATTACKS[1], ""))
    )
    commits = (Commit(identifier="0123456789abcdef" * 2, title=f"{EVERYTHING} {WIDE}", committed_at=started),)
    acceptance = Acceptance(
        subject=SubjectName(SUBJECTS[0]),
        case=CaseIdentifier(run.cases[2].identifier),
        aspect=Aspect.ROUTING,
        was=AGENTS[0],
        now=AGENTS[1],
        reason=EVERYTHING,
        expires=ATTACKS[0],
    )
    change = PastChange(series=0, before=1, after=2, cause=f"{EVERYTHING} {WIDE}", commits=commits)
    return Past(runs=runs, series=series, changes=(change,), acceptances=(acceptance,))


def hostile_report() -> Report:
    """Return the report."""
    run = _run(is_edited=True)
    rules = (GateRule(metric="unaccepted_breaks"), GateRule(metric="routing_accuracy", maximum_drop=0.05))
    quarantine = Quarantine(case=run.cases[3].identifier, owner=EVERYTHING, expires="2099-01-01", reason=EVERYTHING)
    report = report_of(run, GatePolicy(rules=rules, quarantines=(quarantine,)), observe(_run(is_edited=False)))
    return replace(report, roster_before=_roster(is_edited=False), past=_past(run))


def make(folder: Path) -> Path:
    """Write the page into a folder, and return it."""
    written = HtmlReporter(kept=KeptCharts()).write(hostile_report(), folder)
    return next(path for path in written if path.suffix == ".html")
