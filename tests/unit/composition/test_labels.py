"""Files of people's labels."""

from pathlib import Path

import pytest

from passmuster.composition.labels import read_labels
from passmuster.domain.errors import InvalidDatasetError

GOOD = '{"case": "c", "criterion": "k", "answer": "Hi", "choice": "yes", "labeller": "ann"}\n'


def complaints(file: Path) -> list[str]:
    with pytest.raises(InvalidDatasetError) as caught:
        read_labels(file)
    return [f"{item.location.line if item.location else None}: {item.message}" for item in caught.value.findings]


def test_labels_of_one_answer_are_put_together(tmp_path: Path) -> None:
    """Whoever gave them, in order of the file; the same said twice counts once."""
    file = tmp_path / "labels.jsonl"
    file.write_text(GOOD + GOOD.replace("ann", "bob").replace("yes", "no") + "\n" + GOOD + GOOD.replace("Hi", "Ho"))

    one, other = read_labels(file)

    assert (one.answer, dict(one.people), one.line) == ("Hi", {"ann": "yes", "bob": "no"}, 1)
    assert (other.answer, other.line) == ("Ho", 5)


def test_a_table_says_the_same(tmp_path: Path) -> None:
    """Answers of several lines included, wherever their row begins."""
    file = tmp_path / "labels.csv"
    file.write_text(
        'case,criterion,answer,choice,labeller\nc,k,"Hi\nthere",yes,ann\nc,k,Ho,no,ann\n', encoding="utf-8-sig"
    )

    one, other = read_labels(file)

    assert (one.answer, one.line) == ("Hi\nthere", 2)
    assert (other.answer, other.line) == ("Ho", 4)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.jsonl", "", ["1: the file holds no label"]),
        ("a.jsonl", "{\n" + GOOD, ["1: "]),
        (
            "a.jsonl",
            GOOD.replace('"yes"', '""') + GOOD.replace('"ann"', "7"),
            ["1: 'choice' is ''", "2: 'labeller' is 7"],
        ),
        ("a.jsonl", GOOD + GOOD.replace("yes", "no"), ["2: 'ann' says 'no' here, and 'yes' in line 1"]),
        ("a.csv", "case,answer\nc,Hi\n", ["1: the first line names no column 'criterion', 'choice', 'labeller'"]),
        ("a.csv", 'case,criterion,answer,choice,labeller\nc,k,"Hi,yes,ann\n', ["1: this is no CSV"]),
    ],
)
def test_every_complaint_is_told(tmp_path: Path, name: str, text: str, told: list[str]) -> None:
    """With its line."""
    file = tmp_path / name
    file.write_text(text)

    found = complaints(file)

    assert len(found) == len(told)
    assert all(beginning in complaint for beginning, complaint in zip(told, found, strict=True))


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    """A missing file, and one in another encoding."""
    other = tmp_path / "latin.jsonl"
    other.write_bytes(GOOD.replace("Hi", "Grüße").encode("latin-1"))

    assert complaints(tmp_path / "missing.jsonl") == ["None: it cannot be read: No such file or directory"]
    assert complaints(other) == ["None: it cannot be read: it is not UTF-8"]
