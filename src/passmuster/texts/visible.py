"""Text from anybody, with nothing left in it that hides or that steers a terminal or a browser."""

from passmuster.domain.observations import NOBODY

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def _named(code: int) -> str:
    return f"\N{MATHEMATICAL LEFT ANGLE BRACKET}U+{code:04X}\N{MATHEMATICAL RIGHT ANGLE BRACKET}"


# Sources: Unicode 15, chapter 23 (control codes, bidirectional controls, tag characters, non-characters).
_TABLE: dict[int, int | str] = {
    **{code: _named(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"},
    **dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT),
    **dict.fromkeys((0xFFFE, 0xFFFF), _REPLACEMENT),
    **{code: _named(code) for code in (0xFEFF, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))},
    **{code: _named(code) for code in range(0xE0000, 0xE0080)},
}


def visible(text: str) -> str:
    """Return the text with every character visible or harmless; new lines and tabs are kept.

    Control characters, overrides of the writing direction and invisible tags are written out as their numbers, such as
    ``⟨U+001B⟩``; halves of surrogate pairs become the replacement character. Markup is left alone: escaping that is
    the task of whoever writes the format.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_TABLE)


def excerpt(text: str, limit: int) -> str:
    """Return the text on one line, cut to ``limit`` characters with an ellipsis."""
    # More than the limit can be needed, because runs of space shrink; the bound keeps huge texts cheap.
    line = " ".join(visible(text[: limit * 4]).split())
    is_cut = len(line) > limit or len(text) > limit * 4
    return f"{line[: limit - 1].rstrip()}…" if is_cut else line


def clipped(text: str, limit: int) -> tuple[str, int]:
    """Return the first ``limit`` characters, visible, and how many characters are left out."""
    return visible(text[:limit]), max(0, len(text) - limit)


def agent_text(name: str | None) -> str:
    """Return an agent's name for people; nobody has one, too."""
    return NOBODY if name is None else visible(name)
