"""Examines the tests of an answer: what they say, and which function bodies they execute."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from .assertions import toothless_tests
from .bodies import bodies_of, executed_lines, pragmas_of
from .canaries import Canary, release
from .frameworks import django_settings, load_packages, options_of, plugins_of, uses_django, uses_greenlets
from .layout import Layout, layout_of, written_tests
from .outcomes import ERROR, EXPECTED, FAILED, PASSED, SKIPPED, Cheat, Outcomes, cheats_of, needs_of, outcomes_of
from .session import Session
from .starting import StarvedError
from .untrusted import Heard, Limits, guard, run_apart

_MOST_PLACES: Final = 50


@dataclass
class Findings:
    """The result.

    Attributes:
        files: The files that hold tests.
        counts: How many tests were collected, passed, failed, ended in an error, were skipped, were expected to fail.
        failures: File, line, test, message and what it ``needs`` of each test that failed or could not be run.
        skips: The same of those that were skipped or expected to fail.
        functions: What :class:`bodies.Body` holds, of each function of the product code.
        cheats: Name, detail, file and line of what makes the report better than the tests are.
        toothless: Where the tests are that check nothing.
        pragmas: Where the answer asks for lines to be left out of the measure.
        is_repeatable: Whether another try would find the same; tests that ran out of time might end in time.
        processor_seconds: What the tests took.
        wall_seconds: Likewise.
    """

    files: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[dict[str, object]] = field(default_factory=list)
    skips: list[dict[str, object]] = field(default_factory=list)
    functions: list[dict[str, object]] = field(default_factory=list)
    cheats: list[dict[str, object]] = field(default_factory=list)
    toothless: list[dict[str, object]] = field(default_factory=list)
    pragmas: list[dict[str, object]] = field(default_factory=list)
    is_repeatable: bool = True
    processor_seconds: float = 0.0
    wall_seconds: float = 0.0


def findings_of(question: Mapping[str, object]) -> Mapping[str, object]:
    """Examine the tests of the files in the current folder."""
    folder = Path.cwd().resolve()
    layout = layout_of(folder)
    findings = Findings(files=list(layout.tests), pragmas=pragmas_of(layout)[:_MOST_PLACES])
    findings.failures = [{**place, "test": "", "needs": ""} for place in layout.broken]
    if not layout.tests:
        findings.functions = bodies_of(folder, layout, {})
        return asdict(findings)
    load_packages(layout)
    guard()
    canaries = release(folder, layout.tests)
    heard = run_apart(session_of(folder, layout, canaries), limits_of(question))
    if heard.is_starved:
        message = f"the tests waited for a processor most of {heard.wall:.0f} seconds: the machine is too busy"
        raise StarvedError(message)
    rewritten = _restore(folder, layout)
    _judge(findings, layout, heard, outcomes_of(heard, canaries))
    arcs = _arcs(folder, heard)
    findings.functions = bodies_of(folder, layout, arcs)
    told = [
        *_ends(folder, heard, limits_of(question), canaries),
        *_toothless(findings, layout),
        *rewritten,
        *_unexecuted(findings, layout, heard, canaries, arcs),
    ]
    findings.cheats += [asdict(cheat) for cheat in told]
    findings.is_repeatable = not heard.is_late
    findings.processor_seconds, findings.wall_seconds = heard.processor, heard.wall
    return asdict(findings)


def session_of(folder: Path, layout: Layout, canaries: Sequence[Canary], *, measures: bool = True) -> Session:
    """Return the session that runs all tests of a layout, and ours among them."""
    plugins = plugins_of(layout)
    environment: dict[str, str] = {}
    if uses_django(layout) and (settings := django_settings(folder, layout)):
        environment["DJANGO_SETTINGS_MODULE"] = settings
    return Session(
        folder=folder,
        roots=tuple(layout.roots),
        targets=tuple(sorted([*layout.tests, *(canary.file for canary in canaries)])),
        arguments=tuple(options_of(layout, plugins)),
        plugins=plugins,
        environment=environment,
        measures=measures,
        has_databases=uses_django(layout) and "pytest_django.plugin" not in plugins,
        has_greenlets=uses_greenlets(layout),
    )


def limits_of(question: Mapping[str, object]) -> Limits:
    """Return how much one run of the tests may use."""
    limit = question["time_limit"]
    if not isinstance(limit, int | float):
        raise TypeError(limit)
    return Limits(wall=float(limit), processor=int(limit) + 1)


def _judge(findings: Findings, layout: Layout, heard: Heard, outcomes: Outcomes) -> None:
    """Fill in what became of the tests."""
    findings.counts = {
        "collected": len(outcomes.collected),
        **{outcome: outcomes.count(outcome) for outcome in (PASSED, FAILED, ERROR, SKIPPED, EXPECTED)},
    }
    for test, (line, message) in outcomes.places.items():
        file, _, name = test.partition("::")
        place: dict[str, object] = {"file": file, "line": line, "test": name, "message": message}
        if outcomes.by_test[test] in (FAILED, ERROR):
            findings.failures.append({**place, "needs": needs_of(message)})
        else:
            findings.skips.append(place)
    for place in outcomes.unreadable:
        findings.failures.append({**place, "test": "", "needs": needs_of(str(place["message"]))})
    for told in heard.of_kind("left_out"):
        findings.skips.append({"file": told["file"], "line": 0, "test": "", "message": told["message"]})
    if any(told["status"] in (3, 4) for told in heard.of_kind("end")):
        last = _last_line(heard.written)
        findings.failures.append({"file": "", "line": 0, "test": "", "message": last, "needs": needs_of(last)})
    findings.failures = findings.failures[:_MOST_PLACES]
    findings.skips = findings.skips[:_MOST_PLACES]
    findings.cheats = [asdict(cheat) for cheat in (*outcomes.cheats, *cheats_of(heard, outcomes, layout))]


def _ends(folder: Path, heard: Heard, limits: Limits, canaries: Sequence[Canary]) -> list[Cheat]:
    """Return in which wrong way the session ended."""
    ours = {canary.identifier for canary in canaries}
    started = [str(message["test"]) for message in heard.of_kind("start")]
    running = next((test for test in reversed(started) if test not in ours), "")
    file, _, test = running.partition("::")
    where = f", {test} being the last that began" if test else ", before any test began"
    if heard.is_late or (heard.status < 0 and heard.processor >= limits.processor):
        stuck, line, function = heard.stuck_at(folder)
        there = f"; it was at {stuck}:{line} in {function}" if stuck else ""
        is_own = bool(stuck) and not stuck.startswith("/")
        detail = f"the tests did not end within {limits.wall:g} seconds{where}{there}"
        return [Cheat("tests_hang", detail, stuck if is_own else file, line if is_own else 0)]
    if heard.of_kind("end") or heard.of_kind("ended"):
        return []
    last = _last_line(heard.written)
    said = f": {last}" if last else ""
    return [
        Cheat("missing_report", f"the process ended with status {heard.status}{where}, without a report{said}", file)
    ]


def _last_line(written: str) -> str:
    lines = [line.removeprefix("E").strip() for line in written.splitlines() if line.strip()]
    return " ".join(lines[-1].split())[:400] if lines else ""


def _restore(folder: Path, layout: Layout) -> list[Cheat]:
    """Put back what the tests have changed in the answer's own files, and tell of it."""
    cheats = []
    for file, text in layout.texts.items():
        path = folder / file
        if path.is_file() and not path.is_symlink() and path.read_text(encoding="utf-8", errors="replace") == text:
            continue
        cheats.append(Cheat("files_rewritten", "the tests changed or removed a file of the answer", file, 1))
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return cheats


