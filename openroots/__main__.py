"""The command, as its script and as `python -m openroots`.

Nothing is imported before it can be interrupted: whoever presses Ctrl-C at once is told nothing of
what was being imported.

Source: none.
"""

import signal
import sys


def main() -> None:
    """Run the command, and end this process with its exit code."""
    try:
        from openroots.cli import main as command
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    command()


if __name__ == "__main__":
    main()
