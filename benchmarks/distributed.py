"""Runs whose trials are made by workers: what kills and cut cables cost, and when a second process pays.

Run it as ``python benchmarks/distributed.py [--parts kills hosts speed] [--cases 2000]``. A scheduler and two workers
of Dask are processes of their own. ``kills``: on loopback; a worker is killed with -9, then the driver, twice.
``hosts``: each worker in a network namespace with an address of its own (needs root); one is cut off. ``speed``: 10,000
cases that wait for a stub server, and 200 answers whose code is executed, by one process and by two.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import yaml
from kill_and_resume import AGENT, CANNOT_TELL, STUB, kept_in

ROOT: Final = Path(__file__).resolve().parents[1]
ANSWERS: Final = ROOT / "src" / "passmuster" / "rubrics" / "answers"
HERE: Final = "127.0.0.1"
BRIDGE: Final = ("passmuster0", "10.213.77.1")
HOSTS: Final = (("passmuster1", "10.213.77.11"), ("passmuster2", "10.213.77.12"))
CUT_OFF: Final = "10s"
"""After what silence the scheduler gives a worker up."""

SUITE: Final = """\
name: distributed
roster: {{use: claude_code, location: ./agents}}
datasets:
  - {{use: files, location: ./cases.jsonl}}
backends:
  stub: {{use: openai_compatible, base_url: "http://{host}:{port}/v1", model: stub}}
subjects:
  model: {{use: routed, router: {{use: lexical}}, backend: stub, writer: assigned}}
execution: {{use: dask, shard: 25}}
cache: false
"""
EXECUTED: Final = """\
name: executed
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: ./cases.jsonl}
backends:
  written: {use: callable, target: "./answers.py:answer"}
subjects:
  model: {use: routed, router: {use: lexical}, backend: written, writer: assigned}