def _toothless(findings: Findings, layout: Layout) -> list[Cheat]:
    """Note the tests that check nothing; that is a cheat where all are so."""
    idle, count = toothless_tests(layout)
    findings.toothless = [
        {"file": test.file, "line": test.first, "message": f"{test.name} checks nothing"}
        for test in idle[:_MOST_PLACES]
    ]
    if not idle or len(idle) < count:
        return []
    return [
        Cheat("tests_assert_nothing", f"no test checks anything ({count} were looked at)", idle[0].file, idle[0].first)
    ]


def _arcs(folder: Path, heard: Heard) -> dict[str, list[tuple[int, int]]]:
    """Return what was executed, by file."""
    arcs: dict[str, list[tuple[int, int]]] = {}
    for message in heard.of_kind("executed"):
        file, pairs = Path(str(message["file"])), message["arcs"]
        if file.is_relative_to(folder) and isinstance(pairs, list):
            arcs[file.relative_to(folder).as_posix()] = [(int(first), int(last)) for first, last in pairs]
    return arcs


def _unexecuted(
    findings: Findings, layout: Layout, heard: Heard, canaries: Sequence[Canary], arcs: dict[str, list[tuple[int, int]]]
) -> list[Cheat]:
    """Return what passed without having been executed, and what was executed by nobody."""
    cheats = []
    if any(executed_lines(arcs.get(canary.file, [])) & set(canary.unused) for canary in canaries):
        cheats.append(Cheat("tools_tampered", "a function that nobody calls was told to have been executed"))
    passed = findings.counts[PASSED]
    functions = findings.functions
    if passed and functions and not any(function["executed"] for function in functions):
        first = functions[0]
        detail = f"tests passed ({passed}) and no function of the code was executed"
        cheats.append(Cheat("code_not_run", detail, str(first["file"]), int(str(first["line"]))))
    is_traced = any(executed_lines(arcs.get(canary.file, [])) & set(canary.body) for canary in canaries)
    if is_traced and heard.of_kind("end"):
        cheats += _never_run(layout, outcomes_of(heard, canaries), arcs)
    return cheats


def _never_run(layout: Layout, outcomes: Outcomes, arcs: dict[str, list[tuple[int, int]]]) -> list[Cheat]:
    """Return the tests that were reported as passed although no line of theirs was executed."""
    passed = {test.partition("[")[0] for test, outcome in outcomes.by_test.items() if outcome == PASSED}
    idle = [
        test
        for file in layout.tests
        for test in written_tests(layout, file)
        if test.identifier in passed and not executed_lines(arcs.get(file, [])) & set(range(test.first, test.last + 1))
    ]
    return [
        Cheat(
            "tests_not_run", f"reported as passed and never executed: {len(idle)} of the tests", test.file, test.first
        )
        for test in idle[:1]
    ]
