"""Optional libraries."""

import sys

import pytest

from passmuster.domain.errors import MissingExtraError
from passmuster.libraries import arrow_library, imported, need


def test_a_missing_library_is_named_with_the_command_that_installs_it() -> None:
    """What is missing may be what the wanted module builds upon."""
    with pytest.raises(MissingExtraError, match="'passmuster_has_no_such_package'") as caught:
        imported("passmuster_has_no_such_package.part", extra="hub")

    assert caught.value.hint == "pip install 'passmuster[hub]'"


def test_needing_a_library_imports_nothing() -> None:
    """Some take seconds, and may never be asked."""
    before = set(sys.modules)

    need("this", extra="live")

    assert "this" not in set(sys.modules) - before
    with pytest.raises(MissingExtraError, match="'live' needs the package 'passmuster_has_no_such_package'") as caught:
        need("json", "passmuster_has_no_such_package", extra="live")
    assert caught.value.hint == "pip install 'passmuster[live]'"


def test_a_module_of_a_library_is_returned() -> None:
    """By its full name."""
    assert arrow_library("pyarrow.parquet").__name__ == "pyarrow.parquet"
