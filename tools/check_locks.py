"""Checks that the lock files pin every dependency with hashes and name no registry.

For `make check`. Exits 1 with one line for each thing that is wrong.

Source: none.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

LOCKS = {"requirements.lock": ["build"], "requirements-test.lock": ["build", "test"]}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")
ADDRESS = re.compile(r"https?://")


def main() -> int:
    """Print what is wrong; the exit code."""
    wrong = list(problems(Path(__file__).resolve().parent.parent))
    print("\n".join(wrong) if wrong else "lock files: pinned, hashed, no registry named")
    return 1 if wrong else 0


def problems(root: Path) -> Iterator[str]:
    """One line for each thing that is wrong with a lock file."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    for name, extras in LOCKS.items():
        text = (root / name).read_text()
        pins = {found.lower().replace("_", "-") for found in PINNED.findall(text)}
        wanted = list(project["dependencies"])
        for extra in extras:
            wanted += project["optional-dependencies"][extra]
        for requirement in wanted:
            called = NAME.match(requirement)
            if called and called.group().lower() not in pins:
                yield f"{name}: {called.group()} of pyproject.toml is not pinned"
        if text.count("--hash=sha256:") < len(pins):
            yield f"{name}: a pin has no hash"
        if ADDRESS.search(text):
            yield f"{name}: names an address"
    npm = root / "package-lock.json"
    if npm.exists() and '"resolved"' in npm.read_text():
        yield "package-lock.json: names an address"


if __name__ == "__main__":
    sys.exit(main())
