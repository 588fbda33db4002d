"""Files read from the code blocks of an answer."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.answer_files import MOST_BYTES, MOST_FILES, AnswerFile, AnswerFiles, PathSource
from passmuster.domain.answers import Completion
from passmuster.extraction.files import files_of

WORDS = st.text(alphabet="ab/.`~#> -*\n:+@", max_size=40)


def read(text: str, default_path: str = "") -> AnswerFiles:
    """Return the files of an answer."""
    return files_of(Completion(text=text), default_path=default_path)


def paths_of(text: str) -> list[str]:
    """Return the paths of an answer's files."""
    return [file.path for file in read(text)]


def fenced(first: str, content: str = "x\n", before: str = "") -> str:
    """Return one block, with what stands before it."""
    return f"{before}```{first}\n{content}```\n"


INFO = PathSource.INFO_STRING
LABEL = PathSource.LABEL
COMMENT = PathSource.COMMENT


@pytest.mark.parametrize(
    ("text", "path", "source"),
    [
        (fenced("python app/x.py"), "app/x.py", INFO),
        (fenced('python title="app/x.py"'), "app/x.py", INFO),
        (fenced("python file=app/x.py"), "app/x.py", INFO),
        (fenced("python path='app/my x.py'"), "app/my x.py", INFO),
        (fenced("python filename=x.py {1,3}"), "x.py", INFO),
        (fenced("python:app/x.py"), "app/x.py", INFO),
        (fenced("app/x.py"), "app/x.py", INFO),
        (fenced("{.python file=app/x.py}"), "app/x.py", INFO),
        (fenced("python {title: 'x.py'}"), "x.py", INFO),
        (fenced("bash scripts/deploy.sh"), "scripts/deploy.sh", INFO),
        (fenced("tsx app/items/[id]/page.tsx"), "app/items/[id]/page.tsx", INFO),
        (fenced("python ./app//x.py"), "app/x.py", INFO),
        (fenced("diff changes/one.patch"), "changes/one.patch", INFO),
        (fenced("python", before="app/x.py\n\n"), "app/x.py", LABEL),
        (fenced("python", before="### app/x.py\n"), "app/x.py", LABEL),
        (fenced("python", before="### 2. `app/x.py`\n"), "app/x.py", LABEL),
        (fenced("python", before="### 2. The model: `app/x.py`\n"), "app/x.py", LABEL),
        (fenced("python", before="**app/x.py**\n"), "app/x.py", LABEL),
        (fenced("python", before="**`app/x.py`** (new)\n"), "app/x.py", LABEL),
        (fenced("python", before="**File: app/x.py**\n"), "app/x.py", LABEL),
        (fenced("python", before="File: `app/x.py`\n\n"), "app/x.py", LABEL),
        (fenced("python", before="Filename: app/x.py\n\n"), "app/x.py", LABEL),
        (fenced("python", before="1. `app/x.py`:\n\n"), "app/x.py", LABEL),
        (fenced("python", before="The model goes to `app/x.py`, as said:\n\n"), "app/x.py", LABEL),
        (fenced("dockerfile", before="`Dockerfile`\n\n"), "Dockerfile", LABEL),
        (fenced("", before="`.env`:\n\n"), ".env", LABEL),
        (fenced("text", before="requirements.txt\n\n"), "requirements.txt", LABEL),
        (fenced("python", before="<!-- app/x.py -->\n"), "app/x.py", LABEL),
        (fenced("python", "# app/x.py\nx\n"), "app/x.py", COMMENT),
        (fenced("python", "#!/usr/bin/env python\n# app/x.py\nx\n"), "app/x.py", COMMENT),
        (fenced("ts", "// src/x.ts\nx\n"), "src/x.ts", COMMENT),
        (fenced("sql", "-- migrations/1.sql\nx\n"), "migrations/1.sql", COMMENT),
        (fenced("html", "<!-- index.html -->\nx\n"), "index.html", COMMENT),
        (fenced("css", "/* site/x.css */\nx\n"), "site/x.css", COMMENT),
        (fenced("python", "# File: app/x.py (new)\nx\n"), "app/x.py", COMMENT),
        (fenced("", "# app/x.py\nx\n"), "app/x.py", COMMENT),
        ("~~~python app/x.py\n```\nx\n```\n~~~\n", "app/x.py", INFO),
        ("````markdown README.md\n# A\n```sh\nls\n```\n````\n", "README.md", INFO),
        ("- first\n  - second:\n\n    `app/x.py`\n\n    ```python\n    x\n    ```\n", "app/x.py", LABEL),
        ("1. **app/x.py**\n\n```python\nx\n```\n", "app/x.py", LABEL),
        ("> `app/x.py`:\n> ```python\n> x\n> ```\n", "app/x.py", LABEL),
        ("`app/x.py`\r\n\r\n```python\r\nx\r\n```\r\n", "app/x.py", LABEL),
        ("```python app/x.py\nx", "app/x.py", INFO),
        ("````markdown\n# Answer\n\n`app/x.py`\n\n```python\nx\n```\n````\n", "app/x.py", LABEL),
    ],
)
def test_a_path_is_read_from_one_of_three_places(text: str, path: str, source: PathSource) -> None:
    """Info strings go before labels, and labels before comments."""
    (file,) = read(text)

    assert (file.path, file.source) == (path, source)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No `code/x.py` at all.",
        "    app/x.py\n    indented",
        fenced("python"),
        fenced("python showLineNumbers {1,3-5}"),
        fenced("bash", "python app/x.py\n", before="Run `app/x.py`:\n\n"),
        fenced("text", "hello\n", before="`app/x.py` prints:\n\n"),
        fenced("json", "{}\n", before="A request to `app/x.py` gives:\n\n"),
        fenced("python", before="Change `app/x.py` and `app/y.py`:\n\n"),
        fenced("python", before="See https://example.org/x.py\n\n"),
        fenced("python", "# version 1.2\n"),
        fenced("", "app/\n  x.py\n", before="`app/`:\n\n"),
        fenced("dockerfile", "FROM x\n"),
        "<pre>\n```python x.py\nx\n```\n</pre>\n",
    ],
)
def test_what_names_no_path_is_no_file(text: str) -> None:
    """Commands, output, trees of folders, and code without a name."""
    assert paths_of(text) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/etc/passwd", "is absolute"),
        ("../x.py", "leads out of its folder"),
        ("app/../../x.py", "leads out of its folder"),
        ("~/x.py", "begins with a home folder"),
        ("app\\x.py", "has a backslash"),
        ("C:/x.py", "begins with a drive letter"),
        ("app/\u202ex.py", "holds a control, format or unreadable character"),
        ("app/\x01x.py", "holds a control, format or unreadable character"),
        ("app/\x00x.py", "holds a control, format or unreadable character"),
        ("app/\ud800.py", "holds a control, format or unreadable character"),
        (".git/hooks/x.py", "lies in .git"),
        ("app/.GIT /x.py", "lies in .git"),
        ("a/" * 12 + "x.py", "has 13 parts, and a path may have 12"),
        ("a" * 198 + ".py", "has 201 characters, and a path may have 200"),
        ("\N{GRINNING FACE}" * 70 + ".py", "has a part of more than 255 bytes"),
        ("app/", "is a folder"),
        ("./", "is empty"),
    ],
)
def test_a_path_that_may_lead_away_is_refused(path: str, reason: str) -> None:
    """Whatever could be read as a place outside the folder, or fools a reader, is named and left out."""
    found = read(fenced(f'python title="{path}"'))

    assert found.files == ()
    assert [refused.reason for refused in found.refused] == [f"its path {reason}"]
    assert found.refused[0].line == 2


