"""Annotations, documentation, measures and names, as the rules find them."""

from pathlib import Path
from typing import Any

import pytest

from passmuster.adapters.criteria.code.programs.annotations import functions_told, uses_of_any
from passmuster.adapters.criteria.code.programs.measures import classes_measured, functions_measured
from passmuster.adapters.criteria.code.programs.naming import names_told
from passmuster.adapters.criteria.code.programs.sources import Source

from .examiners import read_files


def source_of(folder: Path, text: str) -> Source:
    [source] = read_files(folder, {"app/orders.py": text}).good
    return source


def functions(folder: Path, text: str) -> dict[str, Any]:
    return {str(told["name"]): told for told in functions_told(source_of(folder, text))}


def measured(folder: Path, text: str) -> dict[str, Any]:
    return {str(told["name"]): told for told in functions_measured(source_of(folder, text))}


def test_public_functions_are_those_that_others_may_call(tmp_path: Path) -> None:
    """Methods of public classes and special methods too; nothing private, and nothing within a function."""
    text = """
    def public():
        def inner(): ...
    def _private(): ...
    class Order:
        def total(self): ...
        def _sum(self): ...
        def __len__(self): ...
        class Line:
            def price(self): ...
    class _Hidden:
        def total(self): ...
    if True:
        async def later(): ...
    """

    assert list(functions(tmp_path, text)) == [
        "public",
        "Order.total",
        "Order.__len__",
        "Order.Line.price",
        "later",
    ]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("def f(a: int, /, b: int, *, c: int) -> int: ...", []),
        ("def f(a, /, b, *args, c, **kwargs): ...", ["a", "b", "c", "args", "kwargs", "return"]),
        ("def f(a: int = 1): ...", ["return"]),
    ],
)
def test_missing_annotations_are_named(tmp_path: Path, text: str, missing: list[str]) -> None:
    """Every kind of parameter, and the return type."""
    assert functions(tmp_path, text)["f"]["unannotated"] == missing


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        ("def m(self, a: int) -> None: ...", []),
        ("@classmethod\n    def m(cls, a) -> None: ...", ["a"]),
        ("@staticmethod\n    def m(a) -> None: ...", ["a"]),
        ("@property\n    def m(self): ...", ["return"]),
    ],
)
def test_what_a_method_is_bound_to_needs_no_annotation(tmp_path: Path, method: str, missing: list[str]) -> None:
    """A static method is bound to nothing."""
    assert functions(tmp_path, f"class A:\n    {method}\n")["A.m"]["unannotated"] == missing


def test_a_constructor_with_annotated_parameters_returns_nothing_by_itself(tmp_path: Path) -> None:
    """As type checkers have it."""
    text = "class A:\n    def __init__(self, a: int): ...\nclass B:\n    def __init__(self): ...\n"

    assert functions(tmp_path, text)["A.__init__"]["unannotated"] == []
    assert functions(tmp_path, text)["B.__init__"]["unannotated"] == ["return"]


def test_uses_of_any_are_found(tmp_path: Path) -> None:
    """In annotations, in what is within them, and in casts; not where the word means something else."""
    text = (
        "import typing as t\nfrom typing import Any\n\nx: Any = 1\ny: dict[str, Any] = {}\n"
        "def f(a: t.Any) -> list[Any]: ...\nz = cast(Any, 1)\nany_value: int = any([])\n"
    )

    assert uses_of_any(source_of(tmp_path, text)) == [4, 5, 6, 7]


GOOGLE = '''
def f(amount: int, *rest: int, **more: int) -> int:
    """Add.

    Args:
        amount: What there is.
            It may be much.
        *rest (int): What else.
        **more: Further ones: of many kinds.

    Returns:
        amount: The sum.
    """
'''
NUMPY = '''
def f(amount, rest, more):
    """Add.

    Parameters
    ----------
    amount : int
        What there is.
    rest, more
        What else.

    Returns
    -------
    int
    """
'''


@pytest.mark.parametrize("text", [GOOGLE, NUMPY])
def test_documented_parameters_are_read_in_both_conventions(tmp_path: Path, text: str) -> None:
    """With stars, types, and several names at once."""
    assert functions(tmp_path, text)["f"]["undocumented"] == []


