"""What a snapshot of any store shows: what was committed by then, and no more."""

from datetime import timedelta

from openroots.storage import Change, Query, Row, Scope, Term
from tests.storage.desk import BY, Desk, family, found, patient, read, removed


def test_keeps_what_is_committed(desk: Desk) -> None:
    """A row comes back as it was given, at version 1, with the number of its commit."""
    t = desk.commit(patient("1", 0, "Smith", subject="p", holder="X26", labels=["R", "V"]))
    row = read(desk.store.snapshot(), "1")
    assert row is not None
    assert row.body == {"id": "1", "is": {"family": ["Smith"]}}
    assert row == Row("Patient", "1", 1, t, row.raw, "p", "X26", frozenset({"R", "V"}))


def test_new_store_is_at_nothing(desk: Desk) -> None:
    """Before the first commit `t` is 0, and nothing is there."""
    snapshot = desk.store.snapshot()
    assert snapshot.t == 0
    assert snapshot.read([]) == {}
    assert found(snapshot) == []
    assert desk.store.commits() == []
    assert desk.feed() == []


def test_snapshot_is_steady(desk: Desk) -> None:
    """What is committed after a snapshot is not in it, however it is asked."""
    desk.commit(patient("1", 0, "Smith"))
    snapshot = desk.store.snapshot()
    assert snapshot.t == 1
    desk.commit(patient("1", 1, "Jones"))
    desk.commit(patient("2", 0, "Smith"))
    assert read(snapshot, "1") == snapshot.history("Patient", "1")[0]
    assert read(snapshot, "2") is None
    assert len(snapshot.history("Patient", "1")) == 1
    assert found(snapshot, family("Smith")) == ["1"]
    assert found(snapshot, family("Jones")) == []


def test_store_as_it_was(desk: Desk) -> None:
    """The store as at an earlier commit is read and searched like that of today."""
    first = desk.commit(patient("1", 0, "Smith"))
    second = desk.commit(patient("1", 1, "Jones"), patient("2", 0, "Smith"))
    third = desk.commit(removed("1", 2))
    families = [family("Smith"), family("Jones")]
    seen = [
        [found(desk.store.snapshot(at=t), term) for term in families]
        for t in (0, first, second, third)
    ]
    assert seen == [[[], []], [["1"], []], [["2"], ["1"]], [["2"], []]]
    assert [read(desk.store.snapshot(at=t), "1") is None for t in (0, first, second, third)] == [
        True,
        False,
        False,
        True,
    ]


def test_one_is_got_as_a_read_gives_it(desk: Desk) -> None:
    """Within and outside the scope, before and after it was removed, after a read of others."""
    desk.commit(patient("1", 0, "Smith", subject="p"))
    desk.commit(patient("2", 0, "Smith", subject="q"))
    t = desk.commit(removed("2", 1))
    of_p = Scope(subjects=frozenset({"p"}))
    for snapshot in (
        desk.store.snapshot(),
        desk.store.snapshot(of_p),
        desk.store.snapshot(at=t - 1),
    ):
        for id in ("1", "2", "3", "1"):
            key = ("Patient", id)
            assert snapshot.get(*key) == snapshot.read([key, ("Patient", "1")]).get(key)


def test_many_keys_are_one_read(desk: Desk) -> None:
    """Keys go in together and rows come out in their order; what is not there is left out."""
    desk.commit(*(patient(str(number)) for number in range(5)))
    keys = [("Patient", id) for id in ("3", "9", "1")] + [("Practitioner", "1")]
    assert list(desk.store.snapshot().read(keys)) == [("Patient", "3"), ("Patient", "1")]


def test_a_hundred_keys_are_read_as_a_few_are(desk: Desk) -> None:
    """Also as at an earlier commit, with removals and strangers left out, whatever the types."""
    first = desk.commit(*(patient(str(number)) for number in range(100)))
    desk.commit(patient("7", 1, "Smith"), removed("8", 1), Change("Other", "7", {}, 0))
    keys = [(type, str(id)) for id in range(120, -1, -1) for type in ("Patient", "Other")]
    for db in (desk.store.snapshot(), desk.store.snapshot(at=first)):
        alone = {key: row for key in keys for row in db.read([key]).values()}
        assert list(db.read(keys).items()) == list(alone.items())
    assert len(alone) == 100


