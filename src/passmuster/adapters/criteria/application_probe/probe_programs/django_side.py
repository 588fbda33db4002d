"""Django: settings where the answer has none, tables of its models, rows in them, and its addresses."""

import ast
import importlib
import inspect
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from .finding import Source, imported, module_of
from .places import Places
from .seeding import Column, Seeder, Table

_APPS: Final = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CONVERTERS: Final = {
    "IntConverter": {"type": "integer"},
    "UUIDConverter": {"type": "string", "format": "uuid"},
}


def configure(read: list[Source], folder: Path, database: Path) -> str:
    """Set Django up with the answer's settings, or with the least that its models and addresses need.

    Returns:
        Where the settings come from.
    """
    django = importlib.import_module("django")
    settings = importlib.import_module("django.conf").settings
    found = _settings_file(read)
    forced: dict[str, Any] = {
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}},
        "ALLOWED_HOSTS": ["*"],
        "SECURE_SSL_REDIRECT": False,
        "MIGRATION_MODULES": _NoMigrations(),
    }
    if found is not None:
        root, module = _settings_place(found, read)
        _importable(folder / root)
        os.environ["DJANGO_SETTINGS_MODULE"] = module
        for name, value in forced.items():
            setattr(settings, name, value)
        source = module
    else:
        for root, _module in (module_of(item, read) for item in read):
            _importable(folder / root)
        settings.configure(**forced, **_least(read))
        source = "the least settings, made by the probe"
    django.setup()
    return source


def make_tables() -> None:
    """Make the tables of all models."""
    importlib.import_module("django.core.management").call_command("migrate", run_syncdb=True, verbosity=0)


def seed(rows: int, places: Places) -> list[Table]:
    """Empty the answer's tables and fill them anew."""
    seeder = Seeder(rows)
    models = _own_models(places)
    filled: list[Table] = []
    for model in reversed(models):
        model._base_manager.all().delete()  # noqa: SLF001 - the documented manager that leaves nothing out
    for model in sorted(_foreign(models), key=str):
        seeder.adopt(model._meta.db_table, _rows_elsewhere(model, rows))  # noqa: SLF001 - documented as public
    for model in models:
        described = Table(name=model._meta.db_table, columns=list(_columns(model)))  # noqa: SLF001 - documented as public
        described.rows = seeder.rows_of(described)
        for row in described.rows:
            model._base_manager.create(**row)  # noqa: SLF001 - as above
        filled.append(described)
    return filled


def operations(places: Places) -> list[dict[str, Any]]:
    """Return every address with the methods that it takes, as far as they can be told."""
    resolver = importlib.import_module("django.urls").get_resolver()
    found = []
    for path, parameters, view in _addresses(resolver, "/"):
        if not places.of_function(view):
            # Those of Django itself, and of what is installed beside it.
            continue
        found += [
            {"method": method, "path": path, "parameters": parameters, "place": places.of_function(view)}
            for method in _methods(view)
        ]
    return found


def bodies(places: Places) -> dict[str, Any]:
    """Return for each model of the answer a JSON Schema of what it can be made of, by the name of its table."""
    return {model._meta.model_name: _schema(model) for model in _own_models(places)}  # noqa: SLF001 - documented as public


def session_cookie() -> str:
    """Return the cookie of somebody who may do everything; empty where Django keeps no sessions."""
    auth = importlib.import_module("django.contrib.auth")
    settings = importlib.import_module("django.conf").settings
    user = auth.get_user_model().objects.filter(is_superuser=True).first()
    if user is None:
        user = auth.get_user_model().objects.create_superuser("somebody", "somebody@example.com", "somebody")
    store = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
    store[auth.SESSION_KEY] = str(user.pk)
    store[auth.BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


class _NoMigrations:
    """Says of every application that its tables are made without migrations."""

    def __contains__(self, _name: str) -> bool:
        return True

    def __getitem__(self, _name: str) -> None:
        return None


def _settings_file(read: list[Source]) -> Source | None:
    for source in sorted(read, key=lambda item: len(item.path.parts)):
        text = {node.id for node in _names(source)}
        signs = [name in text for name in ("INSTALLED_APPS", "ROOT_URLCONF")]
        # What keeps nothing in a database needs no list of applications.
        if sum([*signs, source.path.stem in {"settings", "base"}]) > 1:
            return source
    return None


def _settings_place(found: Source, read: list[Source]) -> tuple[str, str]:
    """Return the folder to import the settings from, and their name below it.

    Nobody imports a project's own package: Django is told its modules in text.
    """
    wanted = tuple(_root_addresses(found).split("."))
    for source in read:
        parts = source.path.with_suffix("").parts
        root = parts[: -len(wanted)]
        if parts[len(root) :] == wanted and found.path.parts[: len(root)] == root:
            return "/".join(root), ".".join(found.path.with_suffix("").parts[len(root) :])
    return module_of(found, read)


def _root_addresses(found: Source) -> str:
    for node in found.tree.body:
        if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "ROOT_URLCONF" for name in node.targets):
            return str(getattr(node.value, "value", ""))
    return ""


