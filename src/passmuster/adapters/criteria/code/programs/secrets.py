"""Secrets written into an answer, by the names they are given and by their shape."""

import ast
import re
from collections.abc import Iterator

from .sources import Place, Source, last_name

_NAMED = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|pwd|secret|secrets|token|api_?key|access_?key|private_?key|secret_?key|"
    r"signing_?key|encryption_?key|auth_?key|client_?secret|credential|credentials)(?:_(?:value|default|v\d+|\d+))?$"
)
_NO_SECRET = re.compile(
    r"(?:^|_)(?:no|is|has|with|invalid|missing|wrong|expired|max|min|len|public|csrf)_|hash(?:ed)?_"
)
_KNOWN_VALUES = frozenset(
    {
        "bearer",
        "access",
        "refresh",
        "basic",
        "authorization",
        "token",
        "password",
        "secret",
        "jwt",
        "none",
        "null",
        "true",
        "false",
        "str",
    }
)
_HOLE = re.compile(r"\{[^{}]*\}|%\(?\w|\$\{?\w+")
_ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
# With capitals: a passphrase is words with hyphens as well.
_HEADER_NAME = re.compile(r"(?i:x-[\w-]+)|[A-Z]\w*(?:-[A-Z]\w*)+")
_ADDRESS = re.compile(
    r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}://[^\s:/@]{0,200}:(?P<password>[^\s@/]{1,200})@", re.IGNORECASE
)
_SHAPES = {
    "a payment service's key": re.compile(r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{10,}"),
    "a model service's key": re.compile(r"\bsk-(?:proj-|ant-)?[0-9A-Za-z_-]{20,}"),
    "a cloud's access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a code host's token": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{30,}|glpat-[0-9A-Za-z_-]{20,})"),
    "a chat service's token": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}"),
    "a map service's key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}"),
    "a mail service's key": re.compile(r"\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a signed token": re.compile(r"\beyJ[0-9A-Za-z_-]{10,2000}\.eyJ[0-9A-Za-z_-]{10,4000}\.[0-9A-Za-z_-]{10,}"),
}
_MADE_UP = re.compile(
    r"example|dummy|fake|placeholder|sample|changeme|redacted|your|xxxx|0000|1234567890|abcdef", re.IGNORECASE
)
_SHOWN = frozenset({"example", "examples", "json_schema_extra", "openapi_extra", "openapi_examples", "description"})
_WRAPPERS = frozenset({"SecretStr", "SecretBytes", "Secret", "Field", "field", "str", "bytes", "encode", "b64decode"})
_FALLBACKS = frozenset({"os.getenv", "os.environ.get", "os.environ.setdefault", "decouple.config"})


def secrets_in(source: Source) -> list[Place]:
    """Return the secrets written into a file; in tests only what has the shape of a real one."""
    found = [] if source.is_test else [*_by_name(source)]
    lines = {place.line for place in found}
    shaped = [place for place in _by_shape(source) if place.line not in lines]
    return sorted({*found, *shaped}, key=lambda place: (place.line, place.message))


def secrets_in_text(path: str, text: str) -> list[Place]:
    """Return what has the shape of a real secret in a file that is no Python."""
    found: list[Place] = []
    for number, line in enumerate(text.split("\n"), start=1):
        found.extend(Place(path, number, f"{what} is written down") for what in _shapes_of(line))
    return found


def _by_name(source: Source) -> Iterator[Place]:
    spared = _shown_only(source) | _members(source)
    for node in source.nodes:
        for name, value in _named_values(source, node):
            literal = _literal(value)
            if id(value) in spared or literal is None or id(literal) in spared:
                continue
            text = literal.value.decode("utf-8", "replace") if isinstance(literal.value, bytes) else str(literal.value)
            if _is_secret_name(name) and _is_secret_value(name, text):
                yield source.place(literal, f"`{name}` is a literal in the code")


def _named_values(source: Source, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that are given to values, wherever Python gives one."""
    if isinstance(node, ast.Assign):
        yield from ((_target_name(target), node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield _target_name(node.target), node.value
    elif isinstance(node, ast.Call):
        yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)
        if source.full_name(node.func) in _FALLBACKS and len(node.args) > 1:
            yield _text(node.args[0]), node.args[1]
    elif isinstance(node, ast.Dict):
        yield from ((_text(key), value) for key, value in zip(node.keys, node.values, strict=True) if key is not None)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        yield from (
            (parameter.arg, default)
            for parameter, default in zip(reversed(positional), reversed(arguments.defaults), strict=False)
        )
        keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        yield from ((parameter.arg, default) for parameter, default in keyword_only if default is not None)


def _target_name(target: ast.AST) -> str:
    if isinstance(target, ast.Subscript):
        return _text(target.slice)
    return last_name(target)


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _literal(value: ast.AST | None) -> ast.Constant | None:
    """Return the text that a value is, through whatever wraps it and wherever it stands in for what is missing."""
    if isinstance(value, ast.Constant):
        return value if isinstance(value.value, str | bytes) else None
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        return _literal(value.values[-1])
    if isinstance(value, ast.Call):
        default = next((item.value for item in value.keywords if item.arg in {"default", "secret_value"}), None)
        if default is not None:
            return _literal(default)
        if isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Constant):
            return _literal(value.func.value)
        return _literal(value.args[0]) if value.args and last_name(value) in _WRAPPERS else None
    return None


def _is_secret_name(name: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return bool(_NAMED.search(words)) and not _NO_SECRET.search(words)


def _is_secret_value(name: str, text: str) -> bool:
    stripped = text.strip()
    if not stripped or stripped.lower() in _KNOWN_VALUES or stripped.lower() == name.lower():
        return False
    if _HOLE.search(stripped) or " " in stripped or re.fullmatch(r"/\S*|<[^>]*>|[*.•…]+", stripped):
        return False
    # The name of a variable, of a header or of a route tells where the secret is, and is none.
    return not (_ENVIRONMENT_NAME.fullmatch(stripped) or _HEADER_NAME.fullmatch(stripped))


def _members(source: Source) -> set[int]:
    """Return the values of enumerations, which are names of kinds."""
    return {
        id(statement.value)
        for scope in source.scopes
        if isinstance(scope.node, ast.ClassDef)
        and any(last_name(base).endswith(("Enum", "Choices")) for base in scope.node.bases)
        for statement in scope.node.body
        if isinstance(statement, ast.Assign)
    }


def _shown_only(source: Source) -> set[int]:
    """Return what only stands in documentation: examples and descriptions, and docstrings."""
    shown: set[int] = set()
    for node in source.nodes:
        if isinstance(node, ast.keyword) and node.arg in _SHOWN:
            shown |= {id(part) for part in ast.walk(node.value)}
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if _text(key) in _SHOWN:
                    shown |= {id(part) for part in ast.walk(value)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            shown.add(id(node.value))
    return shown


def _by_shape(source: Source) -> Iterator[Place]:
    shown = _shown_only(source)
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in shown:
            for what in _shapes_of(node.value):
                yield source.place(node, f"{what} is written into the code")
            address = None if source.is_test else _ADDRESS.search(node.value)
            if address and not _HOLE.search(address["password"]) and address["password"].strip("*x.<>"):
                yield source.place(node, "an address with a password is written into the code")


def _shapes_of(text: str) -> list[str]:
    return [
        what
        for what, shape in _SHAPES.items()
        for match in [shape.search(text)]
        if match and not _MADE_UP.search(match[0])
    ]
