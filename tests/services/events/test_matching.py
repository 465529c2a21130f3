"""The matcher: which subscriptions an event is for."""

from collections.abc import Sequence
from time import process_time
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openroots.problem import Json
from openroots.services.events.attributes import texts_of
from openroots.services.events.matching import Matcher, Wanted, follow, matcher_of
from openroots.storage import Key, Row, Snapshot, Unavailable
from openroots.testing import Nation
from tests.services.events.asking import (
    EVENT,
    OTHER,
    QUEUE,
    ask,
    feed,
    publish,
    subscribe,
    subscription,
)

A, B = "pds-record-change-2", "pds-change-of-gp-2"


def event(type: str = A, subject: str = "9000000009", **filtering: Any) -> Json:
    """An event of this type with these filters."""
    return EVENT | {"type": type, "subject": subject, "filtering": filtering}


def wanted(id: str, type: str = A, **conditions: str) -> Wanted:
    """A compiled subscription that asks for these values."""
    return Wanted(id, type, tuple((key, frozenset({value})) for key, value in conditions.items()))


def test_a_type_alone_matches_all_of_it() -> None:
    """Whoever asks for a type is told of every event of it, and of no other."""
    matcher = Matcher([wanted("one"), wanted("two", B)])
    assert matcher.matching(event()) == ["one"]
    assert matcher.matching(event("mns-test-signal-1")) == []


def test_every_condition_must_hold() -> None:
    """Of several conditions none may fail."""
    matcher = Matcher([wanted("one", practice="Y12345", age="17")])
    assert matcher.matching(event(practice="Y12345", age=17)) == ["one"]
    assert matcher.matching(event(practice="Y12345", age=18)) == []
    assert matcher.matching(event(practice="Y12345")) == []


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a", ("a",)),
        (17, ("17",)),
        (17.0, ("17",)),
        (1.5, ("1.5",)),
        (1e300, (str(int(1e300)),)),
        (True, ("true",)),
        (False, ("false",)),
        (None, ()),
        (["a", 3], ("a", "3")),
    ],
)
def test_values_are_compared_as_text(value: Any, texts: tuple[str, ...]) -> None:
    """Numbers and booleans as JSON writes them; of an array each element counts."""
    assert texts_of(value) == texts


def test_a_changed_subscription_is_told_of_what_it_now_asks_for() -> None:
    """Putting it again leaves nothing of what it asked for; dropping it leaves nothing at all."""
    matcher = Matcher([wanted("one", age="17"), wanted("two")])
    matcher.put(wanted("one", B))
    assert matcher.matching(event(age=17)) == ["two"]
    assert matcher.matching(event(B)) == ["one"]
    matcher.drop("one")
    matcher.drop("nobody")
    assert (matcher.matching(event(B)), len(matcher)) == ([], 1)


TYPES = st.sampled_from([A, B])
KEYS, VALUES = ["x", "y", "z"], ["0", "1", "2"]
CONDITIONS = st.lists(
    st.tuples(st.sampled_from(KEYS), st.frozensets(st.sampled_from(VALUES), min_size=1)),
    max_size=3,
)
CHANGES = st.lists(st.tuples(st.integers(0, 6), TYPES, CONDITIONS, st.booleans()), max_size=25)
FILTERING = st.dictionaries(
    st.sampled_from(KEYS),
    st.one_of(st.integers(0, 2), st.lists(st.sampled_from(VALUES), max_size=3)),
)


@given(CHANGES, TYPES, FILTERING)
def test_looking_up_finds_what_looking_through_finds(
    changes: list[Any], type: str, filtering: Json
) -> None:
    """After any changes, the same as comparing every subscription with the event."""
    matcher, plain = Matcher(), dict[str, Wanted]()
    for number, of, conditions, gone in changes:
        each = Wanted(f"s{number}", of, tuple(conditions))
        matcher.drop(each.id) if gone else matcher.put(each)
        plain.pop(each.id, None)
        if not gone:
            plain[each.id] = each
    assert matcher.asks_for(type) == any(each.type == type for each in plain.values())
    found = matcher.matching(event(type, **filtering))
    assert len(set(found)) == len(found)
    assert set(found) == {
        each.id
        for each in plain.values()
        if each.type == type
        and all(values & set(texts_of(filtering.get(key))) for key, values in each.conditions)
    }


