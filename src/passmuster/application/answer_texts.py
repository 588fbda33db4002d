"""Answers whose files were edited: the Markdown around them stays, or is laid out in another way."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from passmuster.analysis.code_edits.source import Texts
from passmuster.domain.answer_files import AnswerFile, PathSource
from passmuster.domain.answers import Completion
from passmuster.extraction.files import files_of

_LANGUAGES: Final = {"py": "python", "toml": "toml", "md": "markdown", "yaml": "yaml", "json": "json"}
_RUN = re.compile(r"^\s*([`~]{3,})", re.MULTILINE)

Layout = Callable[[Mapping[str, str]], str]
"""Writes an answer anew from its files."""


def texts_of(answer: str) -> dict[str, str]:
    """Return the files of an answer, texts by path."""
    return {file.path: file.text for file in files_of(Completion(text=answer))}


def with_files(answer: str, texts: Texts) -> str:
    """Return an answer that delivers other files, and is otherwise as it was.

    Where its text cannot be edited in place, because a path stands on the first line of a file that was edited, or
    blocks are indented, the files are laid out anew.
    """
    edited = _edited(answer, texts)
    return edited if edited is not None and texts_of(edited) == dict(texts) else laid_out(texts)


def _edited(answer: str, texts: Texts) -> str | None:
    lines = answer.split("\n")
    files = {file.path: file for file in files_of(Completion(text=answer))}
    for file in sorted(files.values(), key=lambda item: item.line, reverse=True):
        if file.line and texts.get(file.path) != file.text:
            begin, end = file.line - 1, file.line - 1 + file.text.count("\n")
            if "\n".join([*lines[begin:end], ""]) != file.text:
                return None
            if file.path in texts:
                lines[begin:end] = texts[file.path].rstrip("\n").split("\n")
            else:
                lines[_first_line(lines, file) : end + 1] = []
    added = [block(path, texts[path]) for path in sorted(set(texts) - set(files))]
    return "\n".join([*lines, *added])


def _first_line(lines: list[str], file: AnswerFile) -> int:
    """Return where a file's block begins, the line that names its path with it."""
    fence = file.line - 2
    above = fence - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if file.source is PathSource.LABEL and above >= 0 and file.path in lines[above] else fence


def block(path: str, text: str) -> str:
    """Return a file as a block of code with its path above it."""
    return f"`{path}`:\n\n{_fenced(text, _language(path))}\n"


def laid_out(texts: Texts) -> str:
    """Write an answer anew: each file below its path."""
    return "\n".join(["Here are the files.\n", *(block(path, text) for path, text in texts.items())])


def _fenced(text: str, info: str, sign: str = "`") -> str:
    longest = max((len(found.group(1)) for found in _RUN.finditer(text) if found.group(1)[0] == sign), default=0)
    fence = sign * max(3, longest + 1)
    return f"{fence}{info}\n{text if text.endswith(chr(10)) else text + chr(10)}{fence}"


def _language(path: str) -> str:
    return _LANGUAGES.get(path.rpartition(".")[2], "")


def _as_info(texts: Texts) -> str:
    blocks = [_fenced(text, f"{_language(path) or 'text'} {path}") for path, text in texts.items()]
    return "\n\n".join(["All files, with their paths:", *blocks, "That is all."]) + "\n"


def _as_headings(texts: Texts) -> str:
    blocks = [f"## {path}\n\n{_fenced(text, _language(path))}" for path, text in texts.items()]
    return "\n\n".join(["# The service", *blocks]) + "\n"


def _as_titles(texts: Texts) -> str:
    blocks = [_fenced(text, f'{_language(path) or "text"} title="{path}"', "~") for path, text in texts.items()]
    return "\n\n".join(blocks) + "\n"


def _reversed(texts: Texts) -> str:
    return laid_out({path: texts[path] for path in reversed(list(texts))})


def _with_carriage_returns(texts: Texts) -> str:
    return laid_out(texts).replace("\n", "\r\n")


def _with_prose(texts: Texts) -> str:
    parts = ["I thought about three designs, and this one is the simplest that works.", ""]
    for number, (path, text) in enumerate(texts.items(), start=1):
        parts += [f"{number}. The next file holds what belongs together, see below.", "", block(path, text)]
        parts += ["> Note: neither `# noqa` nor `except: pass` is needed here, and no `print()` either.", ""]
    parts += ["Run it:", "", "```bash", "pytest -q", "```", "", "```text", "all passed", "```", ""]
    return "\n".join(parts)


LAYOUTS: Final[Mapping[str, Layout]] = {
    "paths-in-info-strings": _as_info,
    "paths-as-headings": _as_headings,
    "paths-as-titles-in-tildes": _as_titles,
    "files-reversed": _reversed,
    "carriage-returns": _with_carriage_returns,
    "much-prose": _with_prose,
}
"""Ways to lay the same files out, which no criterion may mind."""
