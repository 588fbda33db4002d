"""The page's script: its modules' own tests under Node, and what makes it safe to join them into one."""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import playwright
import pytest

HERE = Path(__file__).parent
NODE = Path(playwright.__file__).parent / "driver" / "node"
TEMPLATES = Path(str(files("passmuster.adapters.reporters"))) / "templates"
SCRIPT = TEMPLATES / "script"
TESTS = sorted((HERE / "script").glob("*.test.mjs"))

DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function\*?|class|const|let|var) ([A-Za-z_$][\w$]*)", re.MULTILINE)
EXPORTED = re.compile(r"^export (?:async )?(?:function\*?|class|const|let) ([A-Za-z_$][\w$]*)", re.MULTILINE)
IMPORT = re.compile(r"^import \{([^}]*)\} from \"\./([\w./]+)\";$", re.MULTILINE)


def order(kind: str) -> list[str]:
    return (TEMPLATES / kind / "order.txt").read_text(encoding="utf-8").split()


def modules() -> dict[str, str]:
    return {name: (SCRIPT / name).read_text(encoding="utf-8") for name in order("script")}


def imports(text: str) -> Iterator[tuple[str, str]]:
    for names, source in IMPORT.findall(text):
        for name in filter(None, (part.strip() for part in names.split(","))):
            yield source, name


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_modules_hold_what_their_tests_say(path: Path) -> None:
    """Node's own runner, as it comes with playwright, finds no failure."""
    done = subprocess.run(  # noqa: S603 - Node, with a test from this folder
        [str(NODE), "--test", "--test-reporter=spec", str(path)],
        env={"PATH": os.environ["PATH"], "NODE_NO_WARNINGS": "1", "NO_COLOR": "1"},
        capture_output=True,
        check=False,
        timeout=600,
    )

    said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    assert done.returncode == 0, said
    assert re.search(r"^\S+ pass [1-9]", said, re.MULTILINE), said


@pytest.mark.parametrize("kind", ["script", "style"])
def test_the_order_names_every_file_once(kind: str) -> None:
    """A file that is not joined would be missing from the page without a word."""
    present = {path.name for path in (TEMPLATES / kind).iterdir() if path.suffix in {".js", ".css"}}

    assert Counter(order(kind)) == Counter(present)


def test_names_at_top_level_are_unique() -> None:
    """Joined modules share one scope, where a second declaration of a name breaks the whole script."""
    named = Counter(name for text in modules().values() for name in DECLARED.findall(text))

    assert [name for name, times in named.items() if times > 1] == []


def test_whatever_is_imported_is_exported_there() -> None:
    """An import of nothing fails only in the browser, and joined it fails only when it is used."""
    texts = modules()
    exported = {name: set(EXPORTED.findall(text)) for name, text in texts.items()}

    missing = [
        f"{importer} wants {name} from {source}"
        for importer, text in texts.items()
        for source, name in imports(text)
        if name not in exported.get(source, set())
    ]
    assert missing == []


def test_only_one_form_of_import_and_export_is_used() -> None:
    """Joining drops whole lines, so any other form would stay in the page, or be taken for what it is not."""
    strange = [
        f"{name}: {line}"
        for name, text in modules().items()
        for line in text.splitlines()
        if re.match(r"\s*(import|export)\b", line) and not IMPORT.match(line) and not EXPORTED.match(line)
    ]

    assert strange == []


@pytest.mark.parametrize(
    "text", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
)
def test_no_text_becomes_code_or_markup(text: str) -> None:
    """What agents and models wrote gets into the page as text; nothing that would make more of it is there at all."""
    assert [name for name, source in modules().items() if text in source] == []


@pytest.mark.parametrize("kind", ["script", "style"])
def test_nothing_ends_its_element_early(kind: str) -> None:
    """A closing tag, or the opening of a comment, within the text would cut the page's script or style short."""
    texts = {name: (TEMPLATES / kind / name).read_text(encoding="utf-8") for name in order(kind)}

    assert [name for name, text in texts.items() if re.search(r"</(script|style)|<!--", text, re.IGNORECASE)] == []
