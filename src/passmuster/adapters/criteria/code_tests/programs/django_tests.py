"""What tests of Django need where the environment has no plug-in of pytest for it."""

import importlib
import os
from collections.abc import Iterator
from typing import Any

import pytest


class DjangoDatabases:
    """A plug-in of pytest: Django is set up, there are test databases, and the usual fixtures.

    The fixtures bear the names that pytest-django gives them: ``db``, ``transactional_db``, ``client``,
    ``async_client``, ``rf``, ``django_user_model``, ``admin_user``, ``admin_client``, ``settings``; and its mark
    ``django_db`` undoes what a test wrote.
    """

    def __init__(self) -> None:
        self._runner: Any = None
        self._databases: Any = None

    def pytest_load_initial_conftests(self) -> None:
        """Set Django up before anything of the answer is imported, unless the answer configures it then."""
        if "DJANGO_SETTINGS_MODULE" in os.environ:
            importlib.import_module("django").setup()

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the mark known."""
        config.addinivalue_line("markers", "django_db: the test may use the database")

    def pytest_sessionstart(self) -> None:
        """Make the databases."""
        importlib.import_module("django").setup()
        self._runner = importlib.import_module("django.test.runner").DiscoverRunner(verbosity=0, interactive=False)
        self._runner.setup_test_environment()
        self._databases = self._runner.setup_databases()

    def pytest_sessionfinish(self) -> None:
        """Take them down again."""
        if self._databases is not None:
            self._runner.teardown_databases(self._databases)
            self._runner.teardown_test_environment()

    @pytest.fixture(autouse=True)
    def _marked(self, request: pytest.FixtureRequest) -> None:
        """Give a test with the mark what it asks for."""
        if request.node.get_closest_marker("django_db") is not None:
            request.getfixturevalue("db")

    @pytest.fixture
    def db(self) -> Iterator[None]:
        """Undo what a test writes."""
        transaction = importlib.import_module("django.db").transaction
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    @pytest.fixture
    def transactional_db(self, db: None) -> None:
        """Undo it likewise."""

    @pytest.fixture
    def client(self) -> object:
        """Ask the application."""
        return _test_class("Client")()

    @pytest.fixture
    def async_client(self) -> object:
        """Ask it asynchronously."""
        return _test_class("AsyncClient")()

    @pytest.fixture
    def rf(self) -> object:
        """Make requests for views."""
        return _test_class("RequestFactory")()

    @pytest.fixture
    def django_user_model(self, db: None) -> Any:  # noqa: ANN401, ARG002 - of Django, not installed here; it writes
        """Give the class of users."""
        return importlib.import_module("django.contrib.auth").get_user_model()

    @pytest.fixture
    def admin_user(self, django_user_model: Any) -> object:  # noqa: ANN401 - as above
        """Give a user who may do everything."""
        return django_user_model.objects.create_superuser("admin", "admin@example.com", "password")

    @pytest.fixture
    def admin_client(self, admin_user: object) -> object:
        """Ask as that user."""
        client = _test_class("Client")()
        client.force_login(admin_user)
        return client

    @pytest.fixture
    def settings(self) -> Iterator[object]:
        """Give settings that may be changed by a test."""
        overriding = importlib.import_module("django.test.utils").override_settings()
        overriding.enable()
        yield importlib.import_module("django.conf").settings
        overriding.disable()


def _test_class(name: str) -> Any:  # noqa: ANN401 - as above
    return getattr(importlib.import_module("django.test"), name)
