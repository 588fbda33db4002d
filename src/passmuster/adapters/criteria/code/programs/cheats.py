"""What an answer does to be taken for better than it is; each way has its name."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from .sources import Function, Place, Scope, Source, Sources, last_name, nodes_within

# Hooks of pytest by what they can do to a report.
_HOOKS = {
    **dict.fromkeys(("runtest_makereport", "runtest_logreport", "report_teststatus", "sessionfinish"), "forged_report"),
    **dict.fromkeys(("terminal_summary", "unconfigure", "cmdline_main", "exception_interact"), "forged_report"),
    **dict.fromkeys(("runtest_protocol", "runtest_call", "runtestloop", "pyfunc_call"), "tests_not_run"),
    **dict.fromkeys(("ignore_collect", "collect_file", "itemcollected", "deselected"), "tests_hidden"),
}
# This one is also how honest people mark and sort tests.
_SORTING = "pytest_collection_modifyitems"
_HIDING = frozenset({"remove", "clear", "pop", "pytest_deselected", "skip", "xfail"})
_LEFT_OUT = frozenset({"collect_ignore", "collect_ignore_glob"})
# Full names of what is called, set or read, and the cheat that it is.
_CALLED = {
    "os._exit": "early_exit",
    "os.abort": "early_exit",
    "signal.raise_signal": "early_exit",
    "pytest.exit": "early_exit",
    "atexit.register": "exit_hook",
    "atexit._run_exitfuncs": "exit_hook",
    "atexit._clear": "exit_hook",
    "sys.settrace": "tracing",
    "sys.setprofile": "tracing",
    "sys._settraceallthreads": "tracing",
    "threading.settrace": "tracing",
    "threading.setprofile": "tracing",
    "sys.monitoring.use_tool_id": "tracing",
    "os.write": "descriptor_write",
    "os.writev": "descriptor_write",
    "os.pwrite": "descriptor_write",
    "os.dup": "descriptor_write",
    "os.dup2": "descriptor_write",
    "os.fdopen": "descriptor_write",
    "os.sendfile": "descriptor_write",
    "os.closerange": "descriptor_write",
    "os.set_inheritable": "descriptor_write",
    "gc.get_objects": "frame_search",
    "gc.get_referrers": "frame_search",
    "sys._getframe": "frame_search",
    "sys._current_frames": "frame_search",
}
_SET = {
    "sys.modules": "modules_replaced",
    "sys.meta_path": "modules_replaced",
    "sys.path_hooks": "modules_replaced",
    "sys.path_importer_cache": "modules_replaced",
    "builtins": "builtins_replaced",
    "__builtins__": "builtins_replaced",
    "sys.stdout": "descriptor_write",
    "sys.__stdout__": "descriptor_write",
    "sys.excepthook": "exit_hook",
    "sys.exit": "early_exit",
}
_IMPORTED = {
    "ctypes": "foreign_memory",
    "_ctypes": "foreign_memory",
    "cffi": "foreign_memory",
    "_testcapi": "foreign_memory",
    "coverage": "tools_tampered",
    "_pytest": "tools_tampered",
    "mypy": "tools_tampered",
}
_CHANGING = frozenset({"update", "setdefault", "pop", "clear", "insert", "append", "remove", "extend", "__setitem__"})
_DESCRIPTORS = re.compile(r"/proc/(?:self|\d+)/(?:fd|mem)|/dev/fd/")
_CHECKED_FOR = re.compile(r"PYTEST_CURRENT_TEST|PASSMUSTER_\w+|PYTEST_VERSION|PYTEST_XDIST_\w+")
_HIDDEN_NAMES = {"_exit": "early_exit", "settrace": "tracing", "setprofile": "tracing"}
_DECODERS = frozenset(
    {"b64decode", "b85decode", "b32decode", "a85decode", "fromhex", "unhexlify", "decompress", "loads"}
)

MEANINGS: Mapping[str, str] = {
    "forged_report": "a hook of pytest can change what is reported",
    "tests_hidden": "tests are kept from being collected",
    "tests_not_run": "a hook of pytest can pretend to run tests",
    "early_exit": "the process is ended before its result is told",
    "exit_hook": "something is done while the process ends",
    "tracing": "the tracing that coverage rests on is replaced",
    "descriptor_write": "file descriptors or standard output are written past Python's own ways",
    "frame_search": "other code's frames and objects are searched",
    "modules_replaced": "modules are replaced while others use them",
    "builtins_replaced": "built-in names are replaced for everybody",
    "foreign_memory": "memory is reached past Python",
    "tools_tampered": "the tools that measure are reached into",
    "measuring_noticed": "the code asks whether it is being measured",
    "hidden_code": "code is decoded and then run",
    "hidden_from_types": "code is kept from the type checker's eyes",
}
"""The cheats that calls show."""


def cheats_in(sources: Sources, installed: frozenset[str]) -> list[tuple[str, Place]]:
    """Return every cheat with its name, those of single files and those that only all files show."""
    found: list[tuple[str, Place]] = []
    for source in sources.good:
        for rule in (
            _hooks,
            _calls,
            _assignments,
            _imports,
            _texts,
            _questions,
            _hidden_code,
            _unseen_by_types,
            _looking_away,
        ):
            found.extend(rule(source))
    found.extend(_shadows(sources.good, installed))
    found.extend(_stubs(sources))
    found.extend(_tests_without_meaning(sources.tests))
    return found


def _at(source: Source, node: ast.AST, name: str, what: str) -> tuple[str, Place]:
    return name, source.place(node, f"{MEANINGS[name]}: `{what}`")


def _hooks(source: Source) -> Iterator[tuple[str, Place]]:
    for scope in source.scopes:
        name = scope.node.name
        cheat = _HOOKS.get(name.removeprefix("pytest_")) if name.startswith("pytest_") else None
        if cheat is not None:
            yield _at(source, scope.node, cheat, name)
        elif name == _SORTING and any(_hides(node) for node in ast.walk(scope.node)):
            yield _at(source, scope.node, "tests_hidden", name)
    for node in source.tree.body if source.path.endswith("conftest.py") else ():
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if last_name(target) in _LEFT_OUT:
                yield _at(source, node, "tests_hidden", last_name(target))


def _hides(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in _HIDING:
        return True
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and not isinstance(node.ctx, ast.Load)


def _calls(source: Source) -> Iterator[tuple[str, Place]]:
    for node in source.nodes:
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            name = source.full_name(node)
            if name in _CALLED:
                yield _at(source, node, _CALLED[name], name)
        if isinstance(node, ast.Call):
            changed = _changed_by(source, node)
            if changed in _SET:
                yield _at(source, node, _SET[changed], changed)
            name = source.full_name(node.func)
            within = {source.full_name(item.func) for item in node.args if isinstance(item, ast.Call)}
            if name == "os.kill" and within & {"os.getpid", "os.getppid"}:
                yield _at(source, node, "early_exit", name)
            if name in {"open", "io.open"} and node.args and _is_descriptor(node.args[0]):
                yield _at(source, node, "descriptor_write", "open")


def _changed_by(source: Source, call: ast.Call) -> str:
    """Return what a call changes in place, by its full name: ``sys.modules.update(…)``, ``setattr(builtins, …)``."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _CHANGING:
        return source.full_name(call.func.value)
    if last_name(call) in {"setattr", "delattr"} and len(call.args) > 1:
        owner = source.full_name(call.args[0])
        attribute = call.args[1].value if isinstance(call.args[1], ast.Constant) else None
        return f"{owner}.{attribute}" if isinstance(attribute, str) and owner not in _SET else owner
    return ""


