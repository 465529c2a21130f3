"""Where a module reads the clock or a source of chance, and where it writes to its own state.

For `test_house`. What is read is the source, and not what it does.

Source: none.
"""

import ast
from collections.abc import Iterator

from tests.source import Function, Module

# What reads the machine's clock, or its source of chance. A `Random` made from a seed reads none.
CLOCK_MODULES = frozenset({"random", "secrets", "time", "uuid"})
SEEDED = frozenset({"Random"})
CLOCK_CALLS = frozenset({"now", "today", "utcnow", "urandom", "getrandom", "uuid1", "uuid4"})
OF_A_CLOCK = frozenset({"now"})  # of a world's `wall` and `time`, which are asked, not read
MUTATORS = frozenset(
    {
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop"),
        *("popitem", "remove", "reverse", "setdefault", "sort", "update"),
    }
)


def clock_reads(module: Module) -> Iterator[str]:
    """Where a module reads the machine's clock or its source of chance."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            read = any(alias.name.partition(".")[0] in CLOCK_MODULES for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            read = node.module in CLOCK_MODULES and not names <= SEEDED | {"UUID"}
        else:
            read = isinstance(node, ast.Call) and _is_clock_call(node)
        if read:
            yield module.at(node)


def _is_clock_call(call: ast.Call) -> bool:
    name = name_of(call.func)
    if name == "Random":
        return not call.args
    if name not in CLOCK_CALLS or not isinstance(call.func, ast.Attribute):
        return False
    return name not in OF_A_CLOCK or name_of(call.func.value) in ("date", "datetime")


def writes_to_module_state(module: Module) -> Iterator[str]:
    """Where a module writes to what it holds while the program runs."""
    held = _names_of_module(module.tree)
    for function in ast.walk(module.tree):
        if not isinstance(function, Function):
            continue
        shared = held - _names_of_function(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Global) or _written_root(node) in shared:
                yield module.at(node)


def _written_root(node: ast.AST) -> str:
    """The name at the root of what this node changes in place; "" where it changes nothing."""
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return _root(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _root(node.func.value) if node.func.attr in MUTATORS else ""
    return ""


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names_of_module(tree: ast.Module) -> set[str]:
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            names |= _bound(node)
    return names


def _names_of_function(function: Function) -> set[str]:
    arguments = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return arguments | _bound(function)


def _bound(holder: ast.AST) -> set[str]:
    names = (node for node in ast.walk(holder) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def name_of(node: ast.AST) -> str:
    """The name that is called or read here, without what it is a part of; "" where it is none."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
