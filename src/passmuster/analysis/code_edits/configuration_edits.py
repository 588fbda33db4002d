"""Secrets and settings that are written into the code, and collaborators that cannot be exchanged."""

import ast
import hashlib
from typing import Final

from passmuster.analysis.code_edits.mutator import Mutator
from passmuster.analysis.code_edits.source import (
    FUNCTIONS,
    Replacement,
    Source,
    Texts,
    after_imports,
    everywhere,
    last_name,
    once,
    parameters_of,
    sources_of,
)

_LETTERS = hashlib.sha256(b"no secret of anybody's").hexdigest()
# Put together here, so that no scanner takes this file for one that holds secrets.
PAYMENT_KEY: Final = "_".join(("sk", "live", _LETTERS[:24]))
DATABASE: Final = f"postgresql://service:{_LETTERS[24:36]}@db.internal/service"

_SECRET_NAMES = frozenset({"api_token", "signing_key", "API_TOKEN", "SECRET_KEY"})
_ENVIRONMENT = frozenset({"environ", "getenv"})


def _settings_fields(source: Source) -> list[ast.AnnAssign]:
    """Return the fields of settings classes that hold a secret."""
    return [
        statement
        for node in source.classes
        if any(last_name(base) == "BaseSettings" for base in node.bases)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and last_name(statement.annotation) == "SecretStr"
    ]


def _bare_secret(source: Source) -> str | None:
    return source.replaced(
        source.with_node(field, f'{last_name(field.target)}: str = "{PAYMENT_KEY}"')
        for field in _settings_fields(source)
    )


def _wrapped_secret(source: Source) -> str | None:
    return source.replaced(
        source.with_node(field, f'{last_name(field.target)}: SecretStr = SecretStr("{PAYMENT_KEY}")')
        for field in _settings_fields(source)
    )


def _constant_secret(source: Source) -> str | None:
    """Add a constant that bears a secret to a module that has functions."""
    if not source.functions:
        return None
    place = after_imports(source)
    return source.replaced([(place, place, f'PAYMENT_API_KEY = "{PAYMENT_KEY}"\n\n\n')])


def _address_with_password(source: Source) -> str | None:
    for node in source.nodes:
        is_default = isinstance(node, ast.AnnAssign) and last_name(node.target) == "database_url"
        if is_default and isinstance(node, ast.AnnAssign) and last_name(node.annotation) in {"str", "PostgresDsn"}:
            return source.replaced([source.with_node(node, f'database_url: str = "{DATABASE}"')])
    return None


def _literal_settings(texts: Texts) -> Texts | None:
    """Take the environment away: settings become plain models, and variables their names in small letters."""
    return everywhere(_without_environment)(texts)


def _without_environment(source: Source) -> str | None:
    replacements: list[Replacement] = []
    for node in source.nodes:
        if isinstance(node, ast.ClassDef):
            replacements += [
                source.with_node(base, "BaseModel") for base in node.bases if last_name(base) == "BaseSettings"
            ]
        elif isinstance(node, ast.ImportFrom) and node.module == "pydantic_settings":
            replacements.append(source.with_node(node, "from pydantic import BaseModel"))
        elif isinstance(node, ast.Assign) and last_name(node.value) == "SettingsConfigDict":
            replacements.append(source.without_statement(node))
        elif isinstance(node, ast.expr) and _reads_environment(node):
            replacements.append(source.with_node(node, '"fixed"'))
    return source.replaced(replacements)


def _reads_environment(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return _is_environment(node.value)
    return isinstance(node, ast.Call) and last_name(node.func) in {"get", "getenv"} and _is_environment(node.func)


def _is_environment(node: ast.AST) -> bool:
    names = {last_name(node)}
    if isinstance(node, ast.Attribute):
        names.add(last_name(node.value))
    return bool(names & _ENVIRONMENT)


def _build_inside(source: Source) -> str | None:
    """Let a class make its collaborators itself, where they came through the constructor."""
    replacements: list[Replacement] = []
    for node in source.classes:
        for method in node.body:
            if isinstance(method, FUNCTIONS) and method.name == "__init__":
                replacements += _without_collaborators(source, method)
    return source.replaced(replacements)


def _without_collaborators(source: Source, method: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Replacement]:
    parameters = {parameter.arg for parameter in parameters_of(method)}
    stored = [
        statement
        for statement in ast.walk(method)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Attribute)
        and {name.id for name in ast.walk(statement.value) if isinstance(name, ast.Name)} & parameters
    ]
    if not stored:
        return []
    signature = source.text.find("(", source.start(method))
    closing = source.text.rfind(")", signature, source.start(method.body[0]))
    made = [source.with_node(statement.value, f"{_made_of(last_name(statement.targets[0]))}()") for statement in stored]
    return [(signature, closing + 1, "(self)"), *made]


def _made_of(attribute: str) -> str:
    """Return the name of a factory of the module, which makes what was handed over before."""
    return f"make_{attribute.strip('_')}"


def _shared_instances(texts: Texts) -> Texts | None:
    """Let classes use objects of their module that nobody can exchange."""
    edited = everywhere(_build_inside)(texts)
    if edited is None:
        return None
    new = dict(edited)
    for source in sources_of(texts, tests=False):
        if new[source.path] != source.text:
            wanted = sorted(_factories(new[source.path]))
            made = "".join(f"def {name}() -> object:\n    return object()\n\n\n" for name in wanted)
            changed = Source(source.path, new[source.path])
            place = after_imports(changed)
            new[source.path] = changed.replaced([(place, place, made)]) or changed.text
    return new


def _factories(text: str) -> set[str]:
    names = {last_name(node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}
    return {name for name in names if name.startswith("make_")}


MUTATORS: Final = (
    Mutator(
        name="literal-secret",
        criterion="no_literal_secrets",
        summary="a key is the default of a setting",
        edit=once(_bare_secret),
    ),
    Mutator(
        name="wrapped-secret",
        criterion="no_literal_secrets",
        summary="a key is the default of a setting, wrapped in SecretStr",
        edit=once(_wrapped_secret),
    ),
    Mutator(
        name="constant-secret",
        criterion="no_literal_secrets",
        summary="a key stands in a constant",
        edit=once(_constant_secret),
    ),
    Mutator(
        name="password-in-address",
        criterion="no_literal_secrets",
        summary="the default address of the database holds a password",
        edit=once(_address_with_password),
    ),
    Mutator(
        name="literal-settings",
        criterion="environment_configuration",
        summary="nothing is read from the environment",
        edit=_literal_settings,
    ),
    Mutator(
        name="build-collaborators-inside",
        criterion="dependency_injection",
        summary="classes make what they work with themselves",
        edit=_shared_instances,
    ),
)
"""Defects of configuration and wiring."""
