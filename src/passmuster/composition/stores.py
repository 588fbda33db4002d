"""Whether a suite's store is there, and how its tables come into their latest form."""

from passmuster.composition.building import Workbench
from passmuster.composition.places import place, store_section
from passmuster.configuration.suite import Section


def has_store(bench: Workbench, named: str | None) -> bool:
    """Whether there is a store already; building one that is not there makes it.

    Args:
        bench: The suite's.
        named: The store that the environment names instead of the suite's.
    """
    section = store_section(named) if named else bench.configuration.store
    location = section.options.get("location")
    if section.use != "sqlite" or not isinstance(location, str):
        # A store of another kind, which may lie anywhere.
        return True
    file = location.partition(":///")[2].partition("?")[0] or location
    return place(bench.folder, file).exists()


def upgrade_store(bench: Workbench, named: str | None) -> str:
    """Bring the tables of a store into the form that this version writes.

    Args:
        bench: The suite's.
        named: The store that the environment names instead of the suite's.

    Returns:
        The kind of the store.

    Raises:
        StoreError: If the store cannot be used, or was written by a newer version.
    """
    section = store_section(named) if named else bench.configuration.store
    if section.use == _SHARED:
        section = Section.model_validate({"use": section.use, **section.options, "upgrade": True})
    # Other kinds are brought up to date by whoever opens them.
    bench.store_at(section).close()
    return section.use


_SHARED = "postgresql"
"""The kind of store in whose tables others may be at work."""
