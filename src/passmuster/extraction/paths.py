"""Which paths an answer may write, told without looking at a disk: paths come from strangers."""

import re
import unicodedata

LONGEST_PATH = 200
"""So many characters a path may have."""

MOST_PARTS = 12
"""So many parts, folders and the file's name, a path may have."""

_LONGEST_PART = 255
_DRIVE = re.compile(r"[A-Za-z]:")
_STORES = frozenset({".git", "git~1"})

# Control, format, surrogate, private and unassigned characters, line and paragraph separators.
_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain_path(path: str) -> str:
    """Return a path in Unicode's composed form, without ``./`` and doubled slashes."""
    composed = unicodedata.normalize("NFC", path)
    start = "/" if composed.startswith("/") else ""
    end = "/" if composed.endswith("/") else ""
    parts = [part for part in composed.split("/") if part not in {"", "."}]
    return start + "/".join(parts) + (end if parts else "")


def why_refused(path: str) -> str:
    """Return why a ``plain_path`` is not taken, as the end of a sentence; empty where it is."""
    if not path:
        return "is empty"
    if len(path) > LONGEST_PATH:
        return f"has {len(path)} characters, and a path may have {LONGEST_PATH}"
    if any(unicodedata.category(character) in _UNREADABLE or character == "\ufffd" for character in path):
        return "holds a control, format or unreadable character"
    return _why_it_leads_away(path) or _why_a_part_is_refused(path.split("/"))


def _why_it_leads_away(path: str) -> str:
    """Return why a path might leave its folder."""
    if path.startswith("/"):
        return "is absolute"
    if "\\" in path:
        return "has a backslash"
    if _DRIVE.match(path):
        return "begins with a drive letter"
    if path.startswith("~"):
        return "begins with a home folder"
    return ""


def _why_a_part_is_refused(parts: list[str]) -> str:
    """Return why one of the parts, or their number, is refused."""
    if parts[-1] == "":
        return "is a folder"
    if len(parts) > MOST_PARTS:
        return f"has {len(parts)} parts, and a path may have {MOST_PARTS}"
    if ".." in parts:
        return "leads out of its folder"
    if any(part.casefold().rstrip(". ") in _STORES for part in parts):
        return "lies in .git"
    if any(len(part.encode()) > _LONGEST_PART for part in parts):
        return f"has a part of more than {_LONGEST_PART} bytes"
    return ""
