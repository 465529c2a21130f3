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

from tests.impure import clock_reads, name_of, writes_to_module_state
from tests.source import PACKAGE, ROOT, Function, Module, modules

# Where things may be waited for: the doors, what puts the house together, the storage drivers.
AWAITS = (
    "app.py",
    "body.py",
    "cli/",
    "delivery/",
    "gateway/",
    "house.py",
    "housekeeping.py",
    "opening.py",
    "pages/",
    "pruning.py",
    "restoring.py",
    "sandboxes/",
    "seed.py",
    "server.py",
    "storage/",
    "testing/",
    "workers/",
)

MODES = frozenset({"sandbox", "live", "stateless", "open"})
DECIDE_BY_MODE = frozenset({"app.py", "settings/__init__.py", "settings/reading.py", "world.py"})
# Caches of functions that give the same for ever: what the program brings, or what a number means.
CACHES = frozenset(
    {
        "delivery/item.py sortable",
        "fhir/dates.py _last_sunday",
        "fhir/patient.py fold",
        "fhir/validation/__init__.py standard_validator",
        "population/days.py day_of",
        "register/programme.py load_programmes",
        "register/standard.py load_standards",
        "storage/sqlite_search.py _of_one_term",
        "tracing/names.py as_borne_by_men",
        "tracing/names.py words_of",
        "tracing/phonetics.py heard",
        "tracing/phonetics.py sounds",
        "tracing/phonetics.py soundex",
    }
)

# Closing a file in sqlite3 lets go of the locks that apsw holds on it.
KNOWN_TO = {
    "asyncpg": {"storage/postgres.py", "storage/postgres_reach.py"},
    "apsw": {
        "cli/health.py",
        "cli/store_health.py",
        "storage/connections.py",
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


def test_values_time_and_settings_need_the_standard_library_alone() -> None:
    needed = {
        package
        for module in modules()
        if module.name.startswith(("clock.py", "identifiers.py", "settings/"))
        for package in _imported(module.tree)
    }
    assert needed - sys.stdlib_module_names == {"openroots"}


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
        place for module in modules() if module.name != "clock.py" for place in clock_reads(module)
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
    written = [place for module in modules() for place in writes_to_module_state(module)]
    assert written == []


def test_nothing_is_cached_across_worlds_but_what_never_changes() -> None:
    cached = {
        f"{module.name} {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, Function)
        for decorator in node.decorator_list
        if name_of(decorator) in ("cache", "lru_cache")
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
        if (isinstance(node, ast.Call) and name_of(node.func) in FORKING)
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
            if "Protocol" not in map(name_of, node.bases):
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
        if isinstance(holder, ast.ClassDef) and "Protocol" in map(name_of, holder.bases)
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


def _length(function: Function) -> int:
    """In lines, its docstring and decorators left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    head = function.body[0].lineno - function.lineno
    return head + (body[-1].end_lineno or 0) - body[0].lineno + 1
