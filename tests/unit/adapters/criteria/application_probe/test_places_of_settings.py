"""Where the probe finds the settings of a Django project, and what it sends as wrong credentials."""

import base64
import json
from pathlib import Path

import pytest

from passmuster.adapters.criteria.application_probe.probe_programs import django_side, parent
from passmuster.adapters.criteria.application_probe.probe_programs.finding import sources

SETTINGS = 'INSTALLED_APPS = ["shop"]\nROOT_URLCONF = "config.urls"\n'


@pytest.mark.parametrize("root", ["", "backend"])
def test_the_package_of_a_project_need_not_be_imported(tmp_path: Path, root: str) -> None:
    """Django is told its modules in text; the settings lie beside the addresses that they name."""
    config = tmp_path / root / "config"
    config.mkdir(parents=True)
    (config / "settings.py").write_text(SETTINGS, encoding="utf-8")
    (config / "urls.py").write_text("from shop import views\n", encoding="utf-8")
    read = sources(tmp_path)[0]
    found = django_side._settings_file(read)  # noqa: SLF001 - run as a program, it has no public half

    assert found is not None
    assert django_side._settings_place(found, read) == (root, "config.settings")  # noqa: SLF001 - as above


def test_settings_need_no_list_of_applications(tmp_path: Path) -> None:
    """What keeps nothing in a database has none."""
    (tmp_path / "settings.py").write_text('ROOT_URLCONF = "urls"\n', encoding="utf-8")

    assert django_side._settings_file(sources(tmp_path)[0]) is not None  # noqa: SLF001 - as above


def test_wrong_credentials_are_a_token_of_right_form() -> None:
    """A guard that reads tokens and checks no signature would let it in."""
    scheme, _, token = parent._WRONG["authorization"].partition(" ")  # noqa: SLF001 - as above
    header, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))

    assert scheme == "Bearer"
    assert json.loads(header)["alg"] == "HS256"
    assert json.loads(claims)["sub"] == "1"
    assert signature == bytes(32)
