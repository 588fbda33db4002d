"""The reference of findings and exit statuses, out of the source and the page that explains them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from passmuster.cli.console import EXIT_STATUS
from passmuster.cli.leaving import ENVIRONMENT, INPUT, INTERRUPTED

from .pages import Page
from .tables import code, table

FOLDER = PurePosixPath("reference")
_ABOUT = (
    "Every rule of a finding, in order of its name; [errors](../errors.md#findings) has them by subject. The last "
    "column says which module of passmuster makes it."
)
_QUOTED = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (.+) \| (.+) \|$")


def finding_pages(errors: str, source: Path) -> list[Page]:
    """Return the page of exit statuses, and that of all findings by name.

    Args:
        errors: The page that explains findings, whose tables are read.
        source: The folder of the package, which is searched for the modules that make each of them.
    """
    makers = _makers(source)
    rows = [
        (
            f'<span id="{rule}"></span>{code(rule)}',
            means,
            do,
            ", ".join(code(module) for module in makers.get(rule, ())),
        )
        for rule, means, do in sorted(_explained(errors))
    ]
    body = [
        "# Findings by name",
        "",
        _ABOUT,
        "",
        table(("rule", "means", "do", "made by"), rows),
    ]
    return [_statuses(), Page(place=FOLDER / "findings.md", label="Findings by name", text="\n".join(body))]


def _statuses() -> Page:
    said = defaultdict(list)
    for outcome, status in EXIT_STATUS.items():
        said[status].append(f"the verdict is *{outcome.value}*")
    said[INPUT].append("an input is wrong; every complaint has its place")
    said[ENVIRONMENT].append("the environment, or a bug of passmuster")
    said[INTERRUPTED].append("interrupted; `--resume` goes on")
    body = [
        "# Exit statuses",
        "",
        "Made from the program. [Errors](../errors.md#exit-statuses) says what to do about each.",
        "",
        table(("status", "says"), ((str(status), "; ".join(said[status])) for status in sorted(said))),
    ]
    return Page(place=FOLDER / "statuses.md", label="Exit statuses", text="\n".join(body))


def _explained(errors: str) -> Iterator[tuple[str, str, str]]:
    """Yield rule, meaning and remedy; links to pages lead from a folder deeper."""
    for line in errors.partition("## Findings")[2].splitlines():
        if found := _ROW.match(line):
            yield found[1], _deeper(found[2]), _deeper(found[3])


def _deeper(cell: str) -> str:
    return re.sub(r"\]\((?!#|\w+://)", "](../", cell)


def _makers(source: Path) -> Mapping[str, list[str]]:
    """Return the modules in which each quoted text of words with hyphens stands, such as the name of a rule."""
    makers = defaultdict(list)
    for path in sorted(source.rglob("*.py")):
        for words in sorted(set(_QUOTED.findall(path.read_text(encoding="utf-8")))):
            makers[words].append(".".join(path.relative_to(source).with_suffix("").parts))
    return makers