def test_a_path_is_composed() -> None:
    """Two spellings of one letter are one path."""
    decomposed = unicodedata.normalize("NFD", "café.py")

    assert paths_of(fenced(f"python {decomposed}")) == ["café.py"]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ("App/X.py", "its path differs from app/x.py in nothing but case"),
        ("app/x.py/y.py", "its folder app/x.py is a file already"),
        ("app.py/../app", "its path leads out of its folder"),
        ("App", "its path is a folder of app/x.py"),
    ],
)
def test_paths_that_cannot_stand_together_are_refused(second: str, reason: str) -> None:
    """The first one stays."""
    found = read(fenced("python app/x.py") + fenced(f'python file="{second}"'))

    assert [file.path for file in found] == ["app/x.py"]
    assert [refused.reason for refused in found.refused] == [reason]


def test_an_identical_duplicate_is_passed_over() -> None:
    """Nothing is to be said of it."""
    found = read(fenced("python x.py") * 2)

    assert len(found.files) == 1
    assert found.warnings == ()


def test_of_two_versions_the_last_one_counts() -> None:
    """And a reader is told."""
    found = read(fenced("python x.py", "a = 1\n") + fenced("python x.py", "a = 2\n"))

    assert [file.text for file in found] == ["a = 2\n"]
    assert found.warnings == ("x.py is written more than once, with different content: the last one counts",)