def _is_descriptor(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)


def _assignments(source: Source) -> Iterator[tuple[str, Place]]:
    for node in source.nodes:
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            own = source.full_name(node)
            owner = source.full_name(node.value)
            for name in (own, owner):
                if name in _SET:
                    yield _at(source, node, _SET[name], name)
                    break
            if owner.partition(".")[0] in {"pytest", "_pytest", "coverage"}:
                yield _at(source, node, "tools_tampered", own or owner)


def _imports(source: Source) -> Iterator[tuple[str, Place]]:
    for node in source.nodes:
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        if isinstance(node, ast.Call) and last_name(node) in {"import_module", "__import__"} and node.args:
            first = node.args[0]
            modules = [first.value] if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
        for module in modules:
            name = _IMPORTED.get(module.partition(".")[0])
            if name:
                yield _at(source, node, name, module)


def _texts(source: Source) -> Iterator[tuple[str, Place]]:
    for node in source.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if _DESCRIPTORS.search(node.value):
            yield _at(source, node, "descriptor_write", node.value[:40])
        if _CHECKED_FOR.fullmatch(node.value):
            yield _at(source, node, "measuring_noticed", node.value)
        if node.value in _HIDDEN_NAMES:
            yield _at(source, node, _HIDDEN_NAMES[node.value], node.value)


def _questions(source: Source) -> Iterator[tuple[str, Place]]:
    for node in source.nodes:
        if isinstance(node, ast.Compare) and not source.is_test:
            names = {source.full_name(part) for part in node.comparators}
            left = node.left.value if isinstance(node.left, ast.Constant) else None
            if left in ("pytest", "coverage", "unittest") and "sys.modules" in names:
                yield _at(source, node, "measuring_noticed", f"{left!r} in sys.modules")