def test_undocumented_parameters_are_named(tmp_path: Path) -> None:
    """A name in another section, or only in prose, is not documented."""
    text = '''
    def f(amount: int, limit: int) -> int:
        """Add amount to limit.

        Args:
            amount: What there is.

        Raises:
            limit: When it is over.
        """
    def g(amount: int) -> int:
        """Add amount."""
    def h(amount: int) -> int: ...
    '''

    found = functions(tmp_path, text)

    assert found["f"]["undocumented"] == ["limit"]
    assert found["g"]["undocumented"] == ["amount"]
    # That there is no docstring at all is told by another rule, and once is enough.
    assert found["h"]["undocumented"] == []


def test_what_a_framework_hands_over_needs_no_documentation(tmp_path: Path) -> None:
    """Dependencies of FastAPI in every form, requests, and parameters that nobody uses."""
    text = '''
    from typing import Annotated
    SessionDependency = Annotated[Session, Depends(get_session)]
    def f(
        request: Request,
        session: SessionDependency,
        user: Annotated[User, Depends(get_user)],
        _unused: int,
        other: Session = Depends(get_session),
        *,
        third: Session = Security(get_session),
    ) -> None:
        """Answer."""
    '''

    assert functions(tmp_path, text)["f"]["undocumented"] == []


@pytest.mark.parametrize(
    ("body", "complexity"),
    [
        ("return 1", 1),
        ("if a: return 1\n    elif b: return 2\n    else: return 3", 3),
        ("for x in y:\n        while z: pass", 3),
        ("try: a()\n    except ValueError: b()\n    except KeyError: c()\n    finally: d()", 3),
        ("return a and b or c", 3),
        ("return [x for x in y if x if z]", 4),
        ("return 1 if a else 2", 2),
        ("match a:\n        case 1: pass\n        case _: pass", 3),
        ("def inner():\n        if a: pass\n    return inner", 1),
        ("return lambda: 1 if a else 2", 1),
    ],
)
def test_complexity_is_the_number_of_ways(tmp_path: Path, body: str, complexity: int) -> None:
    """Conditions joined by words count each; a function within is counted by itself."""
    assert measured(tmp_path, f"def f():\n    {body}\n")["f"]["complexity"] == complexity


@pytest.mark.parametrize(
    ("body", "nesting"),
    [
        ("return 1", 0),
        ("if a:\n        for b in c:\n            with d:\n                e()", 3),
        ("if a:\n        b()\n    elif c:\n        d()\n    elif e:\n        f()\n    else:\n        g()", 1),
        ("try:\n        a()\n    except ValueError:\n        if b:\n            c()", 2),
        ("match a:\n        case 1:\n            if b:\n                c()", 1),
    ],
)
def test_nesting_is_the_depth_of_blocks(tmp_path: Path, body: str, nesting: int) -> None:
    """A chain of ``elif`` is as deep as its first ``if``."""
    assert measured(tmp_path, f"def f():\n    {body}\n")["f"]["nesting"] == nesting


def test_sizes_leave_out_docstrings(tmp_path: Path) -> None:
    """Whoever explains much is not punished for it; parameters leave out what a method is bound to."""
    text = '''
    class A:
        """One.

        Two.
        """

        def f(self, a, b=1, *c, d, **e):
            """One.

            Two.
            """
            return 1
    '''
    source = source_of(tmp_path, text)
    [function] = functions_measured(source)
    [found] = classes_measured(source)

    assert (function["lines"], function["parameters"], found["lines"]) == (2, 5, 8)


def test_names_are_told_once_and_usual_letters_are_marked(tmp_path: Path) -> None:
    """Short names live in loops, handlers and types; a name that is also used elsewhere is not excused."""
    text = """
    T = TypeVar("T")
    def f(a, value):
        for i, x in pairs:
            total = [k for k in x]
        with open("x") as f: ...
        try: ...
        except KeyError as e: ...
        x = 1
        self.attribute = lambda y: y
    """

    names = {str(told["name"]): told["is_usual"] for told in names_told([source_of(tmp_path, text)])}

    assert {name for name, is_usual in names.items() if is_usual} == {"T", "i", "k", "e"}
    assert {"f", "a", "value", "total", "x", "attribute"} <= {name for name, is_usual in names.items() if not is_usual}