def test_versions_are_given_from_a_number_on(desk: Desk) -> None:
    """Of many resources at once, each from its own, as far as the snapshot goes, removals too."""
    desk.commit(*(patient(id, 0, "Smith") for id in "123"))
    desk.commit(patient("1", 1, "Jones"), removed("2", 1))
    t = desk.commit(patient("1", 2, "Roe"))
    desk.commit(patient("1", 3, "Able"))
    since = {("Patient", "1"): 2, ("Patient", "2"): 1, ("Patient", "3"): 2, ("Patient", "4"): 1}
    rows = desk.store.snapshot(at=t).versions(since)
    assert [(row.id, row.version) for row in rows] == [("1", 2), ("1", 3), ("2", 1), ("2", 2)]
    assert [bool(row.raw) for row in rows] == [True, True, True, False]
    alone = desk.store.snapshot(at=t).history("Patient", "1")[1:]
    assert [row for row in rows if row.id == "1"] == alone
    assert desk.store.snapshot().versions({}) == []


def test_lists_whom_it_gave_out(desk: Desk) -> None:
    """The subjects of the rows given out are listed for the audit, and of no others."""
    desk.commit(patient("1", 0, "Smith", subject="p"))
    desk.commit(patient("2", 0, "Jones", subject="q"))
    desk.commit(patient("3", 0, "Smith"))
    snapshot = desk.store.snapshot()
    found(snapshot, family("Smith"))
    assert snapshot.seen == ["p"]
    snapshot.history("Patient", "2")
    assert snapshot.seen == ["p", "q"]
    snapshot.versions({("Patient", "1"): 1, ("Patient", "3"): 1})
    assert snapshot.seen == ["p", "q", "p"]


def test_a_snapshot_tells_how_far_the_store_had_come_by_a_time(desk: Desk) -> None:
    """By the world's time, which can be put back: nothing that was made then or later is in it,
    but for what the store began with."""
    noon = BY.time
    for hour in (0, 2, 1, 3):
        desk.commit(patient(str(hour)), by=BY._replace(time=noon + timedelta(hours=hour)))
    db = desk.store.snapshot()
    found = [db.before(noon + timedelta(hours=hour)) for hour in (-1, 0, 1, 2, 3, 4)]
    assert found == [1, 1, 1, 1, 3, 4]
    assert desk.store.snapshot(at=2).before(noon + timedelta(hours=3)) == 2


def test_a_row_is_given_in_the_form_asked_for(desk: Desk) -> None:
    """A form kept beside a version is read in its place; where there is none, all of it."""
    short = {"resourceType": "Patient", "short": True}
    kept = {"other": {}, "short": short}
    desk.commit(Change("Patient", "1", {"forms": kept, "is": {"a": ["b"]}}, expect=0))
    desk.commit(Change("Patient", "2", {"is": {"a": ["b"]}}, expect=0))
    found = desk.store.snapshot().read([("Patient", "1"), ("Patient", "2")], form="short")
    first, second = found.values()
    assert (first.body, first.form) == (short, "short")
    assert (second.body, second.form) == ({"is": {"a": ["b"]}}, "")
    page = desk.store.snapshot().search(Query("Patient", (Term("a", ("b",)),), form="short"))
    assert list(page.rows) == [first, second]


def test_a_form_that_is_all_of_the_resource_is_kept_as_nothing_more(desk: Desk) -> None:
    """It is told to be in that form, so that nobody looks whether there is anything to hide."""
    body = {"forms": {"empty": {}, "short": None}}
    desk.commit(Change("Patient", "1", body, expect=0))
    key = ("Patient", "1")
    shown = {form: desk.store.snapshot().read([key], form)[key] for form in ("short", "empty")}
    assert (shown["short"].body, shown["short"].form) == (body, "short")
    assert (shown["empty"].body, shown["empty"].form) == ({}, "empty")


def test_a_form_belongs_to_its_version(desk: Desk) -> None:
    """A version without a form is not shown in that of the one before; an old one still is."""
    t = desk.commit(Change("Patient", "1", {"forms": {"short": {"a": 1}}}, expect=0))
    desk.commit(Change("Patient", "1", {"b": 2}, expect=1))
    key = ("Patient", "1")
    assert desk.store.snapshot().read([key], form="short")[key].body == {"b": 2}
    assert desk.store.snapshot(at=t).read([key], form="short")[key].body == {"a": 1}
