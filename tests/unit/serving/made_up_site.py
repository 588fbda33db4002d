"""A site over a store in which every text attacks."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from passmuster.adapters.stores.postgresql import PostgresqlStore
from passmuster.adapters.stores.sqlite import SqliteStore
from passmuster.composition.building import Workbench
from passmuster.composition.review_files import ReviewFiles
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Answer
from passmuster.domain.results import Run
from passmuster.serving.desk import Desk
from passmuster.serving.door import COOKIE, Door
from passmuster.serving.pages import Means
from passmuster.serving.site import site
from passmuster.testing.factories import (
    a_case,
    a_completion,
    a_criterion_reference,
    a_decision,
    a_rubric,
    a_run,
    a_score,
    a_trial,
)

HOME = "http://127.0.0.1:8765"
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
HOSTILE_RUN = f"../../etc/passwd{ATTACK}"
RUN = "20260102T030405-0001"
CASE = "stolen"
ANSWER = f"An answer. {ATTACK}"
SUITE = """\
name: example
roster: {use: claude_code, location: ./agents}
datasets: [{use: files, location: ./cases.jsonl}]
subjects:
  lexical: {use: routed, router: {use: lexical}}
"""
AGENT = "---\nname: debugger\ndescription: Finds out why tests fail.\n---\nYou debug.\n"


def a_hostile_run(identifier: str = RUN) -> Run:
    """Make a run with a wrong choice, an answer that a model judged, and attacks in all texts."""
    rubric = a_rubric(a_criterion_reference("judge", name="tone"))
    cases = (a_case(CASE, text=f"Why? {ATTACK}", rubric=rubric), a_case(f"odd {ATTACK}"), a_case("good"))
    score = a_score("tone", 1.0, reason=ATTACK, evidence={"choices": ["rude", "kind"]})
    answer = Answer(routing=a_decision("code-reviewer"), completion=a_completion(ANSWER))
    wrong = Answer(routing=a_decision("test-engineer"))
    trials = (
        a_trial(CASE, answer=answer, outcomes=(score,)),
        a_trial(f"odd {ATTACK}", answer=wrong),
        a_trial("good"),
    )
    return a_run(*trials, cases=cases, identifier=identifier, selection=ATTACK)


@dataclass
class MadeUpSite:
    """A site, its door, its folder and what it told whoever runs it; over a file, or a PostgreSQL server."""

    folder: Path
    has_reviews: bool = True
    reviewer_header: str | None = None
    server: str = ""
    schema: str = field(default_factory=lambda: f"served_{uuid4().hex}")
    told: list[str] = field(default_factory=list)
    door: Door = field(default_factory=Door)

    def __post_init__(self) -> None:
        (self.folder / "agents").mkdir(parents=True)
        (self.folder / "agents" / "debugger.md").write_text(AGENT, encoding="utf-8")
        kept = f"store: {{use: postgresql, location: '{self.server}', schema_name: {self.schema}}}\n"
        (self.folder / "suite.yaml").write_text(SUITE + (kept if self.server else ""), encoding="utf-8")
        self.keep(HOSTILE_RUN, RUN)
        self.session = self.door.begin()
        self.files = ReviewFiles(self.folder)
        self.means = Means(
            suite="example",
            file=self.folder / "suite.yaml",
            reader=Desk(self.opened, keeps_open=True),
            worker=Desk(self.opened, keeps_open=False),
            door=self.door,
            complete=lambda _bench, report: report,
            draw=lambda _history, _suite: b"<svg/>",
            has_reviews=self.has_reviews,
            tell=self.told.append,
        )
        self.app = site(self.means, names=["127.0.0.1"], reviewer="ann", reviewer_header=self.reviewer_header)

    def keep(self, *names: str) -> None:
        """Store hostile runs of these names, as another process does."""
        file = self.folder / "runs.sqlite"
        with closing(PostgresqlStore(self.server, schema=self.schema) if self.server else SqliteStore(file)) as store:
            for name in names:
                run = a_hostile_run(name)
                store.begin(run.manifest, run.roster, run.cases)
                store.append(run.manifest.identifier, run.trials)

    @contextmanager
    def opened(self) -> Iterator[Workbench]:
        """Open the suite as the command line does."""
        settings = Settings().model_copy(
            update={
                "store": None if self.server else str(self.folder / "runs.sqlite"),
                "cache": self.folder / "cache",
            }
        )
        bench = Workbench(self.folder / "suite.yaml", settings)
        try:
            yield bench
        finally:
            bench.close()

    def close(self) -> None:
        """End the threads."""
        self.means.reader.close()
        self.means.worker.close()

    async def ask(self, method: str, address: str, body: bytes = b"", **headers: str) -> httpx.Response:
        """Send a request as it is written; headers replace those of somebody who is signed in."""
        usual = {"host": "127.0.0.1:8765", "origin": HOME, "cookie": f"{COOKIE}={self.session}"}
        named = {name: value for name, value in (usual | headers).items() if value}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport) as client:
            url = httpx.URL(HOME).copy_with(raw_path=address.encode("ascii"))
            request = httpx.Request(method, url, headers=named, content=body)
            return await client.send(request)

    async def get(self, path: str, **query: str) -> httpx.Response:
        """Read a page."""
        return await self.ask("GET", f"{path}?{urlencode(query)}")

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form that a page made."""
        known = {"proof": self.door.proof(self.session), "run": RUN, "subject": "lexical", "case": CASE}
        return await self.ask("POST", path, urlencode(known | fields).encode())
