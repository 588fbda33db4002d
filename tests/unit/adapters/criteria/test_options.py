"""What options of criteria have in common."""

import pytest
from pydantic import TypeAdapter, ValidationError

from passmuster.adapters.criteria.options import DefaultPath

PATHS: TypeAdapter[str] = TypeAdapter(DefaultPath)


@pytest.mark.parametrize("path", ["", "main.py", "src/app/main.py", "./main.py"])
def test_a_default_path_lies_within_the_folder(path: str) -> None:
    """It may be empty: then a block that names no path is no file."""
    assert PATHS.validate_python(path) == path


@pytest.mark.parametrize(
    ("path", "reason"),
    [("../x.py", "leads out of its folder"), ("/etc/x.py", "is absolute"), ("app/", "is a folder"), ("~x", "home")],
)
def test_a_default_path_that_no_file_may_have_is_refused(path: str, reason: str) -> None:
    """Whoever wrote the rubric is told, and no answer is blamed for it."""
    with pytest.raises(ValidationError, match=reason):
        PATHS.validate_python(path)