def _names(source: Source) -> Iterator[ast.Name]:
    for node in source.tree.body:
        for target in getattr(node, "targets", []):
            if isinstance(target, ast.Name):
                yield target


def _least(read: list[Source]) -> dict[str, Any]:
    applications = sorted({_package(source, read) for source in read if _is_models(source)} - {""})
    addresses = [source for source in read if source.path.stem == "urls"]
    addresses.sort(key=lambda item: (_is_inner(item, read), len(item.path.parts), str(item.path)))
    root = module_of(addresses[0], read)[1] if addresses else ""
    rest = ["rest_framework"] if "rest_framework" in imported(read) else []
    return {
        "INSTALLED_APPS": [*_APPS, *rest, *applications],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        "SECRET_KEY": "0123456789abcdef" * 4,
        "ROOT_URLCONF": root,
        "USE_TZ": True,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    }


def _is_models(source: Source) -> bool:
    parts: tuple[str, ...] = source.path.parts
    return source.path.stem == "models" or (len(parts) > 1 and parts[-2] == "models")


def _package(source: Source, read: list[Source]) -> str:
    name = module_of(source, read)[1]
    return name.partition(".models")[0] if ".models" in name else ""


def _is_inner(source: Source, read: list[Source]) -> bool:
    # The root is the one that no other includes.
    name = module_of(source, read)[1]
    return any(
        isinstance(node, ast.Constant) and node.value == name
        for other in read
        if other.path.stem == "urls" and other.path != source.path
        for node in ast.walk(other.tree)
    )


def _importable(path: Path) -> None:
    if str(path) not in sys.path:
        sys.path.insert(0, str(path))


def _own_models(places: Places) -> list[Any]:
    apps = importlib.import_module("django.apps").apps
    own = [model for model in apps.get_models() if places.is_own(inspect.getfile(model))]
    ordered: list[Any] = []
    while own:
        ready = [model for model in own if not _parents(model) & (set(own) - {model})] or own[:1]
        ordered += ready
        own = [model for model in own if model not in ready]
    return ordered


def _foreign(models: list[Any]) -> set[Any]:
    return {parent for model in models for parent in _parents(model)} - set(models)


def _rows_elsewhere(model: Any, count: int) -> list[dict[str, Any]]:  # noqa: ANN401 - Django's own
    # What the answer did not make itself, such as users.
    users = importlib.import_module("django.contrib.auth").get_user_model()
    for number in range(model._base_manager.count(), count):  # noqa: SLF001 - as above
        if model is users:
            users.objects.create(username=f"person-{number}")
    return list(model._base_manager.order_by("pk").values()[:count])  # noqa: SLF001 - as above


def _parents(model: Any) -> set[Any]:  # noqa: ANN401 - Django's own
    return {field.related_model for field in model._meta.concrete_fields if field.remote_field is not None}  # noqa: SLF001 - documented as public


def _columns(model: Any) -> Iterator[Column]:  # noqa: ANN401 - Django's own
    for item in model._meta.concrete_fields:  # noqa: SLF001 - documented as public
        kind = item.get_internal_type()
        if item.remote_field is not None and not hasattr(item.related_model, "_base_manager"):
            continue
        related = None if item.remote_field is None else item.related_model
        yield Column(
            name=item.attname,
            kind=_KINDS.get(kind, "str"),
            length=36 if kind == "UUIDField" else item.max_length,
            choices=[choice for choice, _label in item.flatchoices],
            is_key=item.primary_key,
            is_unique=item.unique,
            is_nullable=item.null,
            has_default=item.has_default() or getattr(item, "auto_now", False) or getattr(item, "auto_now_add", False),
            refers_to="" if related is None else related._meta.db_table,  # noqa: SLF001 - as above
            refers_to_column="" if related is None else related._meta.pk.attname,  # noqa: SLF001 - as above
        )


