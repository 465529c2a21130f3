"""The shape of a JSON record: which members it has, of which type, and what they may be.

    shape = { required = ["status"], properties = { status = { enum = ["final"] } } }

A small part of JSON Schema, enough for records and read by people who know it. A word that is
not known here is refused, so that none is written in the belief that it is held.

Source: JSON Schema 2020-12, the validation vocabulary.
"""

from collections.abc import Callable, Mapping
from typing import Any

from openroots.register.condition import Judge
from openroots.register.definition import Table
from openroots.register.pattern import Pattern

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
}


def parse_shape(table: Table) -> Judge:
    """What judges a record by the `shape` of a clause. Raises ValueError naming the word."""
    return _schema(table.table("shape"))


def _schema(table: Table) -> Judge:
    """All that one schema asks of a value, as one function."""
    asked = [WORDS[word](table, word) for word in table.data if word in WORDS]
    table.close()
    return lambda value: all(one(value) for one in asked)


def _type(table: Table, word: str) -> Judge:
    return TYPES[table.one_of(word, tuple(TYPES))]


def _required(table: Table, word: str) -> Judge:
    names = table.texts(word)
    return lambda value: not isinstance(value, dict) or all(name in value for name in names)


def _properties(table: Table, word: str) -> Judge:
    members = table.table(word)
    schemas = {name: _schema(members.table(name)) for name in members.data}
    return lambda value: (
        not isinstance(value, dict)
        or all(schema(value[name]) for name, schema in schemas.items() if name in value)
    )


def _items(table: Table, word: str) -> Judge:
    schema = _schema(table.table(word))
    return lambda value: not isinstance(value, list) or all(map(schema, value))


def _enum(table: Table, word: str) -> Judge:
    among = table.take(word, list)
    return lambda value: any(value == one and type(value) is type(one) for one in among)


def _pattern(table: Table, word: str) -> Judge:
    try:
        pattern = Pattern(table.words(word))
    except ValueError as error:
        raise table.wrong(word, f"is no regular expression: {error}") from error
    return lambda value: not isinstance(value, str) or pattern.is_in(value)


def _min_items(table: Table, word: str) -> Judge:
    least = table.take(word, int)
    return lambda value: not isinstance(value, list) or len(value) >= least


def _max_length(table: Table, word: str) -> Judge:
    most = table.take(word, int)
    return lambda value: not isinstance(value, str) or len(value) <= most


WORDS: Mapping[str, Callable[[Table, str], Judge]] = {
    "type": _type,
    "required": _required,
    "properties": _properties,
    "items": _items,
    "enum": _enum,
    "pattern": _pattern,
    "minItems": _min_items,
    "maxLength": _max_length,
}
