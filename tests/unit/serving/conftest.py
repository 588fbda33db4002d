"""Sites that tests look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .made_up_site import MadeUpSite


@pytest.fixture
def made_up(tmp_path: Path) -> Iterator[MadeUpSite]:
    """A site on which people may decide."""
    made = MadeUpSite(tmp_path / "suite")
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    """A site that nobody changes."""
    made = MadeUpSite(tmp_path_factory.mktemp("shared") / "suite", has_reviews=False)
    yield made
    made.close()