def test_files_come_in_order_of_path_with_their_lines() -> None:
    """A line is that of the content's beginning."""
    found = read("words\n\n" + fenced("python b.py") + fenced("python a.py"))

    assert [(file.path, file.line) for file in found] == [("a.py", 7), ("b.py", 4)]


def test_lines_are_those_of_the_answer_within_a_wrapper() -> None:
    """A wrapper's own lines are counted."""
    (file,) = read("words\n\n````markdown\n\n```python a.py\nx\n```\n````\n")

    assert file.line == 6


@pytest.mark.parametrize("text", ["```markdown\n`a.py`:\n```python\nx\n```\nwords\n```\n"])
def test_an_outer_fence_that_is_too_short_is_told(text: str) -> None:
    """What can be had is had, with a warning."""
    found = read(text)

    assert [file.path for file in found] == ["a.py"]
    assert any("an outer fence must be longer" in warning for warning in found.warnings)


def test_a_fence_that_never_ends_is_told() -> None:
    """As an answer is that was cut off."""
    assert read("```python x.py\nx\n").warnings == ("the fence on line 1 is never closed",)


def test_a_default_path_names_the_only_block_without_one() -> None:
    """Commands do not count."""
    found = read(fenced("bash", "pip install x\n") + fenced("python", "x = 1\n"), "main.py")

    assert [(file.path, file.source, file.line) for file in found] == [("main.py", PathSource.DEFAULT, 5)]


def test_a_default_path_is_not_guessed_among_several() -> None:
    """Which one it is, only the author knows."""
    found = read(fenced("python", "a\n") + fenced("python", "b\n"), "main.py")

    assert found.files == ()
    assert found.warnings == ("2 blocks of code without a path could be main.py, so that none was taken",)


def test_a_default_path_goes_to_a_block_in_its_language() -> None:
    """A block of JSON is no Python."""
    found = read(fenced("json", "{}\n") + fenced("python", "a\n"), "main.py")

    assert [file.text for file in found] == ["a\n"]


def test_blocks_that_were_passed_over_are_told() -> None:
    """With their lines."""
    assert read(fenced("python")).warnings == ("1 block of code names no path and is no file (line 1)",)


