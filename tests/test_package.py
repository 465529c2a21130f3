"""The wheel holds everything that the program needs, and works where nothing else of it is.

Source: the binary distribution format (PEP 427).
"""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from openroots import __version__
from tests.source import PACKAGE, ROOT

NOT_PACKED = frozenset({"__pycache__", ".DS_Store"})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, made without asking anything of a network."""
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT)
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with nothing in it but the wheel."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    pip = [sys.executable, "-m", "pip", "--python", str(_python(folder)), "install", "-q"]
    _run([*pip, "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)])
    return folder


def test_the_wheel_is_for_any_platform(wheel: Path) -> None:
    assert wheel.name == f"openroots-{__version__}-py3-none-any.whl"


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and NOT_PACKED.isdisjoint(path.parts) and path.suffix != ".pyc"
    }
    with zipfile.ZipFile(wheel) as packed:
        assert wanted - set(packed.namelist()) == set()


def test_the_wheel_says_that_it_is_typed_and_under_which_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    assert "openroots/py.typed" in names
    assert any(name.endswith("licenses/LICENCE") for name in names)


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        roots = {name.partition("/")[0] for name in packed.namelist()}
    assert roots == {"openroots", f"openroots-{__version__}.dist-info"}


def test_the_command_runs_where_only_the_wheel_is(elsewhere: Path, tmp_path: Path) -> None:
    command = _python(elsewhere).with_name("openroots")
    done = _run([str(command), "--version"], cwd=tmp_path, env=_with_dependencies())
    assert __version__ in done.stdout


def test_the_program_there_is_the_one_from_the_wheel(elsewhere: Path, tmp_path: Path) -> None:
    asked = "import openroots, openroots.app; print(openroots.__file__)"
    done = _run([str(_python(elsewhere)), "-c", asked], cwd=tmp_path, env=_with_dependencies())
    assert Path(done.stdout.strip()).is_relative_to(elsewhere)


def _python(environment: Path) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin") / "python"


def _with_dependencies() -> dict[str, str]:
    """The environment with the packages of this one, after its own: no .pth file is read there,
    so what is installed here for editing is not found."""
    return {**os.environ, "PYTHONPATH": "", "PYTHONSTARTUP": "", **_site_packages()}


def _site_packages() -> dict[str, str]:
    places = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    return {"PYTHONPATH": os.pathsep.join(places)}


def _run(
    command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done
