"""From when until when the terms of a resource held."""

from openroots.storage.spans import Span, spans

SMITH, JONES, ALL = ("family", "Smith"), ("family", "Jones"), ("", "")
END = 99


def test_a_term_holds_until_a_version_without_it() -> None:
    """What goes on holding is one span, whatever else changes; it ends with a removal, and may
    begin again."""
    versions = [
        (1, frozenset({ALL, JONES}), "p"),
        (4, frozenset({ALL, SMITH}), "p"),
        (6, frozenset[tuple[str, str]](), "p"),
        (9, frozenset({ALL}), "p"),
    ]
    assert set(spans(versions, END)) == {
        Span(JONES, 1, 4, "p"),
        Span(ALL, 1, 6, "p"),
        Span(SMITH, 4, 6, "p"),
        Span(ALL, 9, END, "p"),
    }


def test_under_other_marks_every_term_begins_anew() -> None:
    """So that each span has one scope."""
    versions = [(1, frozenset({ALL}), "p"), (2, frozenset({ALL}), "p, restricted")]
    assert set(spans(versions, END)) == {
        Span(ALL, 1, 2, "p"),
        Span(ALL, 2, END, "p, restricted"),
    }


def test_what_never_was_has_no_terms() -> None:
    """No version, no span."""
    assert list(spans([], END)) == []
