"""Defects of form: layout, lint, names, and the size of functions."""

import ast
from typing import Final

from passmuster.analysis.code_edits.mutator import Mutator
from passmuster.analysis.code_edits.source import (
    Function,
    Replacement,
    Source,
    everywhere,
    once,
    parameters_of,
    with_import,
)

_SHORT = (
    ("number", "num"),
    ("message", "msg"),
    ("request", "req"),
    ("response", "resp"),
    ("settings", "cfg"),
    ("configuration", "cfg"),
    ("repository", "repo"),
    ("session", "sess"),
    ("statement", "stmt"),
    ("credentials", "creds"),
    ("expected", "exp"),
    ("error", "err"),
    ("order", "ord"),
    ("quantity", "qty"),
    ("product", "prod"),
    ("password", "pwd"),
    ("connection", "conn"),
    ("environment", "env"),
    ("attempt", "att"),
    ("attempts", "atts"),
    ("service", "svc"),
    ("application", "appl"),
    ("identifier", "ident"),
    ("document", "doc"),
    ("database", "db"),
    ("customer", "cust"),
    ("context", "ctx"),
    ("problems", "probs"),
    ("total", "tot"),
    ("items", "itms"),
    ("transport", "trp"),
    ("discount", "disc"),
    ("queue", "q"),
    ("answer", "ans"),
    ("client", "cl"),
)


def _unformatted(source: Source) -> str | None:
    """Put blanks where the formatter wants none."""
    return source.replaced(
        (source.end(node.func), source.end(node.func) + 1, "( ")
        for node in source.nodes
        if isinstance(node, ast.Call)
        and (node.args or node.keywords)
        and source.text[source.end(node.func) : source.end(node.func) + 1] == "("
        and not source.text[source.end(node.func) + 1 : source.end(node.func) + 2].isspace()
        and node.lineno == node.end_lineno
    )


def _single_quotes(source: Source) -> str | None:
    return source.replaced(
        (source.start(node), source.end(node), f"'{node.value}'")
        for node in source.nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and source.part(node) == f'"{node.value}"'
        and node.value.isidentifier()
        and not _is_in_template(source, node)
    )


def _is_in_template(source: Source, node: ast.Constant) -> bool:
    line = source.text[source.line_start(node.lineno) : source.start(node)]
    return 'f"' in line or "f'" in line


def _unused_imports(source: Source) -> str | None:
    if not source.functions:
        return None
    return with_import(with_import(source.text, "import zipfile"), "import calendar")


def _mutable_default(source: Source) -> str | None:
    """Give the last public function a list that all its calls share."""
    if not source.public_functions():
        return None
    added = (
        "\n\ndef collect(item: str, collected: list[str] = []) -> list[str]:\n"
        '    """Collect items.\n\n    Args:\n        item: One more.\n        collected: Those so far.\n    """\n'
        "    collected.append(item)\n    return collected\n"
    )
    return source.text.rstrip("\n") + "\n" + added


def _abbreviated(source: Source) -> str | None:
    """Shorten the names of the variables and parameters of every function that no framework calls by name."""
    replacements: set[Replacement] = set()
    for function in source.functions:
        for long, short in _SHORT:
            replacements |= _renamed(source, function, long, short)
    return source.replaced(replacements)


def _renamed(source: Source, function: Function, long: str, short: str) -> set[Replacement]:
    """Rename what a function assigns itself, and what it is given where nothing but its own code reads the names."""
    stored = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    given = {parameter.arg: parameter for parameter in parameters_of(function)}
    if long not in {*stored, *given} or (long in given and function.decorator_list):
        return set()
    found = {
        source.with_node(node, short)
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == long and not _is_in_text(source, node)
    }
    if long in given:
        begin = source.start(given[long])
        found.add((begin, begin + len(long), short))
    return found


def _is_in_text(source: Source, node: ast.Name) -> bool:
    # Places in templates are told wrongly by older versions of Python.
    return source.part(node) != node.id


def _one_letter(source: Source) -> str | None:
    """Add a function whose names tell nothing."""
    if not source.functions:
        return None
    added = (
        "\n\ndef calc(a: int, b: int, c: int) -> int:\n"
        '    """Return the weighted sum.\n\n    Args:\n        a: First.\n        b: Second.\n        c: Third.\n'
        '    """\n'
        "    x = a * 2\n    y = b * 3\n    z = c * 4\n    tmp = x + y\n    res = tmp + z\n    return res\n"
    )
    return source.text.rstrip("\n") + "\n" + added


def _nested(source: Source) -> str | None:
    """Add a function of many branches within one another."""
    if not source.functions:
        return None
    lines = ["", "", "def classify(amount: int, weight: int, distance: int) -> str:"]
    lines += ['    """Return the class of a parcel.', "", "    Args:", "        amount: Pieces."]
    lines += ["        weight: Grams.", "        distance: Metres.", '    """']
    for depth, (name, limit) in enumerate(
        (("amount", 1), ("weight", 2), ("distance", 3), ("amount", 40), ("weight", 50), ("distance", 60)), start=1
    ):
        lines.append("    " * depth + f"if {name} > {limit}:")
    lines.append("    " * 7 + 'return "large"')
    for number in range(1, 7):
        lines += [f"    if amount == {100 + number} or weight == {200 + number}:", f'        return "class {number}"']
    lines += ['    return "small"', ""]
    return source.text.rstrip("\n") + "\n" + "\n".join(lines)


def _long_function(source: Source) -> str | None:
    """Add a function that does one simple thing after the other, far too long."""
    if not source.functions:
        return None
    steps = "\n".join(f"    total += amount * {number}" for number in range(1, 121))
    added = (
        "\n\ndef accumulate(amount: int) -> int:\n"
        '    """Return the sum of many multiples.\n\n    Args:\n        amount: Of what.\n    """\n'
        f"    total = 0\n{steps}\n    return total\n"
    )
    return source.text.rstrip("\n") + "\n" + added


MUTATORS: Final = (
    Mutator(
        name="unformatted-calls",
        criterion="formatted",
        summary="a blank behind the brackets of calls",
        edit=everywhere(_unformatted),
    ),
    Mutator(
        name="single-quotes",
        criterion="formatted",
        summary="quotes that the formatter would exchange",
        edit=everywhere(_single_quotes),
    ),
    Mutator(
        name="unused-imports",
        criterion="ruff",
        summary="imports that nothing uses",
        edit=once(_unused_imports),
    ),
    Mutator(
        name="mutable-default",
        criterion="ruff",
        summary="a list as default, shared by all calls",
        edit=once(_mutable_default),
    ),
    Mutator(
        name="one-letter-names",
        criterion="descriptive_names",
        summary="a function whose names tell nothing",
        edit=once(_one_letter),
    ),
    Mutator(
        name="abbreviated-names",
        criterion="descriptive_names",
        summary="variables by abbreviations",
        edit=everywhere(_abbreviated),
    ),
    Mutator(
        name="nested-branches",
        criterion="complexity",
        summary="a function of many branches within one another",
        edit=once(_nested),
    ),
    Mutator(
        name="long-function",
        criterion="size",
        summary="a function of 120 lines",
        edit=once(_long_function),
    ),
)
"""Defects of form."""
