"""What a search of any store finds, and in which pages."""

from dataclasses import replace

import pytest

from openroots.storage import Change, How, Key, Query, Term
from tests.storage.desk import SMITH, Desk, family, found, patient


@pytest.mark.parametrize(
    ("term", "ids"),
    [
        (family("Smith"), ["1"]),
        (family("Smith", "Jones"), ["1", "3"]),
        (family("smith"), []),
        (family("Smi", how=How.STARTS), ["1", "2"]),
        (family("Smi", "Jo", how=How.STARTS), ["1", "2", "3"]),
        (family("", how=How.STARTS), ["1", "2", "3", "4"]),
        (family("%", how=How.STARTS), []),
        (family("Smith", how=How.FROM), ["1", "2", "4"]),
        (family("Smith", how=How.TO), ["1", "3"]),
        (family("É", how=How.FROM), ["4"]),
        (Term("given", ("Smith",)), []),
    ],
)
def test_terms(desk: Desk, term: Term, ids: list[str]) -> None:
    """Values compare as text, byte by byte, in each of the four ways."""
    for id, name in (("1", "Smith"), ("2", "Smithson"), ("3", "Jones"), ("4", "Étienne")):
        desk.commit(patient(id, 0, name))
    assert found(desk.store.snapshot(), term) == ids


def test_every_term_holds(desk: Desk) -> None:
    """Terms are a conjunction, and each may be satisfied by another value of the resource."""
    desk.commit(patient("1", 0, "Smith", "Jones"))
    desk.commit(patient("2", 0, "Smith"))
    snapshot = desk.store.snapshot()
    assert found(snapshot, family("Smith"), family("Jones")) == ["1"]
    assert found(snapshot, family("K", how=How.FROM), family("K", how=How.TO)) == ["1"]


def test_resource_is_found_once(desk: Desk) -> None:
    """A resource of which several values satisfy a term is one row."""
    desk.commit(patient("1", 0, "Smith", "Smithson", "Smith"))
    assert found(desk.store.snapshot(), family("S", how=How.STARTS)) == ["1"]


def test_type_bounds_a_query(desk: Desk) -> None:
    """A query finds nothing of another type."""
    desk.commit(patient("1", 0, "Smith"), Change("Person", "2", SMITH, expect=0))
    assert found(desk.store.snapshot(), family("Smith")) == ["1"]


def test_what_stands_beside_is_found_and_given_too(desk: Desk) -> None:
    """An id is found by what any of its resources is indexed by, and given with all of them, once;
    every term holds for one and the same of them."""
    jones = {"is": {"family": ["Jones"]}}
    desk.commit(patient("1", 0, "Smith"), Change("Person", "1", SMITH, expect=0))
    desk.commit(patient("2", 0, "Jones"), Change("Person", "2", SMITH, expect=0))
    desk.commit(patient("3", 0, "Smith"), Change("Other", "3", SMITH, expect=0))
    desk.commit(patient("4", 0, "Jones"), Change("Person", "5", jones, expect=0))
    query = Query("Patient", (family("Smith"),), also=("Person",))
    keys = [("Patient", "1"), ("Person", "1"), ("Patient", "2"), ("Person", "2"), ("Patient", "3")]
    assert keys_of(desk, query) == keys
    assert keys_of(desk, replace(query, limit=2)) == keys[:4]
    assert keys_of(desk, replace(query, limit=2, after="2")) == keys[4:]
    assert desk.store.snapshot().search(replace(query, limit=2)).next == "2"
    both = replace(query, where=(family("Smith"), family("Jones")))
    assert keys_of(desk, both) == []
    sm = replace(query, where=(family("Smi", "Smo", how=How.STARTS),))
    assert keys_of(desk, sm) == keys


def keys_of(desk: Desk, query: Query) -> list[Key]:
    return [(row.type, row.id) for row in desk.store.snapshot().search(query).rows]


def test_long_values(desk: Desk) -> None:
    """Values too long for an index entry are told apart all the same."""
    long = "x" * 5000
    desk.commit(patient("1", 0, long + "a"))
    desk.commit(patient("2", 0, long + "b"))
    snapshot = desk.store.snapshot()
    assert found(snapshot, family(long + "b")) == ["2"]
    assert found(snapshot, family(long, how=How.STARTS)) == ["1", "2"]
    assert found(snapshot, family(long + "b", how=How.FROM)) == ["2"]
    assert found(snapshot, family(long + "a", how=How.TO)) == ["1"]


def test_pages_follow_one_another(desk: Desk) -> None:
    """Pages in the order of ids, byte by byte, each from the `next` of the one before."""
    ids = ["10", "2", "B", "a", "é"]
    desk.commit(*(patient(id, 0, "Smith") for id in reversed(ids)))
    pages = []
    query = Query("Patient", (family("Smith"),), limit=2)
    while not pages or query.after:
        page = desk.store.snapshot().search(query)
        pages.append([row.id for row in page.rows])
        query = replace(query, after=page.next)
    assert pages == [["10", "2"], ["B", "a"], ["é"]]


def test_full_last_page_has_no_next(desk: Desk) -> None:
    """A page that ends with the last row says so."""
    desk.commit(patient("1"), patient("2"))
    assert desk.store.snapshot().search(Query("Patient", limit=2)).next == ""