"""
ANSWERING: Final = '''\
"""Answers that stand beside this file; each request ends with the name of its own."""

from pathlib import Path


def answer(request):
    return (Path(__file__).parent / "answers" / request.messages[-1].content.split()[-1]).read_text(encoding="utf-8")
'''
FENCE: Final = re.compile(r"```python[^\n]*\n")
CODE_CRITERIA: Final = ("type_hints", "ruff", "formatted", "complexity", "tests_pass")


def asked(where: tuple[str, int], what: str) -> float:
    """Ask the stub how many requests it had, or to begin anew."""
    with urllib.request.urlopen(f"http://{where[0]}:{where[1]}/{what}", timeout=30) as answer:
        return float(json.loads(answer.read().decode())["requests"])


@contextmanager
def process(
    folder: Path, *command: str, environment: Mapping[str, str] | None = None, is_heard: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Have a process run until the block ends; it is the leader of its group, which ends with it."""
    started = subprocess.Popen(  # noqa: S603 - our own programs, and Dask's
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE if is_heard else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


@contextmanager
def stub(folder: Path, host: str) -> Iterator[tuple[str, int]]:
    """Start the server that answers after 0.05 s."""
    with process(folder, sys.executable, str(STUB), "0.05", host, is_heard=True) as server:
        yield host, int(server.stdout.readline() if server.stdout else 0)


@contextmanager
def cluster(folder: Path, host: str, hosts: Sequence[tuple[str, str]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Start a scheduler and a worker for each host; yield the workers."""
    place = folder / "scheduler.json"
    place.unlink(missing_ok=True)
    dask = (sys.executable, "-m")
    quick = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": CUT_OFF}
    with ExitStack() as stack:
        options = ("--host", host, "--port", "0", "--no-dashboard", "--scheduler-file", str(place))
        stack.enter_context(process(folder, *dask, "distributed.cli.dask_scheduler", *options, environment=quick))
        until(place.exists)
        how = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--scheduler-file", str(place))
        workers = []
        for name, address in hosts:
            inside: tuple[str, ...] = () if name == "" else ("ip", "netns", "exec", name)
            command = (*inside, *dask, "distributed.cli.dask_worker", *how, "--host", address)
            workers.append(stack.enter_context(process(folder, *command)))
        yield workers


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    while not is_so():
        time.sleep(0.01)


def write_suite(folder: Path, where: tuple[str, int], cases: int) -> None:
    """Write a suite that asks the stub once for each case."""
    (folder / "agents").mkdir()
    (folder / "agents" / "gardener.md").write_text(AGENT, encoding="utf-8")
    rubric = {"criteria": [{"use": "contains", "text": "pineapple"}]}
    write_cases(folder, [(f"Which fruit is number {number}?", rubric) for number in range(cases)])
    (folder / "suite.yaml").write_text(SUITE.format(host=where[0], port=where[1]), encoding="utf-8")


def write_cases(folder: Path, cases: Sequence[tuple[str, object]]) -> None:
    """Write a case for each request, with its rubric."""
    with (folder / "cases.jsonl").open("w", encoding="utf-8") as file:
        for number, (request, rubric) in enumerate(cases):
            case = {"identifier": f"case-{number:05}", "request": request, "expect": {"agent": "gardener"}}
            file.write(json.dumps({**case, "rubric": rubric}) + "\n")


@contextmanager
def driver(folder: Path, store: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Start a run with a store and a cache of its own."""
    kept = {"PASSMUSTER_STORE": str(folder / store), "PASSMUSTER_CACHE": str(folder / f"cache-{store}")}
    command = (sys.executable, "-m", "passmuster.cli", "run", ".", "--no-report", *more)
    with process(folder, *command, environment=kept) as started:
        yield started


def ended(started: subprocess.Popen[str]) -> None:
    """Wait for a run to end as one that has no baseline does."""
    if started.wait() != CANNOT_TELL:
        sys.exit(f"a run ended with {started.returncode}")


def scheduler_of(folder: Path) -> tuple[str, str]:
    """Return the option that names the scheduler."""
    return "--scheduler", str(json.loads((folder / "scheduler.json").read_text(encoding="utf-8"))["address"])


def disturbed(
    folder: Path, where: tuple[str, int], name: str, cases: int, disturb: Callable[[subprocess.Popen[str]], int]
) -> None:
    """Make one run, disturbed when a third of it is asked, go on if its driver was killed, and print what it took."""
    asked(where, "reset")
    store = f"{name.replace(' ', '-')}.sqlite"
    begun = time.perf_counter()
    more: tuple[str, ...] = ()
    kills = 0
    while True:
        with driver(folder, store, *scheduler_of(folder), *more) as started:
            due = cases * (kills + 1) / 4
            while started.poll() is None and asked(where, "counts") < due:
                time.sleep(0.01)
            kills += disturb(started)
            if kills in (0, 3) or started.poll() is None:
                ended(started)
                break
        more = ("--resume",)
    seconds = time.perf_counter() - begun
    kept = kept_in(folder / store)
    repeated = int(asked(where, "counts")) - cases
    print(f"{name:34} {seconds:8.1f} s {len(kept.trials):7,} rows {kept.double:3} double {repeated:6,} asked again")


def part_of_kills(cases: int) -> None:
    """Kill a worker, and the driver twice, on loopback."""
    alone = (("", HERE), ("", HERE))
    with folder_with_stub(HERE, cases) as (folder, where):
        with cluster(folder, HERE, alone):
            disturbed(folder, where, "undisturbed", cases, lambda _: 0)
        with cluster(folder, HERE, alone) as workers:
            disturbed(folder, where, "a worker killed with -9", cases, lambda _: killed(workers[0]) * 0)
        with cluster(folder, HERE, alone):
            left = [1, 1]
            disturbed(
                folder, where, "the driver killed twice", cases, lambda run: killed(run) if left and left.pop() else 0
            )


def part_of_hosts(cases: int) -> None:
    """Cut one of two hosts off."""
    with hosts(), folder_with_stub(BRIDGE[1], cases) as (folder, where):
        with cluster(folder, BRIDGE[1], HOSTS):
            disturbed(folder, where, "two hosts, undisturbed", cases, lambda _: 0)
        with cluster(folder, BRIDGE[1], HOSTS):
            disturbed(folder, where, f"a host cut off, noticed in {CUT_OFF}", cases, lambda _: cut(HOSTS[0][0]))


def killed(started: subprocess.Popen[str]) -> int:
    """Kill a process and its group; return 1."""
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    return 1


def cut(host: str) -> int:
    """Pull the cable of a host; return 0."""
    ip("link", "set", f"{host}-out", "down")
    return 0


def ip(*arguments: str) -> None:
    """Change the network of this machine."""
    subprocess.run(["ip", *arguments], check=True)  # noqa: S603, S607 - names of ours


@contextmanager
def hosts() -> Iterator[None]:
    """Make two hosts that reach this one and each other over a bridge."""
    name, address = BRIDGE
    ip("link", "add", name, "type", "bridge")
    try:
        ip("addr", "add", f"{address}/24", "dev", name)
        ip("link", "set", name, "up")
        for host, own in HOSTS:
            ip("netns", "add", host)
            ip("link", "add", f"{host}-out", "type", "veth", "peer", "name", "inside", "netns", host)
            ip("link", "set", f"{host}-out", "master", name, "up")
            ip("-n", host, "addr", "add", f"{own}/24", "dev", "inside")
            ip("-n", host, "link", "set", "inside", "up")
            ip("-n", host, "link", "set", "lo", "up")
        yield
    finally:
        for host, _ in HOSTS:
            subprocess.run(["ip", "netns", "delete", host], check=False)  # noqa: S603, S607 - as above
        ip("link", "delete", name)


@contextmanager
def folder_with_stub(host: str, cases: int) -> Iterator[tuple[Path, tuple[str, int]]]:
    """Make a folder with a suite, and start the server that it asks."""
    with tempfile.TemporaryDirectory() as name, stub(Path(name), host) as where:
        write_suite(Path(name), where, cases)
        yield Path(name), where


def part_of_speed(cases: int, answers: int) -> None:
    """Compare one process with two."""
    with folder_with_stub(HERE, cases) as (folder, where):
        compared(folder, f"{cases:,} cases over HTTP", where)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_executed(folder, answers)
        compared(folder, f"{answers} answers executed", None, answers)


def compared(folder: Path, what: str, where: tuple[str, int] | None, answers: int = 0) -> None:
    """Print the seconds of every executor over the same suite; what was executed for one is not known to the next."""
    base = "".join(
        line
        for line in (folder / "suite.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
        if not line.startswith("execution")
    )
    alone = 0.0
    for number, how in enumerate(("local", "processes, workers: 2", "dask, workers: 2")):
        (folder / "suite.yaml").write_text(f"{base}execution: {{use: {how}}}\n", encoding="utf-8")
        if where:
            asked(where, "reset")
        write_answers(folder, answers, how)
        begun = time.perf_counter()
        with driver(folder, f"speed-{number}.sqlite") as started:
            ended(started)
        seconds = time.perf_counter() - begun
        alone = alone or seconds
        kept = kept_in(folder / f"speed-{number}.sqlite")
        print(f"{what:26} {how:22} {seconds:8.1f} s  ÷ one process {seconds / alone:5.2f}  {len(kept.trials):,} rows")


def write_executed(folder: Path, answers: int) -> None:
    """Write a suite whose answers are ours."""
    (folder / "agents").mkdir()
    (folder / "agents" / "gardener.md").write_text(AGENT, encoding="utf-8")
    (folder / "answers").mkdir()
    (folder / "answers.py").write_text(ANSWERING, encoding="utf-8")
    (folder / "suite.yaml").write_text(EXECUTED, encoding="utf-8")
    bases = bases_of_answers()
    cases = [
        (f"Write it as in answer-{number}", {"criteria": wanted(bases[number % len(bases)][0])})
        for number in range(answers)
    ]
    write_cases(folder, cases)


def bases_of_answers() -> list[tuple[Path, tuple[str, str]]]:
    """Return the manifests of the good answers in Python, and each cut where a line of its own may stand."""
    return [(path, cut) for path in sorted(ANSWERS.glob("*/manifest.yaml")) if (cut := opened(path)) and wanted(path)]


def write_answers(folder: Path, answers: int, what: str) -> None:
    """Write answers that nobody has executed before: each has a line of its own."""
    bases = bases_of_answers()
    for number in range(answers):
        before, after = bases[number % len(bases)][1]
        own = f"{before}# Answer {number}, for {what} at {time.time()}.\n{after}"
        (folder / "answers" / f"answer-{number}").write_text(own, encoding="utf-8")


def opened(manifest: Path) -> tuple[str, str] | None:
    """Return the good answer up to the first line of its code, and the rest; ``None`` if it is not in Python."""
    text = (manifest.parent / "passes" / "answer.md").read_text(encoding="utf-8")
    found = FENCE.search(text)
    return None if found is None else (text[: found.end()], text[found.end() :])


def wanted(manifest: Path) -> list[dict[str, object]]:
    """Return the criteria of an answer that are compared here."""
    told = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    return [item for item in told["criteria"] if item["use"] in CODE_CRITERIA]


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--parts", nargs="+", choices=("kills", "hosts", "speed"), default=["kills", "hosts", "speed"]
    )
    arguments.add_argument("--cases", type=int, default=2_000)
    arguments.add_argument("--http", type=int, default=10_000)
    arguments.add_argument("--answers", type=int, default=200)
    told = arguments.parse_args()
    if "kills" in told.parts:
        part_of_kills(told.cases)
    if "hosts" in told.parts and shutil.which("ip") and os.geteuid() == 0:
        part_of_hosts(told.cases)
    elif "hosts" in told.parts:
        print("hosts: left out; network namespaces need root and the program ip")
    if "speed" in told.parts:
        part_of_speed(told.http, told.answers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
