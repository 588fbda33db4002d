"""Served pages over runs that lie on a PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from .made_up_site import ATTACK, CASE, RUN, MadeUpSite

PAGES = (
    ("/", {}),
    ("/history", {}),
    ("/review", {"run": RUN}),
    ("/report", {"run": RUN}),
    ("/case", {"run": RUN, "subject": "lexical", "case": CASE}),
    ("/trail", {}),
)


@pytest.fixture
def on_server(tmp_path: Path, postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MadeUpSite]:
    """A site over a schema of its own, which asks the server for every list."""
    monkeypatch.setattr("passmuster.serving.pages.FRESH", -1.0)
    made = MadeUpSite(tmp_path / "served", server=postgresql)
    yield made
    made.close()


async def test_every_page_is_that_of_a_file(on_server: MadeUpSite, made_up: MadeUpSite) -> None:
    """The list, history, review, case and trail are equal byte by byte but for proofs; the report is shown as well."""
    for path, query in PAGES:
        server, file = [await site.get(path, **query) for site in (on_server, made_up)]
        texts = [
            page.text.replace(site.door.proof(site.session), "PROOF")
            for page, site in ((server, on_server), (file, made_up))
        ]

        assert (server.status_code, file.status_code) == (200, 200)
        assert ATTACK not in server.text
        assert path == "/report" or texts[0] == texts[1]


async def test_people_decide_and_see_what_others_write_meanwhile(on_server: MadeUpSite) -> None:
    """A label is kept beside the suite; a run that another process begins is in the list at once."""
    labelled = await on_server.post("/label", trial="0", criterion="tone", choice="rude")
    accepted = await on_server.post("/accept", note="It may.")
    before = await on_server.get("/")
    on_server.keep("20260102T030405-0002")
    after = await on_server.get("/")

    assert (labelled.status_code, accepted.status_code) == (303, 303)
    assert [one.after for one in on_server.files.decisions()][:1] == ["rude"]
    assert (before.text.count('name="run"'), after.text.count('name="run"')) == (2, 3)


async def test_server_that_was_gone_is_asked_again(on_server: MadeUpSite, postgresql: str) -> None:
    """A connection that the server ended, as when it begins anew, costs nobody a page."""
    with psycopg.connect(postgresql, autocommit=True) as other:
        began = other.execute("SELECT clock_timestamp()").fetchone()
        await on_server.get("/")
        ending = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE backend_start > %s"
        ended = other.execute(ending, began)

        answer = await on_server.get("/")

    assert ended.rowcount > 0
    assert answer.status_code == 200
