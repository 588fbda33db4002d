"""Answers with edited files: what is around them stays, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.answer_texts import LAYOUTS, laid_out, texts_of, with_files

ANSWER = """\
Two files.

### `app/lamp.py`

```python
LAMP = 1
```

Between.

```python test_lamp.py
assert True
```

The end.
"""


def test_an_edited_file_leaves_the_rest_as_it_was() -> None:
    """Prose and the other file stay to the letter."""
    files = texts_of(ANSWER)

    new = with_files(ANSWER, {**files, "app/lamp.py": "LAMP = 2\nMORE = 3\n"})

    assert new == ANSWER.replace("LAMP = 1\n", "LAMP = 2\nMORE = 3\n")


def test_a_removed_file_goes_with_its_label() -> None:
    """Nothing that names it is left, and the other one is not mistaken for it."""
    files = texts_of(ANSWER)

    new = with_files(ANSWER, {"test_lamp.py": files["test_lamp.py"]})

    assert "app/lamp.py" not in new
    assert texts_of(new) == {"test_lamp.py": "assert True\n"}


def test_a_new_file_comes_at_the_end() -> None:
    """It has its path above it."""
    files = texts_of(ANSWER)

    new = with_files(ANSWER, {**files, "conftest.py": "FIXTURES = ()\n"})

    assert new.startswith(ANSWER)
    assert texts_of(new)["conftest.py"] == "FIXTURES = ()\n"


def test_a_path_on_the_first_line_is_not_lost() -> None:
    """Where an edit takes the line that named the path, the answer is laid out anew."""
    answer = "Here:\n\n```python\n# lamp.py\nLAMP = 1\n```\n"

    new = with_files(answer, {"lamp.py": "# other\nLAMP = 1\n"})

    assert texts_of(new) == {"lamp.py": "# other\nLAMP = 1\n"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_deliver_the_same_files(layout: str) -> None:
    """However an answer is laid out, its files are the same."""
    files = texts_of(ANSWER)

    assert texts_of(LAYOUTS[layout](files)) == files


@given(st.text(alphabet="`~ab#\n ", max_size=60))
def test_files_with_fences_survive(text: str) -> None:
    """A file that holds fences is put into longer ones."""
    files = {"notes/page.md": f"x{text}\n"}

    assert texts_of(laid_out(files)) == files
