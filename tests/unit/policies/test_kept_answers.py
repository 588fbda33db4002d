"""Answers in a file that several processes use."""

import asyncio
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from passmuster.domain.answers import Completion, CompletionRequest, Origin
from passmuster.domain.cases import Message, Role
from passmuster.policies import answer_file
from passmuster.testing.factories import a_completion_request

from .asked import Day, Service, around, kept_in

REQUEST = a_completion_request()


async def answered(folder: Path, *requests: CompletionRequest, service: Service | None = None) -> Sequence[Completion]:
    """Ask in a process of its own."""
    kept = kept_in(folder, Day())
    policy = around(service or Service(), kept)
    answers = [(await policy.ask(request)).completion for request in requests]
    kept.close()
    return answers


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / answer_file.FILE)) as connection:
        return connection.execute(query).fetchall()


async def test_answers_outlive_the_process(tmp_path: Path) -> None:
    """The file is for its user alone, and holds no claims when nobody asks."""
    await answered(tmp_path / "new" / "folder", REQUEST)

    (answer,) = await answered(tmp_path / "new" / "folder", REQUEST)

    assert answer.origin is Origin.CACHED
    assert ((tmp_path / "new" / "folder" / answer_file.FILE).stat().st_mode & 0o777) == 0o600
    assert rows(tmp_path / "new" / "folder", "SELECT count(*) FROM claim") == [(0,)]


