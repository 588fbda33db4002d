"""Diffs applied to the files that were there before."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.answer_files import AnswerFile, AnswerFiles
from passmuster.extraction.patching import files_of_diff

LINES = st.lists(st.sampled_from(["a", "b", "", " c", "-- x", "++ y", "@@ z"]), max_size=12)
BEFORE = "one\ntwo\nthree\nfour\nfive\n"


def patched(diff: str, **base: str) -> AnswerFiles:
    """Apply a diff to files named by words."""
    return files_of_diff(diff, [AnswerFile(path=f"{name}.py", text=text) for name, text in base.items()])


def texts_of(found: AnswerFiles) -> dict[str, str]:
    """Return the files by path."""
    return {file.path: file.text for file in found}


@pytest.mark.parametrize(
    ("diff", "after"),
    [
        ("--- a/x.py\n+++ b/x.py\n@@ -2 +2 @@\n-two\n+TWO\n", "one\nTWO\nthree\nfour\nfive\n"),
        ("--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,2 @@\n one\n-two\n three\n", "one\nthree\nfour\nfive\n"),
        ("--- a/x.py\n+++ b/x.py\n@@ -5,0 +6 @@\n+six\n", BEFORE + "six\n"),
        ("--- a/x.py\n+++ b/x.py\n@@ -0,0 +1 @@\n+zero\n", "zero\n" + BEFORE),
        ("--- x.py\n+++ x.py\n@@\n-four\n+FOUR\n", "one\ntwo\nthree\nFOUR\nfive\n"),
        ("--- x.py\t2026-01-01\n+++ x.py\t2026-01-02\n@@ -90,1 +90,1 @@\n-four\n+4\n", "one\ntwo\nthree\n4\nfive\n"),
        ("--- a/x.py\n+++ b/x.py\n@@ -1,9 +1,9 @@\n one\n-two\n+2\n", "one\n2\nthree\nfour\nfive\n"),
        (
            "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-one\n+1\n@@ -5 +5 @@ def f\n-five\n+5\n",
            "1\ntwo\nthree\nfour\n5\n",
        ),
        ("--- a/x.py\n+++ b/x.py\n@@ -5 +5 @@\n-five\n+5\n\\ No newline at end of file\n", BEFORE[:-5] + "5"),
    ],
)
def test_a_change_is_made_where_it_fits(diff: str, after: str) -> None:
    """Lines count more than their numbers, which models get wrong."""
    assert texts_of(patched(diff, x=BEFORE)) == {"x.py": after}


def test_of_several_places_the_nearest_is_taken() -> None:
    """Numbers decide between equal lines."""
    diff = "--- a/x.py\n+++ b/x.py\n@@ -4 +4 @@\n-a\n+A\n"

    assert texts_of(patched(diff, x="a\nb\na\nb\nb\nb\na\n")) == {"x.py": "a\nb\nA\nb\nb\nb\na\n"}


def test_wrong_counts_do_not_swallow_the_next_file() -> None:
    """Nor an empty line between two files, nor one within a place whose space was cut off."""
    diff = (
        "--- a/x.py\n+++ b/x.py\n@@ -1,9 +1,9 @@\n one\n\n-two\n+2\n\n--- a/y.py\n+++ b/y.py\n@@ -1,9 +1,9 @@\n-y\n+Y\n"
    )

    assert texts_of(patched(diff, x="one\n\ntwo\n", y="y\n")) == {"x.py": "one\n\n2\n", "y.py": "Y\n"}


def test_new_files_deletions_and_renames() -> None:
    """Only what is there afterwards is delivered."""
    diff = (
        "diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+n\n"
        "diff --git a/empty.py b/empty.py\nnew file mode 100644\nindex 0000000..e69de29\n"
        "diff --git a/x.py b/x.py\ndeleted file mode 100644\n--- a/x.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        "diff --git a/y.py b/z.py\nsimilarity index 100%\nrename from y.py\nrename to z.py\n"
    )

    found = patched(diff, x="x\n", y="y\n")

    assert texts_of(found) == {"empty.py": "", "new.py": "n\n", "z.py": "y\n"}
    assert found.warnings == ("x.py is deleted",)


@pytest.mark.parametrize(
    ("diff", "path", "reason"),
    [
        ("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-none\n+n\n", "x.py", "change 1 of 1 does not fit what the file holds"),
        ("--- a/q.py\n+++ b/q.py\n@@ -1 +1 @@\n-a\n+b\n", "q.py", "not among the files that were there before"),
        ("--- /dev/null\n+++ b/../up.py\n@@ -0,0 +1 @@\n+n\n", "../up.py", "its path leads out of its folder"),
        (
            "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n",
            "l",
            "is a link",
        ),
        ("diff --git a/m b/m\nnew file mode 160000\n--- /dev/null\n+++ b/m\n", "m", "is another repository"),
        ("diff --git a/x.py b/x.py\nindex 1..2 100644\nBinary files a/x.py and b/x.py differ\n", "x.py", "is binary"),
    ],
)
def test_what_does_not_fit_is_refused(diff: str, path: str, reason: str) -> None:
    """Nothing is guessed, and the file stays as it was."""
    found = patched(diff, x=BEFORE)

    assert found.files == ()
    assert [refused.path for refused in found.refused] == [path]
    assert reason in found.refused[0].reason


def test_quoted_paths_are_read() -> None:
    """As git writes what is not ASCII."""
    diff = '--- /dev/null\n+++ "b/caf\\303\\251 \\"1\\".py"\n@@ -0,0 +1 @@\n+n\n'

    assert list(texts_of(patched(diff))) == ['café "1".py']


def test_lines_that_end_like_those_of_windows_are_the_same_lines() -> None:
    """A model writes line feeds whatever it has read."""
    diff = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-one\n+1\n"

    assert texts_of(patched(diff, x="one\r\ntwo\r\n")) == {"x.py": "1\ntwo\n"}


def test_searching_comes_to_an_end() -> None:
    """A diff that fits nowhere and nearly everywhere is given up."""
    diff = "--- a/x.py\n+++ b/x.py\n@@ @@\n" + " a\n" * 4_000 + "-b\n"

    found = patched(diff, x="a\n" * 12_000)

    assert "too much would have to be compared" in found.refused[0].reason


def test_words_alone_are_no_change() -> None:
    """They are told."""
    assert patched("nothing\n").warnings == ("a block of changes names no file",)


@given(before=LINES, after=LINES, context=st.integers(0, 4))
def test_a_diff_of_two_texts_makes_one_of_the_other(before: list[str], after: list[str], context: int) -> None:
    """Whatever the lines look like, as with lines that look like a diff's own."""
    old, new = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
    diff = "".join(
        difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), "a/x.py", "b/x.py", n=context
        )
    )

    found = patched(diff, x=old)

    assert texts_of(found) == ({"x.py": new} if old != new else {})


@given(diff=st.lists(st.sampled_from(["--- a/x.py", "+++ b/x.py", "@@ -1,2 +1 @@", "@@", " one", "-two", "+x", "\\"])))
def test_no_diff_is_too_strange(diff: list[str]) -> None:
    """Nothing is raised."""
    found = patched("\n".join(diff), x=BEFORE)

    assert all(file.path == "x.py" for file in found)
