"""A small suite with everything a report can show: a baseline, a thief, flakes, code with findings, and a past."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from tests.conftest import ENVIRONMENTS
from tests.end_to_end.conftest import case_line, clean_environment

from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.domain.results import Revision, Run
from passmuster.domain.values import RunIdentifier

GIT = shutil.which("git")

WORDS = {
    "backend-developer": ("endpoint", "worker", "queue"),
    "code-reviewer": ("review", "readability", "naming"),
    "database-engineer": ("migration", "index", "schema"),
    "debugger": ("traceback", "timeout", "deadlock"),
    "documentation-writer": ("tutorial", "changelog", "reference"),
    "frontend-developer": ("stylesheet", "button", "layout"),
}
"""By which words the subject ``live`` knows an agent."""

MODULES = ("orders", "invoices", "search", "accounts")
STOLEN, STEALER = "migration", "backend-developer"
"""After the edit, requests with this word go to this agent."""

FLAKY = "timeout"
"""After the edit, requests with this word go now to one agent, now to another."""

MENDED = "changelog"
"""Before the edit, nobody takes requests with this word."""

EDITED = f"Builds endpoints, workers and queues, and whatever belongs to a {STOLEN} of data."

STOLEN_CASE = "database-engineer-migration-orders"
JUDGED_CASE = "backend-developer-endpoint-orders"
VIEWS = {
    "summary": "",
    "cases": "#view=cases",
    "query": "#view=cases&q=outcome%3Awrong%20-tag%3Aterse",
    "transitions": "#view=transitions",
    "matrix": "#view=matrix",
    "agents": "#view=agents",
    "agent": f"#view=agents&agent={STEALER}",
    "history": "#view=history",
    "compare": "#view=compare",
    "case": f"#view=case&case={STOLEN_CASE}&subject=live",
    "judged": f"#view=case&case={JUDGED_CASE}&subject=live",
}
"""Every view of the page, by its address."""

SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets: [{use: files, location: ../../datasets/team/routing.jsonl}]
backends:
  model: {use: callable, target: "./writer.py:write"}
subjects:
  live: {use: routed, router: {use: callable, target: "./router.py:route"}, backend: model}
  lexical: {use: routed, router: {use: lexical}}
repetitions: 3
gate:
  - {metric: critical_breaks, maximum: 0}
  - {metric: routing_accuracy, subject: live, maximum_drop: 0.05}
  - {metric: routing_accuracy, subject: live, subset: agent=*, maximum_drop: 0.1}
"""

ROUTER = """\
import json
from collections import Counter
from pathlib import Path

from passmuster.domain.answers import RankedAgent, RoutingDecision, TermWeight

STATE = json.loads(Path(__file__).with_name("state.json").read_text(encoding="utf-8"))
ASKED = Counter()


def route(request, roster):
    word = next((word for word in STATE["owners"] if word in request.text), None)
    if word is None:
        return RoutingDecision(chosen=None, margin=1.0)
    chosen, rival = STATE["owners"][word]
    ASKED[request.text] += 1
    if word == STATE["flaky"] and ASKED[request.text] % 2:
        chosen, rival = rival, chosen
    ranking = (
        RankedAgent(agent=chosen, score=2.5, terms=(TermWeight(term=word, weight=2.0), TermWeight("module", 0.5))),
        RankedAgent(agent=rival, score=1.0, terms=(TermWeight(term="module", weight=1.0),)),
    )
    return RoutingDecision(chosen=chosen, ranking=ranking, margin=1.5, rationale=f"The request says “{word}”.")
""".replace('TermWeight("module", 0.5)', 'TermWeight(term="module", weight=0.5)')

WRITER = '''\
import json
from pathlib import Path

from passmuster.domain.answers import Completion

STATE = json.loads(Path(__file__).with_name("state.json").read_text(encoding="utf-8"))
GOOD = """Here is the module.

`orders.py`:

```python
"""  # the closing fence follows below


def write(request):
    hints = STATE["hints"]
    head = "def total(prices: list[int]) -> int:" if hints else "def total(prices):"
    body = f'"""Totals of orders."""\\n\\n\\n{head}\\n    """Add the prices up."""\\n    return sum(prices)\\n'
    closing = "It adds up the orders." if hints else "It adds them up."
    return Completion(text=f"{GOOD}{body}```\\n\\n{closing}\\n", model="tiny-model-1")
'''

RUBRIC = {
    "criteria": [
        {"use": "contains", "name": "says-what-it-adds", "text": "adds up the orders"},
        {"use": "type_hints", "name": "typed"},
    ]
}


@dataclass(frozen=True)
class Made:
    """A report, and what was said when it was made."""

    page: Path
    said: str


