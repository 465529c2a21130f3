"""Serves, and starts again whenever the code, a standard or a template changes.

For `make dev`. Arguments are those of `openroots up`; state is kept over restarts.

Source: none.
"""

import subprocess
import sys
import time
from pathlib import Path

WATCHED = {".py", ".toml", ".sql", ".jinja", ".css", ".js", ".json"}
LOOK_EVERY = 0.5  # seconds


def main(arguments: list[str]) -> int:
    """Serve until interrupted; the exit code."""
    package = Path(__file__).resolve().parent.parent / "openroots"
    try:
        while True:
            seen = newest(package)
            server = subprocess.Popen([sys.executable, "-m", "openroots", "up", *arguments])
            wait_for_change(package, seen)
            server.terminate()
            server.wait()
    except KeyboardInterrupt:
        server.wait()
        return 0


def wait_for_change(package: Path, seen: float) -> None:
    """Return once something has changed: also after a server that failed, which is not restarted
    until then."""
    while newest(package) == seen:
        time.sleep(LOOK_EVERY)


def newest(package: Path) -> float:
    """When the newest of the watched files was changed."""
    return max(path.stat().st_mtime for path in package.rglob("*") if path.suffix in WATCHED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
