"""From when until when the terms of a resource held."""

from openroots.storage.stretches import Stretch, stretches

SMITH, JONES, ALL = ("family", "Smith"), ("family", "Jones"), ("", "")
END = 99


def test_a_term_holds_until_a_version_without_it() -> None:
    """What goes on holding is one stretch, whatever else changes; it ends with a removal, and may
    begin again."""
    versions = [
        (1, frozenset({ALL, JONES}), "p"),
        (4, frozenset({ALL, SMITH}), "p"),
        (6, frozenset[tuple[str, str]](), "p"),
        (9, frozenset({ALL}), "p"),
    ]
    assert set(stretches(versions, END)) == {
        Stretch(JONES, 1, 4, "p"),
        Stretch(ALL, 1, 6, "p"),
        Stretch(SMITH, 4, 6, "p"),
        Stretch(ALL, 9, END, "p"),
    }


def test_under_other_marks_every_term_begins_anew() -> None:
    """So that each stretch has one scope."""
    versions = [(1, frozenset({ALL}), "p"), (2, frozenset({ALL}), "p, restricted")]
    assert set(stretches(versions, END)) == {
        Stretch(ALL, 1, 2, "p"),
        Stretch(ALL, 2, END, "p, restricted"),
    }


def test_what_never_was_has_no_terms() -> None:
    """No version, no stretch."""
    assert list(stretches([], END)) == []