class Team:
    """The repository of the suite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.suite = folder / "evals" / "team" / "suite.yaml"
        self.page = folder / "reports" / "team" / "report.html"
        self.store = folder / ".passmuster" / "runs.sqlite"

    def fill(self) -> None:
        (self.suite.parent / "agents").mkdir(parents=True)
        (self.folder / "datasets" / "team").mkdir(parents=True)
        self.suite.write_text(SUITE, encoding="utf-8")
        (self.suite.parent / "router.py").write_text(ROUTER, encoding="utf-8")
        (self.suite.parent / "writer.py").write_text(WRITER, encoding="utf-8")
        (self.folder / ".gitignore").write_text("reports/\n.passmuster/\n__pycache__/\n", encoding="utf-8")
        for name, words in WORDS.items():
            self.describe(name, f"Looks after every {', '.join(words[:-1])} and {words[-1]} of a product.")
        cases = (self.folder / "datasets" / "team" / "routing.jsonl").open("w", encoding="utf-8")
        with cases:
            cases.writelines(f"{line}\n" for line in case_lines())

    def describe(self, name: str, description: str) -> None:
        text = f"---\nname: {name}\ndescription: {description}\nmodel: sonnet\n---\nYou are a {name}. Work with care.\n"
        (self.suite.parent / "agents" / f"{name}.md").write_text(text, encoding="utf-8")

    def behave(self, *, is_edited: bool) -> None:
        """Write down how the subject ``live`` and its writer act."""
        names = sorted(WORDS)
        owners = {
            word: (name, names[(place + 1) % len(names)])
            for place, name in enumerate(names)
            for word in WORDS[name]
            if is_edited or word != MENDED
        }
        if is_edited:
            owners[STOLEN] = (STEALER, "database-engineer")
        state = {"owners": owners, "flaky": FLAKY if is_edited else "", "hints": not is_edited}
        (self.suite.parent / "state.json").write_text(json.dumps(state), encoding="utf-8")

    def run(self, *arguments: str) -> str:
        """Run the real command line here."""
        done = subprocess.run(  # noqa: S603 - our own program, with arguments from the tests
            [sys.executable, "-m", "passmuster.cli", *arguments],
            cwd=self.folder,
            env={
                **clean_environment(),
                "XDG_CACHE_HOME": str(self.folder / "cache"),
                "PASSMUSTER_SANDBOX_ENVIRONMENT": str(ENVIRONMENTS),
            },
            capture_output=True,
            check=False,
            timeout=1200,
        )
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode in {0, 1, 4}, said
        return said

    def commit(self, title: str) -> Revision | None:
        """Commit everything; ``None`` where there is no git."""
        if GIT is None:
            return None
        identity = ("-c", "user.name=tester", "-c", "user.email=tester@example.invalid")
        for arguments in (
            ("init", "--quiet", "--initial-branch", "main"),
            ("add", "--all"),
            (*identity, "commit", "--quiet", "--message", title),
        ):
            subprocess.run([GIT, *arguments], cwd=self.folder, check=True, capture_output=True)  # noqa: S603 - git
        head = subprocess.run([GIT, "rev-parse", "HEAD"], cwd=self.folder, check=True, capture_output=True)  # noqa: S603 - git
        return Revision(commit=head.stdout.decode().strip(), branch="main", is_dirty=False)

    def remember(self, before: Revision | None, *, runs: int) -> None:
        """Put copies of the two latest runs into the store, as if the suite had been run each day."""
        with closing(SqliteStore(self.store)) as store:
            manifests = store.history("team", limit=2)
            after, former = (store.load(manifest.identifier) for manifest in manifests)
            for day in range(2 * runs, 0, -1):
                is_former = day > runs
                run = former if is_former else after
                _append(store, run, day, before if is_former else run.manifest.revision)


def _append(store: SqliteStore, run: Run, day: int, revision: Revision | None) -> None:
    started = run.manifest.started_at - timedelta(days=day)
    identifier = RunIdentifier(f"{started:%Y%m%dT%H%M%S}-{day:06}")
    manifest = replace(run.manifest, identifier=identifier, started_at=started, revision=revision)
    store.begin(manifest, run.roster, run.cases)
    store.append(
        identifier, [replace(trial, started_at=trial.started_at - timedelta(days=day)) for trial in run.trials]
    )


def case_lines() -> list[str]:
    """Return the dataset: a request for each word and module, two for nobody, and one that follows up on others."""
    lines = []
    for name, words in WORDS.items():
        for place, word in enumerate(words):
            for module in MODULES:
                more: dict[str, object] = {"tags": [module, "terse" if place else "chatty"]}
                more["stratum"] = ("explicit", "hinted", "implicit")[place]
                if word == "endpoint" and module in {"orders", "invoices"}:
                    more["rubric"] = RUBRIC
                if word == STOLEN and module == "orders":
                    more["critical"] = True
                request = f"The {word} of the {module} module needs attention before the release."
                lines.append(case_line(f"{name}-{word}-{module}", request, name, **more))
    turns = [{"role": "user", "content": "Orders is slow."}, {"role": "assistant", "content": "Which statement?"}]
    lines.append(case_line("follow-up", "The one behind the index.", "database-engineer", history=turns))
    lines.append(case_line("small-talk", "Thanks, that is all for today!", None, tags=["small-talk"]))
    lines.append(case_line("capital", "What is the capital of Peru?", None, tags=["small-talk"]))
    return lines


def make(folder: Path) -> Made:
    """Make the report in a folder: a run, its acceptance, an edit, another run, and a fortnight of days before."""
    team = Team(folder)
    team.fill()
    team.behave(is_edited=False)
    first = team.commit("Begin with six agents")
    team.run("run", "--no-report")
    team.run("accept")
    team.describe(STEALER, EDITED)
    team.behave(is_edited=True)
    team.commit("Let the backend developer do more")
    said = team.run("run", "--no-report")
    team.remember(first, runs=8)
    team.run("report")
    return Made(page=team.page, said=said)


def main() -> int:
    """Make the report in the folder given, to look at it."""
    sys.stdout.write(f"{make(Path(sys.argv[1])).page}\n")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
