"""The program's own source, parsed, for the tests that hold the rules of the house.

Source: none.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "openroots"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One module of the program. `name` is its path below the package: "gateway/access.py"."""

    name: str
    tree: ast.Module

    @property
    def docstring(self) -> str:
        """What stands at its head."""
        return ast.get_docstring(self.tree) or ""

    def at(self, node: ast.AST) -> str:
        """Where something stands, as an editor understands it."""
        return f"openroots/{self.name}:{getattr(node, 'lineno', 1)}"


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the program, by name."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return tuple(
        Module(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8")))
        for path in paths
    )
