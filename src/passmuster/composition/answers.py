"""What a suite and the environment say of kept answers → the cache of this process."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from passmuster.composition.parts import Part
from passmuster.composition.places import place
from passmuster.configuration.suite import CacheSection
from passmuster.ports import Clock

if TYPE_CHECKING:
    from passmuster.policies.kept_answers import KeptAnswers


def answers_file(section: bool | CacheSection, *, folder: Path, cache: Path) -> Path:  # noqa: FBT001 - as suites write it
    """Return the file of kept answers.

    Args:
        section: What the suite says of its cache.
        folder: The suite's folder.
        cache: The folder for what can be made anew, as the environment says.
    """
    from passmuster.policies.answer_file import FILE  # noqa: PLC0415 - only who asks live models keeps answers

    named = section.location if isinstance(section, CacheSection) else None
    return (cache if named is None else place(folder, named)) / FILE


def answer_cache(
    section: bool | CacheSection,  # noqa: FBT001 - as suites write it
    file: Path,
    *,
    is_fresh: bool,
    clock: Clock,
    holds_secret: Callable[[str], bool],
) -> "KeptAnswers | None":
    """Return the cache of this process; ``None`` if the suite wants none.

    Args:
        section: What the suite says of it.
        file: Where answers are kept.
        is_fresh: Whether only answers count that are made from now on.
        clock: Tells the time.
        holds_secret: Tells of a text whether it must never be kept.
    """
    if section is False:
        return None
    from passmuster.policies.kept_answers import KeptAnswers  # noqa: PLC0415 - likewise

    now = clock.now()
    oldest = now if is_fresh else oldest_answer(section, now)
    return KeptAnswers(file, oldest=oldest, now=clock.now, holds_secret=holds_secret)


def oldest_answer(section: bool | CacheSection, now: datetime) -> datetime:  # noqa: FBT001 - as suites write it
    """Return the moment before which an answer was made that is too old."""
    told = section if isinstance(section, CacheSection) else CacheSection()
    return now - timedelta(days=told.maximum_age)


def introduction_of(name: str, part: Part) -> dict[str, object]:
    """Return what a backend is, as far as its answers depend on it: what its fingerprint is taken of."""
    options = part.options.model_dump(mode="json")
    content = part.content or part.component.content(part.options, part.folder)
    return {
        "name": name,
        "use": part.use,
        "version": part.component.version,
        "options": options,
        **({"files": content} if content else {}),
    }
