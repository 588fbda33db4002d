"""What the tests of an answer need besides pytest: plug-ins, Django's settings, packages to be loaded beforehand."""

import importlib
import importlib.util
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from .layout import Layout

# Loading these once, before the process forks, saves loading them in each.
_LOADED: Final = (
    "aiosqlite",
    "anyio",
    "django",
    "fastapi",
    "fastapi.testclient",
    "httpx",
    "pydantic",
    "pydantic_settings",
    "sqlalchemy",
    "sqlalchemy.orm",
    "sqlalchemy.ext.asyncio",
    "starlette",
)
_GREENLETS: Final = ("sqlalchemy.ext", "sqlmodel.ext", "greenlet", "gevent", "eventlet")
_PLUGINS: Final = (
    ("pytest_asyncio.plugin", r"\basync\s+def\b"),
    ("anyio.pytest_plugin", r"\banyio\b"),
    ("pytest_mock", r"\bmocker\b"),
    ("respx.plugin", r"\brespx"),
    ("pytest_httpx", r"\bhttpx_mock\b"),
    ("_hypothesis_pytestplugin", r"\bhypothesis\b"),
)
_NAMED: Final = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?\s*[,\]=)]+\s*[\"']([\w.]+)[\"']")
_SETTINGS: Final = '''"""Settings as few as can be, for an answer that brings none."""

SECRET_KEY = "{key}"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
INSTALLED_APPS = {applications!r}
ROOT_URLCONF = {urls!r}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}}]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
'''


def load_packages(layout: Layout) -> None:
    """Import the installed packages that the answer imports; nothing of the answer is on the path yet."""
    imported = layout.imported
    for module in _LOADED:
        if module in imported or any(name.startswith(f"{module}.") for name in imported):
            with suppress(ImportError):
                importlib.import_module(module)


def plugins_of(layout: Layout) -> tuple[str, ...]:
    """Return the plug-ins of pytest that the answer's tests need, as far as they are installed."""
    text = "\n".join(
        text for file, text in layout.texts.items() if file in layout.tests or file.endswith("conftest.py")
    )
    wanted = [module for module, pattern in _PLUGINS if re.search(pattern, text)]
    # It forbids the database to setUpModule, as Django's own runner never does: only tests that speak of pytest get it.
    if uses_django(layout) and re.search(r"\b(pytest|django_db)\b", text):
        wanted.append("pytest_django.plugin")
    return tuple(module for module in wanted if is_installed(module))


def options_of(layout: Layout, plugins: tuple[str, ...]) -> Iterator[str]:
    """Yield arguments of pytest that the answer's own configuration, or the want of one, asks for."""
    if "pytest_asyncio.plugin" in plugins:
        # An answer without a configuration means its asynchronous tests to be run.
        mode = layout.settings.get("asyncio_mode", "strict" if layout.mentions("anyio") else "auto")
        yield from ("-o", f"asyncio_mode={mode}")
        for key in ("asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope"):
            if key in layout.settings:
                yield from ("-o", f"{key}={layout.settings[key]}")
    names = [PurePosixPath(file).name for file in layout.tests]
    has_packages = any(file.endswith("__init__.py") for file in layout.tests) or any(
        f"{PurePosixPath(file).parent}/__init__.py" in layout.texts for file in layout.tests
    )
    if len(names) != len(set(names)) and not has_packages:
        yield "--import-mode=importlib"


def uses_django(layout: Layout) -> bool:
    """Return whether any file imports Django."""
    return any(module.partition(".")[0] == "django" for module in layout.imported)


def uses_greenlets(layout: Layout) -> bool:
    """Return whether any file imports what runs code in greenlets, as asynchronous sessions of SQLAlchemy do."""
    return is_installed("greenlet") and any(module.startswith(_GREENLETS) for module in layout.imported)


def django_settings(folder: Path, layout: Layout) -> str:
    """Return the module with Django's settings: the one the answer names or brings, else one that is written here.

    It is empty where the answer configures them in its code.
    """
    if layout.mentions("settings.configure("):
        return ""
    named = layout.settings.get("django_settings_module")
    if named:
        return named
    for file in sorted(layout.texts, key=lambda file: (file.count("/"), file)):
        found = _NAMED.search(layout.texts[file])
        if found is not None:
            return found.group(1)
    own = [file for file in layout.texts if _is_settings(layout, file)]
    if own:
        return module_of(layout, min(own, key=lambda file: ("test" not in file, len(file), file)))
    name = f"settings_{secrets.token_hex(4)}"
    (folder / f"{name}.py").write_text(_written(layout), encoding="utf-8")
    return name


def module_of(layout: Layout, file: str) -> str:
    """Return the name under which a file is imported from the root that lies nearest above it."""
    root = max((root for root in layout.roots if not root or file.startswith(f"{root}/")), key=len, default="")
    path = PurePosixPath(file).relative_to(root) if root else PurePosixPath(file)
    parts = path.parts[:-1] if path.name == "__init__.py" else (*path.parts[:-1], path.stem)
    return ".".join(parts)


def is_installed(module: str) -> bool:
    """Return whether a module can be imported from the environment."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _is_settings(layout: Layout, file: str) -> bool:
    text = layout.texts[file]
    return "INSTALLED_APPS" in text and file not in layout.tests and "settings" in file.casefold()


def _written(layout: Layout) -> str:
    applications = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
    if any(module.partition(".")[0] == "rest_framework" for module in layout.imported):
        applications.append("rest_framework")
    folders = {str(PurePosixPath(file).parent) for file in layout.texts if file.endswith(("/models.py", "/apps.py"))}
    folders |= {str(PurePosixPath(file).parent.parent) for file in layout.texts if file.endswith("/models/__init__.py")}
    applications += sorted(module_of(layout, f"{folder}/__init__.py") for folder in folders)
    urls = [file for file, text in layout.texts.items() if re.search(r"^urlpatterns\b", text, re.MULTILINE)]
    top = min(urls, key=lambda file: (file.count("/"), len(file), file), default="")
    root = module_of(layout, top) if top else "django.contrib.auth.urls"
    return _SETTINGS.format(key=secrets.token_hex(16), applications=applications, urls=root)
