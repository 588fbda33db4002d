"""Who is let in, and what is refused before any page is made."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passmuster.serving.door import COOKIE, MOST_SESSIONS, Door
from passmuster.serving.guarding import MOST_BYTES

from .made_up_site import ATTACK, HOME, HOSTILE_RUN, RUN, MadeUpSite

PAGES = ("/", "/report", "/history", "/review", "/case", "/trail")
FORMS = ("/accept", "/comment", "/choice", "/label", "/leave")
TRAVERSALS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "/etc/passwd",
    "a\0b",
    "\\..\\x",
)


@pytest.mark.parametrize("path", [*PAGES, *FORMS, "/nothing"])
async def test_nobody_sees_anything_without_a_session(shared: MadeUpSite, path: str) -> None:
    """Every address but the door is refused without a cookie, and with a wrong one."""
    method = "POST" if path in FORMS else "GET"

    answers = [await shared.ask(method, path, cookie=cookie) for cookie in ("", f"{COOKIE}=guessed")]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert all(RUN not in answer.text for answer in answers)


async def test_token_opens_the_door_and_link_opens_it_once(made_up: MadeUpSite) -> None:
    """A cookie comes back that scripts cannot read and other sites cannot send; whoever guesses gets none."""
    key = made_up.door.key

    answers = [
        await made_up.ask("GET", f"/enter?key={key}", cookie=""),
        await made_up.ask("GET", f"/enter?key={key}", cookie=""),
        await made_up.ask("POST", "/enter", f"token={made_up.door.token}".encode(), cookie=""),
        await made_up.ask("POST", "/enter", b"token=guessed", cookie=""),
        await made_up.ask("GET", "/enter?key=", cookie=""),
    ]

    assert [answer.status_code for answer in answers] == [200, 401, 200, 401, 401]
    assert ["set-cookie" in answer.headers for answer in answers] == [True, False, True, False, False]
    assert "HttpOnly" in answers[0].headers["set-cookie"]
    assert "SameSite=strict" in answers[0].headers["set-cookie"]
    cookie = answers[2].headers["set-cookie"].partition(";")[0]
    assert (await made_up.ask("GET", "/", cookie=cookie)).status_code == 200


async def test_looking_the_link_up_uses_nothing(made_up: MadeUpSite) -> None:
    """A program that only asks whether the page is there leaves the link to its person."""
    await made_up.ask("HEAD", f"/enter?key={made_up.door.key}", cookie="")

    assert (await made_up.ask("GET", f"/enter?key={made_up.door.key}", cookie="")).status_code == 200


@pytest.mark.parametrize("host", ["evil.invalid", "127.0.0.1.evil.invalid", "evil.invalid:8765", "127.0.0.1:x"])
async def test_other_names_are_refused(shared: MadeUpSite, host: str) -> None:
    """A site that has itself resolved to this machine gets nothing."""
    assert (await shared.ask("GET", "/", host=host)).status_code == 421


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.invalid", "http://127.0.0.1:1", "http://[", f"{HOME}.evil.invalid", "file://"]
)
@pytest.mark.parametrize("path", ["/comment", "/enter"])
async def test_forms_of_other_sites_are_refused(made_up: MadeUpSite, origin: str, path: str) -> None:
    """Even with the cookie, and with the proof that a page of ours would have sent."""
    body = f"proof={made_up.door.proof(made_up.session)}&token={made_up.door.token}&note=x&run={RUN}".encode()

    answer = await made_up.ask("POST", path, body, origin=origin)

    assert answer.status_code == 403
    assert not made_up.files.trail.exists()


@pytest.mark.parametrize("proof", ["", "guessed", "é"])
async def test_forms_without_their_proof_are_refused(made_up: MadeUpSite, proof: str) -> None:
    """Nothing is written, and nobody is signed out."""
    answers = [await made_up.post(path, proof=proof, note="x") for path in FORMS]

    assert {answer.status_code for answer in answers} == {400}
    assert not made_up.files.trail.exists()
    assert made_up.door.knows(made_up.session)


async def test_nothing_is_decided_where_reviews_are_not_wanted(shared: MadeUpSite) -> None:
    """A server that only shows has no forms, and takes none."""
    page = await shared.get("/case", run=RUN, subject="lexical", case="stolen")
    answers = [await shared.post(path, note="x", said="right") for path in FORMS if path != "/leave"]

    assert "<h2>Decide</h2>" not in page.text
    assert {answer.status_code for answer in answers} == {400}
    assert not shared.files.trail.exists()


async def test_what_is_too_large_is_refused(made_up: MadeUpSite) -> None:
    """A form that says so, one that lies about it, an address, and a number that no number is."""
    proof = made_up.door.proof(made_up.session).encode()
    large = b"proof=" + proof + b"&note=" + b"a" * MOST_BYTES
    fields = b"proof=" + proof + b"&a=1" * 50

    answers = [
        await made_up.ask("POST", "/comment", large),
        await made_up.ask("POST", "/comment", large, **{"content-length": "5"}),
        await made_up.ask("POST", "/comment", fields),
        await made_up.ask("GET", f"/?q={'a' * 5000}"),
        await made_up.ask("GET", "/", **{"content-length": "-1"}),
        await made_up.post("/comment", note="a" * 5000),
    ]

    assert [answer.status_code for answer in answers] == [413, 400, 400, 414, 413, 400]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "ODD"])
async def test_other_methods_are_refused(shared: MadeUpSite, method: str) -> None:
    """On pages and on forms, signed in or not."""
    assert (await shared.ask(method, "/")).status_code == 405
    assert (await shared.ask(method, "/accept", cookie="")).status_code == 405


async def test_forms_are_not_read_and_pages_not_sent(made_up: MadeUpSite) -> None:
    """A link cannot decide anything."""
    answers = [await made_up.ask("GET", path) for path in FORMS] + [await made_up.ask("POST", "/")]

    assert {answer.status_code for answer in answers} == {405}


@pytest.mark.parametrize("name", TRAVERSALS)
@pytest.mark.parametrize("parameter", ["run", "against", "case", "subject", "why", "metric", "agent", "page"])
async def test_no_parameter_leads_to_a_file(shared: MadeUpSite, name: str, parameter: str) -> None:
    """Whatever an address names is looked up among what the suite has, and nowhere else."""
    written = {"run": RUN, "subject": "lexical", "case": "stolen"} | {parameter: name}
    query = "&".join(f"{key}={quote(value)}" for key, value in written.items())

    for path in ("/review", "/case", "/history"):
        answer = await shared.ask("GET", f"{path}?{query}")

        assert answer.status_code < 500
        assert "root:" not in answer.text
        assert str(shared.folder) not in answer.text


@pytest.mark.parametrize(
    "path", ["/..%2f..%2fetc/passwd", "/style.css/../../site.py", "/%2e%2e/suite.yaml", "//etc", "/"]
)
async def test_no_path_leads_to_a_file(shared: MadeUpSite, path: str) -> None:
    """There are pages by their names, and nothing else: no folder is listed."""
    answer = await shared.ask("GET", path)

    assert answer.status_code == (200 if path == "/" else 404)
    assert "roster:" not in answer.text


@given(
    path=st.sampled_from([*PAGES, *FORMS, "/enter", "/style.css", ""]).flatmap(
        lambda known: st.text(max_size=20).map(lambda rest: known + rest)
    ),
    names=st.lists(st.sampled_from(["run", "against", "case", "subject", "why", "q", "page", "agent", "metric", "x"])),
    values=st.lists(st.text(max_size=30) | st.sampled_from([*TRAVERSALS, RUN, HOSTILE_RUN, "stolen", "lexical"])),
    method=st.sampled_from(["GET", "POST"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_asked_nothing_gets_out(
    shared: MadeUpSite, path: str, names: list[str], values: list[str], method: str
) -> None:
    """No request ends in an error of the server, and no answer tells where anything lies on the machine."""
    query = "&".join(
        f"{name}={quote(value.encode('utf-8', 'replace'))}" for name, value in zip(names, values, strict=False)
    )
    address = f"/{quote(path.encode('utf-8', 'replace').lstrip(b'/'))}?{query}"
    body = query.encode() + f"&proof={shared.door.proof(shared.session)}".encode()

    answer = await shared.ask(method, address, body if method == "POST" and path != "/leave" else b"")

    assert answer.status_code < 500
    assert str(shared.folder) not in answer.text
    assert "Traceback" not in answer.text
    assert "<script>alert" not in answer.text


async def test_bug_shows_nothing_and_is_told_to_whoever_runs_it(made_up: MadeUpSite) -> None:
    """The page says that something is wrong; the terminal says what."""
    await made_up.get("/")
    (made_up.folder / "suite.yaml").write_text("name: [\n", encoding="utf-8")
    broken = await made_up.get("/review", run=RUN)
    made_up.means.worker.close()
    bug = await made_up.get("/review", run=RUN)

    assert (broken.status_code, bug.status_code) == (409, 500)
    assert str(made_up.folder) not in broken.text + bug.text
    assert "suite.yaml" in made_up.told[0]
    assert "a bug: RuntimeError" in made_up.told[1]


async def test_every_answer_keeps_browsers_from_mischief(shared: MadeUpSite) -> None:
    """Pages, refusals and errors alike."""
    answers = [await shared.get("/"), await shared.get("/nothing"), await shared.ask("GET", "/", cookie="")]

    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"


async def test_hostile_texts_are_shown_and_do_nothing(made_up: MadeUpSite) -> None:
    """Names of runs, requests, answers, reasons and comments come out as the texts that they are."""
    await made_up.post("/comment", note=ATTACK)
    pages = [
        await made_up.get("/", q=ATTACK),
        await made_up.get("/"),
        await made_up.get("/review", run=HOSTILE_RUN),
        await made_up.get("/case", run=RUN, subject="lexical", case="stolen"),
        await made_up.get("/case", run=RUN, subject="lexical", case=f"odd {ATTACK}"),
        await made_up.get("/trail"),
    ]

    assert [page.status_code for page in pages] == [200] * len(pages)
    for page in pages:
        assert "&lt;script&gt;" in page.text
        assert "<script" not in page.text
        assert "<img src=x" not in page.text


def test_sessions_are_bounded_and_end() -> None:
    """Whoever signs in again and again fills no memory, and a session that ended opens nothing."""
    door = Door()
    first, *_, last = [door.begin() for _ in range(MOST_SESSIONS + 1)]

    assert (door.knows(first), door.knows(last)) == (False, True)
    door.end(last)
    assert not door.knows(last)
    assert door.token not in repr(door)
