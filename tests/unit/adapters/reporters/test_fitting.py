"""Texts that must not be too long."""

from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.reporters.fitting import Section, fitted, size

LINES = st.lists(st.text(alphabet="aü\N{GRINNING FACE}", max_size=60), max_size=30).map(tuple)
SECTIONS = st.lists(
    st.builds(
        Section,
        name=st.text(alphabet="name", min_size=1, max_size=30),
        gravity=st.integers(0, 50),
        head=LINES,
        rows=LINES,
        tail=LINES,
        others=st.integers(0, 1_000_000),
    ),
    max_size=12,
)


@given(SECTIONS, st.integers(600, 4_000))
def test_a_text_is_never_longer_than_its_room(sections: list[Section], room: int) -> None:
    """Whatever the sections hold, in bytes of UTF-8."""
    assert size(fitted(sections, room)) <= room


def test_the_least_grave_gives_way_first() -> None:
    """The order of reading is kept; what is left out is named, and rows that are cut are counted."""
    light = Section(name="light things", gravity=30, rows=("x" * 900,))
    middle = Section(
        name="middle", gravity=20, head=("middle",), rows=tuple("m" * 100 for _ in range(20)), tail=("end",)
    )
    grave = Section(name="grave", gravity=10, head=("grave",), rows=("g",))

    lines = fitted([light, middle, grave], 2_300)

    assert lines[0] == "middle"
    assert lines[-4:-2] == ["grave", "g"]
    assert lines[-2].startswith("Left out, because there is no room for more: light things.")
    shown = lines.count("m" * 100)
    assert 4 < shown < 20
    assert f"… and {20 - shown} more, in the report of the run." in lines


def test_what_fits_is_shown_as_it_is() -> None:
    """Nothing is said of what is not left out."""
    sections = [
        Section(name="a", gravity=1, head=("one",), rows=("two",)),
        Section(name="b", gravity=0, tail=("three",)),
    ]

    assert fitted(sections, 10_000) == ["one", "two", "three"]