@pytest.mark.parametrize(
    "content", [b"this is no database, and never was one" * 200, b"SQLite format 3\0" + b"x" * 5000]
)
async def test_a_broken_file_is_put_aside(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """It costs its answers, never the run; what it was can still be looked at."""
    (tmp_path / answer_file.FILE).write_bytes(content)

    with caplog.at_level(logging.WARNING):
        await answered(tmp_path, REQUEST)
        (answer,) = await answered(tmp_path, REQUEST)

    (aside,) = set(tmp_path.glob("*.broken-*[0-9]"))  # noqa: ASYNC240 - nothing else is waiting
    assert answer.origin is Origin.CACHED
    assert aside.read_bytes() == content
    assert "are damaged" in caplog.text


async def test_a_file_that_breaks_later_turns_the_cache_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """That is said once, and every request is sent from then on."""
    await answered(tmp_path, *(replace(REQUEST, repetition=number) for number in range(200)))
    file = tmp_path / answer_file.FILE
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.seek(8192)
        stream.write(b"\xff" * (size - 8192))
    service = Service()

    with caplog.at_level(logging.WARNING):
        answers = await answered(
            tmp_path, *(replace(REQUEST, repetition=number) for number in range(200)), service=service
        )

    assert len(answers) == 200
    assert service.sent
    assert caplog.text.count("nothing is taken from the cache any more") == 1


@pytest.mark.parametrize(
    "statements",
    [["CREATE TABLE theirs (x)"], ["PRAGMA application_id = 7"], ["PRAGMA user_version = 99"]],
    ids=["tables", "application", "form"],
)
async def test_a_file_of_somebody_else_is_left_alone(
    tmp_path: Path, statements: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is written to it, and the run goes on without a cache."""
    file = tmp_path / answer_file.FILE
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA application_id = 0")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    before = file.read_bytes()

    with caplog.at_level(logging.WARNING):
        answers = await answered(tmp_path, REQUEST, REQUEST)

    assert [answer.origin for answer in answers] == [Origin.FRESH, Origin.FRESH]
    assert file.read_bytes() == before
    assert "PASSMUSTER_CACHE" in caplog.text


async def test_a_folder_that_cannot_be_made_turns_the_cache_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file lies where the folder would be."""
    (tmp_path / "occupied").write_text("by a file", encoding="utf-8")

    with caplog.at_level(logging.WARNING):
        answers = await answered(tmp_path / "occupied", REQUEST, REQUEST)

    assert [answer.origin for answer in answers] == [Origin.FRESH, Origin.FRESH]
    assert "cannot be used" in caplog.text


@pytest.mark.parametrize("place", ["answer", "conversation", "instructions"])
async def test_what_holds_a_secret_is_not_kept(tmp_path: Path, place: str) -> None:
    """Not its answer, and nothing of what was asked."""
    secret = "sk-planted-0123456789"  # noqa: S105 - planted, to be looked for
    request = {
        "answer": REQUEST,
        "conversation": a_completion_request(f"My key is {secret}."),
        "instructions": replace(
            REQUEST, messages=(Message(role=Role.SYSTEM, content=f"Use {secret}."), *REQUEST.messages[1:])
        ),
    }[place]

    class Telling(Service):
        async def ask(self, request: CompletionRequest):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as its kind does
            reply = await super().ask(request)
            said = f"the key {secret}" if place == "answer" else "nothing"
            return replace(reply, completion=replace(reply.completion, text=said))

    kept = kept_in(tmp_path, Day(), secrets=("", secret))
    service = Telling()
    policy = around(service, kept)
    for _ in range(2):
        await policy.ask(request)
    kept.close()

    assert len(service.sent) == 2
    assert rows(tmp_path, "SELECT count(*) FROM answer") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM line") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM claim") == [(0,)]


async def test_a_row_that_cannot_be_read_is_asked_for_again(tmp_path: Path) -> None:
    """And is written over."""
    await answered(tmp_path, REQUEST)
    with closing(sqlite3.connect(tmp_path / answer_file.FILE)) as connection:
        connection.execute("UPDATE answer SET answer = x'00'")
        connection.commit()

    answers = [*await answered(tmp_path, REQUEST), *await answered(tmp_path, REQUEST)]

    # Its claim is refused for as long as the row is there, and so it is taken for what it is: missing.
    assert [answer.origin for answer in answers] == [Origin.FRESH, Origin.CACHED]


async def test_shared_instructions_are_kept_once_line_by_line(tmp_path: Path) -> None:
    """A catalogue in another order has no new lines, and what was said can be put together again."""
    lines = [f"- agent {number}\n" for number in range(50)]
    prompts = ["".join(lines), "".join(reversed(lines)), "".join(lines[::2]) + "\u2028é\ud800"]
    requests = [
        replace(REQUEST, messages=(Message(role=Role.SYSTEM, content=prompt), *REQUEST.messages[1:]))
        for prompt in prompts
    ]

    await answered(tmp_path, *requests)

    assert rows(tmp_path, "SELECT count(*) FROM instructions") == [(3,)]
    (found,) = rows(tmp_path, "SELECT count(*) FROM line")[0]
    assert isinstance(found, int)
    assert found <= 53
    with closing(answer_file.open_answers(tmp_path / answer_file.FILE)) as connection:
        kept = [
            answer_file.kept_instructions(connection, answer_file.instructions_address(prompt)) for prompt in prompts
        ]
    assert kept == prompts


async def test_a_claim_is_renewed_while_its_answer_is_awaited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others would take it over otherwise, and ask a second time."""
    monkeypatch.setattr(answer_file, "LEASE", 0.03)
    day, service = Day(), Service()
    service.gate.clear()
    kept = kept_in(tmp_path, day)
    asking = asyncio.create_task(around(service, kept).ask(REQUEST))
    await service.is_asked.wait()
    first = rows(tmp_path, "SELECT until FROM claim")

    day.moment += timedelta(hours=1)
    async with asyncio.timeout(60):
        while rows(tmp_path, "SELECT until FROM claim") == first:  # noqa: ASYNC110 - whoever renews it tells nobody
            await asyncio.sleep(0)
    [(until,)] = rows(tmp_path, "SELECT until FROM claim")
    service.gate.set()
    answer = (await asking).completion
    kept.close()

    assert until == pytest.approx(day.moment.timestamp() + 0.03)
    assert answer.text == "answer 1"
    assert rows(tmp_path, "SELECT count(*) FROM claim") == [(0,)]


ASKING = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from asked import Day, Service, around, kept_in
from passmuster.testing.factories import a_completion_request

async def main():
    kept, service = kept_in(Path({folder!r}), Day()), Service()
    policy = around(service, kept)
    await asyncio.gather(*(policy.ask(a_completion_request(f"question {{n}}")) for n in range(300)))
    kept.close()
    print(len(service.sent))

asyncio.run(main())
"""


def test_two_processes_send_each_request_once(tmp_path: Path) -> None:
    """Three hundred questions asked by two processes at one time are three hundred requests in all."""
    script = ASKING.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    running = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)  # noqa: S603 - this interpreter
        for _ in range(2)
    ]

    sent = [int(process.communicate(timeout=600)[0]) for process in running]

    assert sum(sent) == 300
    assert rows(tmp_path, "SELECT count(*) FROM answer") == [(300,)]


def test_only_claims_of_dead_processes_of_this_machine_are_taken_back(tmp_path: Path) -> None:
    """After a kill nobody waits for what nobody asks any more; whoever may still be asking keeps its claim."""
    print_owner = "from passmuster.policies.answer_file import owner_here; print(owner_here())"
    ended = subprocess.run([sys.executable, "-c", print_owner], check=True, capture_output=True, text=True)  # noqa: S603 - our own code
    gone, here = ended.stdout.strip(), answer_file.owner_here()
    elsewhere = f"another-machine/{gone.split('/')[1]}/0"
    owners = [gone, here, elsewhere, "no-owner", f"{here.split('/')[0]}/{'9' * 40}/0"]
    with closing(answer_file.open_answers(tmp_path / answer_file.FILE)) as connection:
        for number, owner in enumerate(owners):
            answer_file.claim(connection, bytes([number]), owner=owner, now=0.0, oldest=0.0)

        answer_file.forget_gone(connection)

    assert {owner for (owner,) in rows(tmp_path, "SELECT owner FROM claim")} == set(owners) - {gone}
