"""Reads files that hold secrets, also through links and by climbing up."""

from pathlib import Path

from attacking import attempt, question

CANARY = question()["canary"]
PLACES = [CANARY, "/etc/shadow", "/etc/passwd", "/root/.ssh", "/home", "/var/lib", "../../../../etc/shadow"]


def through_link() -> bytes:
    """Read through a link that lies in our own folder."""
    Path("link").symlink_to(CANARY)
    return Path("link").read_bytes()


def look(place: str) -> object:
    """Read a file, or list a folder."""
    return list(Path(place).iterdir()) if Path(place).is_dir() else Path(place).read_bytes()[:20]


attempt(
    {
        **{place: (lambda place=place: look(place)) for place in PLACES},
        "through a link": through_link,
        "through the first process": lambda: list(Path(f"/proc/1/root{Path(CANARY).parent}").iterdir()),
    }
)
