"""What may not go from one thread to another, held by reading our own source.

Source: SQLite, "Using SQLite In Multi-Threaded Applications": one connection, one thread at a time.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.source import modules


def _carried(tree: ast.AST) -> Iterator[int]:
    """The lines on which what another thread works on was looked up by this one."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _ends_in(call.func, "to_thread"):
            given = [one for one in call.args if not isinstance(one, ast.Lambda)]
            inner = [node for one in given for node in ast.walk(one)]
            if any(
                isinstance(each, ast.Call) and _ends_in(each.func, "snapshot") for each in inner
            ):
                yield call.lineno


def _ends_in(function: ast.expr, name: str) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == name


def test_a_snapshot_is_read_on_the_thread_that_made_it() -> None:
    """Both threads would use one connection, and whichever is second is refused by the store."""
    wrong = [
        f"openroots/{module.name}:{line}" for module in modules() for line in _carried(module.tree)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("asyncio.to_thread(look, store.snapshot())", 1),
        ("asyncio.to_thread(lambda: look(store.snapshot()))", 0),
        ("look(store.snapshot())", 0),
    ],
)
def test_a_snapshot_that_is_carried_to_another_thread_is_seen(source: str, found: int) -> None:
    """The check finds what it looks for."""
    assert len(list(_carried(ast.parse(source)))) == found