def test_ten_thousand_subscriptions_cost_an_event_little() -> None:
    """Two thousand events are matched with ten thousand subscriptions in less than half a second;
    `bench` says what it is on an idle machine."""
    matcher = Matcher(
        wanted(f"s{n}", practice=f"P{n % 4000}", age=str(n % 90)) for n in range(10_000)
    )
    events = [event(practice=f"P{n}", age=n % 90) for n in range(2_000)]
    began = process_time()
    found = [matcher.matching(each) for each in events]
    assert process_time() - began < 0.5
    assert all(len(each) <= 3 for each in found)


def test_the_matcher_of_a_store_holds_every_active_subscription(openroots: Nation) -> None:
    """Whoever owns them; those that were removed are not among them."""
    mine = subscribe(openroots, f"eventType={A}")
    other = subscribe(openroots, f"eventType='{A}' AND changed_name='true'", OTHER)
    gone = subscribe(openroots, f"eventType={A}")
    ask(openroots, "DELETE", f"/subscriptions/{gone}")
    matcher = matcher_of(openroots.house.world.store.snapshot())
    assert set(matcher.matching(event(changed_name=True))) == {mine, other}
    assert matcher.matching(event(changed_name=False)) == [mine]


def test_whoever_follows_the_feed_knows_every_change(openroots: Nation) -> None:
    """Each signal about a subscription brings the matcher to where a fresh one would be; other
    signals leave it alone."""
    store = openroots.house.world.store
    matcher, seen = matcher_of(store.snapshot()), 0

    def step() -> list[bool]:
        nonlocal seen
        tolds = feed(openroots)[seen:]
        seen += len(tolds)
        return [follow(matcher, told, store.snapshot()) for told in tolds]

    id = subscribe(openroots, f"eventType={A}", endpoint=f"{QUEUE}one")
    publish(openroots)
    assert step() == [True, False]
    assert matcher.matching(event()) == [id]
    ask(openroots, "PUT", f"/subscriptions/{id}", subscription(f"eventType={B}"))
    assert step() == [True]
    assert (matcher.matching(event()), matcher.matching(event(B))) == ([], [id])
    ask(openroots, "DELETE", f"/subscriptions/{id}")
    assert step() == [True]
    assert len(matcher) == 0


def test_a_signal_that_could_not_be_followed_is_followed_later(openroots: Nation) -> None:
    """Who goes by a list is known by the list alone: they are not forgotten meanwhile."""
    body: Json = {"name": "ours", "numbers": ["9000000009"]}
    sent = "application/json"
    list_id = ask(openroots, "POST", "/lists", body, type=sent).body["id"]
    id = subscribe(openroots, f"eventType='{A}' AND list='{list_id}'")
    store = openroots.house.world.store
    matcher = matcher_of(store.snapshot())
    body["numbers"] = ["9000000017"]
    ask(openroots, "PUT", f"/lists/{list_id}", body, type=sent)
    told = feed(openroots)[-1]

    class Away:
        def read(self, keys: Sequence[Key]) -> dict[Key, Row]:
            raise Unavailable("the server is away")

    with pytest.raises(Unavailable):
        follow(matcher, told, cast(Snapshot, Away()))
    assert follow(matcher, told, store.snapshot())
    assert matcher.matching(event(subject="9000000017")) == [id]
    assert matcher.matching(event()) == []


def test_what_events_do_not_tell_is_asked_for_while_a_subscription_goes_by_it() -> None:
    """Where somebody lives need not be worked out for events that nobody chooses by it."""
    matcher = Matcher([wanted("one"), wanted("two", practice="Y12345", residence="home")])
    assert list(matcher.hidden(A)) == ["residence"]
    assert list(matcher.hidden(B)) == []
    matcher.put(wanted("three", residence="home", residencearea="LS"))
    matcher.drop("two")
    assert set(matcher.hidden(A)) == {"residence", "residencearea"}
    matcher.drop("three")
    assert list(matcher.hidden(A)) == []
