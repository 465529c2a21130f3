"""The state folder as the command sees it: who holds it, and where its server answers.

Two servers must never share a folder: each would write the other's files. A lock on one file of
it, which the operating system lets go when the process ends however it ends, sees to that.

    lock          held by whoever has the folder open, whose process it names; the workers of a
                  server hold it too, so that it is theirs until they have ended if that is killed
    server.json   {"pid": 4711, "host": "127.0.0.1", "port": 1948, "authority": ""} while a server
                  answers; the authority is a file by which to trust its HTTPS

Source: flock(2), proc_pid_stat(5); LockFile of the Windows API.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

import click

from openroots.cli.terminal import CONFLICT, USAGE, Stop, faint

ANY_ADDRESS = {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}


class Running(NamedTuple):
    """Where a server of this folder answers, or answered before it was killed."""

    pid: int
    host: str
    port: int
    authority: str = ""

    @property
    def url(self) -> str:
        """Its address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.authority else 'http'}://{host}:{self.port}"


@contextmanager
def held(state: Path) -> Iterator[IO[bytes]]:
    """Hold the folder, made if it is not there, so that nobody else opens it meanwhile; gives the
    file by which it is held. What a server that was killed left running is waited for. A folder
    that was made for it, and into which nothing came, goes again."""
    with ExitStack() as stack:
        is_new = not (state / "lock").exists()
        try:
            stack.enter_context(made(state))
            file = stack.enter_context((state / "lock").open("a+b"))
        except (FileExistsError, NotADirectoryError) as error:
            cause = f"the state folder {state} cannot be made: a file is in its way"
            raise Stop(cause, "Move that, or name another folder with --state.", USAGE) from error
        except OSError as error:
            cause = f"the state folder {state} cannot be written: {error.strerror or error}"
            raise Stop(cause, "Make it writable, or name another with --state.", USAGE) from error
        _lock_or_wait(file, state)
        _name_holder(file)
        try:
            yield file
        finally:
            if is_new and not any(_files_beside_lock(state)):
                with suppress(OSError):  # Windows removes nothing that is open
                    (state / "lock").unlink()


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """Make a folder where it is not there; what of it was made for nothing goes again."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # something is in it
            for each in missing:
                each.rmdir()


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Keep other processes from writing beside this file, made if it is not there."""
    with path.open("a+b") as file:
        try:
            _lock(file)
        except OSError as error:
            mend = "Wait until it has ended, or stop it."
            raise Stop(f"another process is writing {path}", mend, CONFLICT) from error
        yield


def is_held(state: Path) -> bool:
    """Whether somebody holds the folder now."""
    try:
        with (state / "lock").open("r+b" if sys.platform == "win32" else "rb") as file:
            _lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def note_server(state: Path, running: Running) -> None:
    """Keep where the server answers, for the other verbs."""
    making = state / "server.json.making"
    try:
        making.write_text(json.dumps(running._asdict()), "ascii")
        making.replace(state / "server.json")
    except OSError as error:
        cause = f"{state} cannot be written: {error.strerror or error}"
        raise Stop(cause, "Make room or make it writable, then start again.", USAGE) from error


def forget_server(state: Path) -> None:
    """Nothing answers here any more."""
    with suppress(OSError):
        (state / "server.json").unlink(missing_ok=True)


def find_server(state: Path) -> Running | None:
    """Where the server of this folder said that it answers."""
    try:
        return Running(**json.loads((state / "server.json").read_text("ascii")))
    except (OSError, ValueError, TypeError):
        return None


def own_address(host: str) -> str:
    """An address at which this machine reaches a server that listens on this host."""
    return ANY_ADDRESS.get(host, host)


def _files_beside_lock(state: Path) -> Iterator[Path]:
    return (path for path in state.rglob("*") if path.is_file() and path != state / "lock")


def _lock_or_wait(file: IO[bytes], state: Path) -> None:
    try:
        _lock(file)
    except OSError as error:
        if not (left := _killed_holder(file)):
            raise _taken(state) from error
        waiting = f"Waiting for what process {left}, which was killed, left running"
        click.echo(faint(waiting), err=True)
        _wait_for_lock(file)


def _taken(state: Path) -> Stop:
    running = find_server(state)
    where = ""
    if running and lives(running.pid):
        where = f" on port {running.port} (process {running.pid})"
    cause = f"another OpenRoots{where} has the state folder {state} open"
    return Stop(cause, "Stop that one, or name another folder with --state.", USAGE)


def _killed_holder(file: IO[bytes]) -> int:
    """The process that took the lock, where it has ended and others hold the lock still: its
    workers, which end once they see that it has gone. 0 where it lives, or nobody can tell."""
    if sys.platform == "win32":  # where a server has no workers
        return 0
    named = os.pread(file.fileno(), 20, 0).decode("ascii", "replace")
    return int(named) if named.isdecimal() and not lives(int(named)) else 0


def lives(process: int) -> bool:
    """Whether this process runs, as far as can be told. One that was killed and that nobody has
    asked after yet, a zombie, does not."""
    if sys.platform == "win32":  # where to ask this way would end it
        return True
    try:
        os.kill(process, 0)
        told = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's, or there is nothing that tells more
        return True
    return told.rpartition(") ")[2][:1] not in ("Z", "X")


def _name_holder(file: IO[bytes]) -> None:
    """Say in the file of the lock who has it."""
    if sys.platform != "win32":
        with suppress(OSError):  # a full disk: then nobody waits for what may be left running
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), b"%d" % os.getpid())


def _lock(file: IO[bytes]) -> None:
    """Raises OSError where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _wait_for_lock(file: IO[bytes]) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
