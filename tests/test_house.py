"""The rules of the house, held by reading its own source.

Source: ARCHITECTURE.md, which says why for each.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

from tests.source import PACKAGE, ROOT, Function, Module, modules

# Where things may be waited for: the doors, what puts the house together, the storage drivers.
AWAITS = (
    "app.py",
    "cli",
    "delivery/",
    "gateway/",
    "house.py",
    "housekeeping.py",
    "opening.py",
    "pages/",
    "pruning.py",
    "sandboxes/",
    "seed.py",
    "server.py",
    "storage/",
    "testing/",
    "workers/",
)

# What reads the machine's clock, or its source of chance. A `Random` made from a seed reads none.
CLOCK_MODULES = frozenset({"random", "secrets", "time", "uuid"})
SEEDED = frozenset({"Random"})
CLOCK_CALLS = frozenset({"now", "today", "utcnow", "urandom", "getrandom", "uuid1", "uuid4"})
OF_A_CLOCK = frozenset({"now"})  # of a world's `wall` and `time`, which are asked, not read

MODES = frozenset({"sandbox", "live", "stateless", "open"})
DECIDE_BY_MODE = frozenset({"app.py", "settings/__init__.py", "settings/reading.py", "world.py"})

MUTATORS = frozenset(
    {
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop"),
        *("popitem", "remove", "reverse", "setdefault", "sort", "update"),
    }
)
# Caches of functions that give the same for ever: what the program brings, or what a number means.
CACHES = frozenset(
    {
        "delivery/item.py sortable",
        "fhir/dates.py _last_sunday",
        "fhir/patient.py fold",
        "fhir/validation/__init__.py standard_validator",
        "population/records.py _day",
        "register/programme.py load_programmes",
        "register/standard.py load_standards",
        "tracing/phonetics.py heard",
        "tracing/phonetics.py soundex",
    }
)

# Closing a file in sqlite3 lets go of the locks that apsw holds on it.
KNOWN_TO = {
    "asyncpg": {"storage/postgres.py"},
    "apsw": {
        "cli/health.py",
        "storage/saved.py",
        "storage/sealing.py",
        "storage/sqlite.py",
        "storage/sqlite_pruning.py",
        "storage/sqlite_reading.py",
        "storage/sqlite_schema.py",
        "storage/sqlite_snapshot.py",
        "storage/sqlite_transaction.py",
        "storage/sqlite_upgrade.py",
        "storage/sqlite_writer.py",
        "storage/texts.py",
        "workers/worker.py",
    },
    "sqlite3": set[str](),
    "uvicorn": {"connection.py", "server.py"},
}

# What forks this process and lets Python code run in the child, where SQLite files are open.
FORKING = frozenset({"create_subprocess_exec", "create_subprocess_shell", "fork", "forkpty"})

LONGEST_FUNCTION = 40
USUAL_FUNCTION = 13


def test_a_floor_stands_only_on_the_floors_beneath_it() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_module_says_at_its_head_what_it_is_and_its_source() -> None:
    silent = [
        f"openroots/{module.name}: no line 'Source: ...' (or 'Source: none.') in its docstring"
        for module in modules()
        if _defines_something(module)
        and not re.search(r"^Source: .", module.docstring, re.MULTILINE)
    ]
    assert silent == []
    assert all(module.docstring for module in modules())


def test_every_public_function_and_class_says_what_it_gives() -> None:
    silent = [
        f"{module.at(node)} {node.name}"
        for module in modules()
        for node in _public(module.tree)
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_nothing_is_awaited_below_the_doors_and_the_storage_drivers() -> None:
    waiting = [
        module.at(node)
        for module in modules()
        if not module.name.startswith(AWAITS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]
    assert waiting == []


def test_only_the_clock_reads_the_time_or_a_random_source() -> None:
    reading = [
        place for module in modules() if module.name != "clock.py" for place in _clock_reads(module)
    ]
    assert reading == []


def test_modes_are_chosen_in_one_place_and_never_asked_for_again() -> None:
    deciding = [
        module.at(node)
        for module in modules()
        if module.name not in DECIDE_BY_MODE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and node.value in MODES
    ]
    assert deciding == []


def test_no_state_of_a_module_is_written_to_while_the_program_runs() -> None:
    written = [place for module in modules() for place in _writes_to_module_state(module)]
    assert written == []


def test_nothing_is_cached_across_worlds_but_what_never_changes() -> None:
    cached = {
        f"{module.name} {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, Function)
        for decorator in node.decorator_list
        if _name_of(decorator) in ("cache", "lru_cache")
    }
    assert cached <= CACHES


def test_one_module_alone_knows_which_server_and_which_sqlite() -> None:
    importing = {
        (package, module.name)
        for module in modules()
        for package in _imported(module.tree)
        if package in KNOWN_TO
    }
    assert {
        (package, name) for package, name in importing if name not in KNOWN_TO[package]
    } == set()


def test_another_process_is_never_begun_by_a_fork_that_python_code_follows() -> None:
    """What tidies up in the child closes SQLite connections of the parent's threads: that is
    forbidden, and can wait for ever."""
    forking = [
        module.at(node)
        for module in modules()
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Call) and _name_of(node.func) in FORKING)
        or (isinstance(node, ast.keyword) and node.arg == "preexec_fn")
    ]
    assert forking == []


def test_functions_are_short() -> None:
    lengths = {
        f"{module.at(node)} {node.name}": _length(node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, Function)
    }
    assert {name for name, length in lengths.items() if length > LONGEST_FUNCTION} == set()
    assert median(lengths.values()) <= USUAL_FUNCTION


def test_no_folder_is_called_after_nothing_in_particular() -> None:
    vague = {"common", "core", "helpers", "misc", "utils"}
    found = [path for path in PACKAGE.rglob("*") if path.stem in vague]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time\nx = time.time()", 1),
        ("from random import Random\nx = Random(1)", 0),
        ("from random import Random\nx = Random()", 1),
        ("from random import random", 1),
        ("from datetime import date\nx = date.today()", 1),
        ("def f(world):\n    return world.wall.now()", 0),
        ("import os\nx = os.urandom(4)", 1),
    ],
)
def test_a_reading_of_the_clock_is_seen(source: str, found: int) -> None:
    assert len(list(_clock_reads(Module("x.py", ast.parse(source))))) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("seen = []\ndef f(x):\n    seen.append(x)", 1),
        ("seen = {}\ndef f(x):\n    seen[x] = 1", 1),
        ("seen = {}\ndef f(x):\n    global seen\n    seen = x", 1),
        ("import m\ndef f(x):\n    m.seen = x", 1),
        ("seen = []\nseen.append(1)", 0),
        ("seen = []\ndef f():\n    seen = []\n    seen.append(1)", 0),
        ("def f(seen):\n    seen.append(1)", 0),
    ],
)
def test_a_write_to_the_state_of_a_module_is_seen(source: str, found: int) -> None:
    assert len(list(_writes_to_module_state(Module("x.py", ast.parse(source))))) == found


def _defines_something(module: Module) -> bool:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    is_package = module.name.endswith("__init__.py")
    return not is_package or any(isinstance(node, kinds) for node in module.tree.body)


def _public(holder: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """Classes and functions that others may use. What a Protocol says of a method, or is plain
    there from its name, is not said again by each class that has it."""
    for node in holder.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if isinstance(node, ast.ClassDef):
            yield node
            if "Protocol" not in map(_name_of, node.bases):
                yield from _public(node)
        elif isinstance(holder, ast.Module) or node.name not in _promised():
            yield node


@cache
def _promised() -> frozenset[str]:
    """The methods of all Protocols."""
    return frozenset(
        node.name
        for module in modules()
        for holder in module.tree.body
        if isinstance(holder, ast.ClassDef) and "Protocol" in map(_name_of, holder.bases)
        for node in holder.body
        if isinstance(node, Function)
    )


def _imported(tree: ast.Module) -> set[str]:
    """The packages that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def _clock_reads(module: Module) -> Iterator[str]:
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
    name = _name_of(call.func)
    if name == "Random":
        return not call.args
    if name not in CLOCK_CALLS or not isinstance(call.func, ast.Attribute):
        return False
    return name not in OF_A_CLOCK or _name_of(call.func.value) in ("date", "datetime")


def _writes_to_module_state(module: Module) -> Iterator[str]:
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


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _length(function: Function) -> int:
    """In lines, its docstring and decorators left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    head = function.body[0].lineno - function.lineno
    return head + (body[-1].end_lineno or 0) - body[0].lineno + 1