@pytest.mark.parametrize(
    ("text", "is_elided"),
    [
        ("x = 1\n# ... existing code ...\n", True),
        ("    # ... rest of the class\n", True),
        ("// ...\n", True),
        ("# rest of the file unchanged\n", True),
        ("# The rest of the code stays.\n", True),
        ("# other methods omitted for brevity\n", True),
        ("/* … */\n", True),
        ("# existing imports ...\n", True),
        ("def f(): ...\n", False),
        ("    ...\n", False),
        ("# the same error code as upstream\n", False),
        ("# Wait for other tasks...\n", False),
        ("# leave the status unchanged\n", False),
        ("x = '# ... existing code ...'\n", False),
    ],
)
def test_what_the_author_left_out_is_marked(text: str, *, is_elided: bool) -> None:
    """Comments that stand for code, and nothing else."""
    (file,) = read(fenced("python x.py", text))

    assert file.is_elided is is_elided


def test_no_more_files_than_the_limit() -> None:
    """The limit is named."""
    found = read("".join(fenced(f"python {number}.py") for number in range(MOST_FILES + 2)))

    assert len(found.files) == MOST_FILES
    assert {refused.reason for refused in found.refused} == {"there are more than 200 files, the most that are taken"}


def test_no_more_bytes_than_the_limit() -> None:
    """Text beyond it is not looked at, and a reader is told."""
    found = read(fenced("python a.py") + "é" * MOST_BYTES + "\n" + fenced("python b.py"))

    assert [file.path for file in found] == ["a.py"]
    assert "characters were looked at" in found.warnings[0]


def test_half_a_character_cannot_be_written() -> None:
    """Models' JSON may hold it, files may not."""
    found = read(fenced("python x.py", "x = '\ud800'\n"))

    assert [refused.path for refused in found.refused] == ["x.py"]


def test_a_diff_is_no_file_without_what_it_changes() -> None:
    """It is refused, and not taken for a file of its own."""
    found = read(fenced("diff", "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n", before="`x.py`:\n\n"))

    assert found.files == ()
    assert found.refused[0].path == "x.py"
    assert "not among the files that were there before" in found.refused[0].reason


def test_a_diff_is_applied_to_what_was_there() -> None:
    """Only what it changes is delivered."""
    base = (AnswerFile(path="x.py", text="a\nb\nc\n"), AnswerFile(path="y.py", text="y\n"))
    answer = Completion(text=fenced("diff", "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"))

    found = files_of(answer, base=base)

    assert [(file.path, file.text, file.source) for file in found] == [("x.py", "a\nB\nc\n", PathSource.DIFF)]


def test_a_diff_changes_what_the_answer_wrote_before() -> None:
    """A file and its correction in one answer."""
    change = fenced("diff", "--- a/x.py\n+++ b/x.py\n@@ @@\n-a = 1\n+a = 2\n")

    (file,) = read(fenced("python x.py", "a = 1\n") + change)

    assert file.text == "a = 2\n"


def test_an_answer_is_read_once() -> None:
    """The same files come back."""
    answer = fenced("python x.py", "once = 1\n")

    assert read(answer) is read(answer)


@given(parts=st.lists(WORDS | st.sampled_from(["```python a.py\n", "```\n", "~~~\n", "````markdown\n"]), max_size=12))
def test_any_text_gives_files_that_may_be_written(parts: list[str]) -> None:
    """No text is too strange: nothing is raised, paths stay inside, and no two files are one."""
    found = read("".join(parts), "main.py")

    paths = [file.path for file in found]
    assert paths == sorted(set(paths))
    assert not any(path.startswith(("/", "~")) or ".." in path.split("/") for path in paths)
    assert all(file.line <= "".join(parts).count("\n") + 2 for file in found)


@given(
    content=st.text(alphabet="ab\n `~#", max_size=60), path=st.from_regex(r"[a-z]{1,9}/[a-z]{1,9}\.py", fullmatch=True)
)
def test_a_long_fence_gives_back_what_it_holds(content: str, path: str) -> None:
    """Whatever stands between long enough fences is the file."""
    fence = "`" * 70

    (file,) = read(f"{fence}python {path}\n{content}\n{fence}\n")

    assert (file.path, file.text) == (path, content + "\n")