_KINDS: Final = {
    "AutoField": "int",
    "BigAutoField": "int",
    "BigIntegerField": "int",
    "BinaryField": "bytes",
    "BooleanField": "bool",
    "DateField": "date",
    "DateTimeField": "datetime",
    "DecimalField": "Decimal",
    "DurationField": "timedelta",
    "FloatField": "float",
    "IntegerField": "int",
    "JSONField": "dict",
    "PositiveBigIntegerField": "int",
    "PositiveIntegerField": "int",
    "PositiveSmallIntegerField": "int",
    "SmallAutoField": "int",
    "SmallIntegerField": "int",
    "TimeField": "time",
    "UUIDField": "UUID",
}


def _schema(model: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's own
    properties: dict[str, Any] = {}
    required: list[str] = []
    for column in _columns(model):
        if column.is_key:
            continue
        schema: dict[str, Any] = dict(_SCHEMAS.get(column.kind, {"type": "string"}))
        if column.refers_to:
            schema = {"type": "integer"}
        elif column.choices:
            schema = {"enum": column.choices}
        elif column.length is not None and column.kind == "str":
            schema["maxLength"] = column.length
        if "email" in column.name:
            schema["format"] = "email"
        properties[column.name] = schema
        if not (column.has_default or column.is_nullable):
            required.append(column.name)
    return {"type": "object", "properties": properties, "required": required}


_SCHEMAS: Final[dict[str, dict[str, str]]] = {
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "Decimal": {"type": "string", "format": "decimal"},
    "dict": {"type": "object"},
    "float": {"type": "number"},
    "int": {"type": "integer"},
    "UUID": {"type": "string", "format": "uuid"},
}


def _addresses(resolver: Any, prefix: str) -> Iterator[tuple[str, list[dict[str, Any]], Any]]:  # noqa: ANN401 - Django's
    for item in resolver.url_patterns:
        route = getattr(item.pattern, "_route", None)
        if route is None:
            route = _without_groups(str(getattr(item.pattern, "_regex", "")))
        if "<format>" in route or "drf_format_suffix" in route or getattr(item, "app_name", "") == "admin":
            continue
        path = f"{prefix}{route}"
        if hasattr(item, "url_patterns"):
            yield from _addresses(item, path)
            continue
        parameters = _parameters(path, item.pattern.converters)
        for name in [parameter["name"] for parameter in parameters]:
            path = _named(path, name)
        yield path, parameters, item.callback


def _without_groups(pattern: str) -> str:
    # A group of a regular expression reads like a parameter of a path.
    return re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<\1>", pattern).removeprefix("^").rstrip("$").replace("\\Z", "")


def _parameters(path: str, converters: dict[str, Any]) -> list[dict[str, Any]]:
    names = [part.partition(">")[0].rpartition(":")[2] for part in path.split("<")[1:]]
    known = {
        name: _CONVERTERS.get(type(converter).__name__, {"type": "string"}) for name, converter in converters.items()
    }
    return [
        {"name": name, "in": "path", "required": True, "schema": known.get(name, {"type": "integer"})} for name in names
    ]


def _named(path: str, name: str) -> str:
    parts: list[str] = []
    for part in path.split("<"):
        inside, closed, rest = part.partition(">")
        is_it = closed and inside.rpartition(":")[2] == name
        parts.append(f"{{{name}}}{rest}" if is_it else f"<{part}" if parts else part)
    return "".join(parts)


def _methods(view: Any) -> list[str]:  # noqa: ANN401 - Django's own
    actions = getattr(view, "actions", None)
    if actions:
        return sorted(method.upper() for method in actions if method.upper() in _METHODS)
    of_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if of_class is not None:
        return [method for method in _METHODS if hasattr(of_class, method.lower())]
    for function in _wrapped(view):
        for cell in function.__closure__ or ():
            value = cell.cell_contents
            if (
                isinstance(value, list | tuple)
                and value
                and all(str(item).upper() in {*_METHODS, "HEAD"} for item in value)
            ):
                return [method for method in _METHODS if method in {str(item).upper() for item in value}]
    return _by_source(view)


def _wrapped(view: Any) -> Iterator[Any]:  # noqa: ANN401 - Django's own
    while view is not None:
        if hasattr(view, "__closure__"):
            yield view
        view = getattr(view, "__wrapped__", None)


def _by_source(view: Any) -> list[str]:  # noqa: ANN401 - Django's own
    try:
        text = inspect.getsource(inspect.unwrap(view))
    except (OSError, TypeError):
        text = ""
    return [method for method in _METHODS if method == "GET" or f'"{method}"' in text or f"'{method}'" in text]