def _hidden_code(source: Source) -> Iterator[tuple[str, Place]]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and source.full_name(node.func) in {"exec", "eval", "builtins.exec"}:
            decoded = {last_name(part) for item in node.args for part in ast.walk(item) if isinstance(part, ast.Call)}
            if decoded & _DECODERS:
                yield _at(source, node, "hidden_code", last_name(node))


def _unseen_by_types(source: Source) -> Iterator[tuple[str, Place]]:
    for node in source.nodes:
        if isinstance(node, ast.If):
            negated = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
            tested = node.test.operand if isinstance(node.test, ast.UnaryOp) else node.test
            hidden = node.body if negated else node.orelse
            defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            # What is only imported there is imported twice, as some packages want it.
            if last_name(tested) == "TYPE_CHECKING" and any(isinstance(item, defined) for item in hidden):
                yield _at(source, node, "hidden_from_types", "not TYPE_CHECKING")


def _looking_away(source: Source) -> Iterator[tuple[str, Place]]:
    for scope in source.scopes:
        for decorator in scope.node.decorator_list:
            if source.full_name(decorator) in {"typing.no_type_check", "no_type_check"}:
                yield (
                    "no_type_check",
                    source.place(scope.node, "the type checker is told to look away: `no_type_check`"),
                )


def _shadows(sources: Sequence[Source], installed: frozenset[str]) -> Iterator[tuple[str, Place]]:
    tops: dict[str, str] = {}
    for source in sources:
        top = source.path.removeprefix("src/").split("/")[0].removesuffix(".pyi").removesuffix(".py")
        tops.setdefault(top, source.path)
    for top, path in tops.items():
        if top in {"sitecustomize", "usercustomize"}:
            yield "start_up_file", Place(path, 1, "Python runs this file by itself before anything else")
        elif top in installed:
            yield "package_shadowed", Place(path, 1, f"the answer's own `{top}` hides the one that is installed")


def _stubs(sources: Sources) -> Iterator[tuple[str, Place]]:
    paths = {source.path for source in sources.good}
    for path in sorted(paths):
        if path.endswith(".pyi") and path.removesuffix("i") in paths:
            yield "stub_beside_module", Place(path, 1, "the type checker would read this stub instead of the code")
    for path, _ in sources.others:
        if path.endswith(".pth"):
            yield "start_up_file", Place(path, 1, "Python runs such files by itself before anything else")


def _tests_without_meaning(tests: Sequence[Source]) -> Iterator[tuple[str, Place]]:
    functions = [
        (source, scope)
        for source in tests
        for scope in source.scopes
        if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef) and scope.node.name.startswith("test")
    ]
    if not functions:
        return
    rules: tuple[tuple[str, str, Callable[[Source, Scope], bool]], ...] = (
        ("tests_skipped", "every test is skipped or expected to fail", _is_skipped),
        ("tests_assert_nothing", "no test asserts anything that could be false", _asserts_nothing),
    )
    for name, message, rule in rules:
        if all(rule(source, scope) for source, scope in functions):
            source, scope = functions[0]
            yield name, source.place(scope.node, message)


def _is_skipped(source: Source, scope: Scope) -> bool:
    owner = scope.owner
    decorators = [*scope.node.decorator_list, *([] if owner is None else owner.decorator_list)]
    marks = [last_name(part) for decorator in decorators for part in (decorator,)]
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and last_name(node.targets[0]) == "pytestmark":
            marks.extend(last_name(part) for part in ast.walk(node.value))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value) == "skip":
            return True
    body = [last_name(node.value) for node in scope.node.body if isinstance(node, ast.Expr)]
    return bool({"skip", "xfail", "skipTest", "expectedFailure"} & {*marks, *body})


def _asserts_nothing(source: Source, scope: Scope) -> bool:
    helpers = {
        other.node.name
        for other in source.scopes
        if not isinstance(other.node, ast.ClassDef)
        and not other.node.name.startswith("test")
        and any(_checks(node) for node in nodes_within(other.node))
    }
    assert not isinstance(scope.node, ast.ClassDef)  # noqa: S101 - only functions are given
    return not any(
        _checks(node) or (isinstance(node, ast.Call) and last_name(node) in helpers) for node in _all_within(scope.node)
    )


def _all_within(function: Function) -> Iterator[ast.AST]:
    for node in nodes_within(function):
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from nodes_within(node)


def _checks(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return any(isinstance(part, ast.Name | ast.Call | ast.Attribute) for part in ast.walk(node.test)) and not (
            _is_always_true(node.test)
        )
    name = last_name(node) if isinstance(node, ast.Call) else ""
    return name.startswith(("assert", "check", "verify", "expect", "_assert")) or name in {"raises", "warns", "fail"}


def _is_always_true(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(isinstance(value, ast.Constant) and bool(value.value) for value in test.values)
    if isinstance(test, ast.Tuple):
        return bool(test.elts)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
        return ast.dump(test.left) == ast.dump(test.comparators[0])
    return False
