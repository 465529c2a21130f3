"""Settings as flags: each has the name, the words and the bounds of the setting.

Source: none.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from openroots.cli.terminal import USAGE, Stop, Verb
from openroots.settings import KINDS, SETTINGS, Settings
from openroots.settings.reading import load
from openroots.settings.values import SettingError

METAVARS = {
    "port": "N",
    "host": "H",
    "state": "DIR",
    "people": "N",
    "seed": "S",
    "store": "URL",
    "rulebook": "URL",
    "url": "URL",
    "workers": "N",
    "trails": "DAYS",
    "versions": "DAYS",
    "audit": "DAYS",
}
DEFAULTS = Settings().shown()
# A path stays text until `settings_from`, or one that is empty would be the working directory.
TYPES = {int: click.INT, str: click.STRING, Path: click.Path(readable=False)}


def settings_from(flags: Mapping[str, Any]) -> Settings:
    """The settings of this call of the command. Raises Stop where one cannot be."""
    try:
        return load(flags, os.environ)
    except SettingError as error:
        raise Stop(f"{error.place}: {error.wrong}", error.mend, USAGE) from error


def setting_flags(*names: str) -> Callable[[Verb], Verb]:
    """The flags of these settings. What was not given is None."""

    def declare(verb: Verb) -> Verb:
        for name in reversed(names):
            verb = _flag(name)(verb)
        return verb

    return declare


def _flag(name: str) -> Callable[[Verb], Verb]:
    setting, kind = SETTINGS[name], KINDS[name]
    words = f"{setting.words}."
    if kind is bool and not DEFAULTS[name]:
        return click.option(f"--{name}", name, flag_value=True, default=None, help=words)
    if kind is bool:
        return click.option(f"--no-{name}", name, flag_value=False, default=None, help=words)
    choice = click.Choice(setting.choices) if setting.choices else TYPES[kind]
    return click.option(f"--{name}", type=choice, metavar=METAVARS.get(name), help=words)
