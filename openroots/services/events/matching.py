"""Which subscriptions an event is for: compiled subscriptions, looked up and not searched.

For delivery. Subscriptions are kept by event type. One that wants more than a type is kept under
one of its conditions, the one that the fewest others have in common with it; the rest is compared
where that one holds. So what an event costs does not grow with the number of subscriptions that
are not for it. A change compiles one subscription afresh and touches no other.

Source: none.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from openroots.problem import Json
from openroots.services.events.attributes import (
    Attributes,
    attributes_of,
    residences_of,
    texts_of,
)
from openroots.services.events.criteria import parse
from openroots.services.events.names import (
    HIDDEN,
    LIST,
    OWNER,
    PEOPLE_LIST,
    RESIDENCE,
    SUBJECT,
    SUBSCRIPTION,
    SUBSCRIPTION_CHANGED,
)
from openroots.storage import Query, Snapshot, Told

AT_ONCE = 500  # subscriptions read together
NOBODY = frozenset({""})  # what no event has

Condition = tuple[str, frozenset[str]]  # a filter, and the values of which one must be there


class Wanted(NamedTuple):
    """A compiled subscription: events of this type, of which every condition holds.

    `lists` are the lists of people that the conditions were made from.
    """

    id: str
    type: str
    conditions: tuple[Condition, ...] = ()
    lists: tuple[str, ...] = ()


class _OfType:
    """The subscriptions to one type of event."""

    __slots__ = ("all", "by_filter", "hidden")

    def __init__(self) -> None:
        self.hidden: Counter[str] = Counter()  # how many go by each of HIDDEN
        self.all: dict[str, None] = {}
        self.by_filter: dict[str, dict[str, dict[str, tuple[Condition, ...]]]] = {}

    def put(self, wanted: Wanted) -> None:
        if not wanted.conditions:
            self.all[wanted.id] = None
            return
        if hidden := _hidden_of(wanted):
            self.hidden.update(hidden)
        rarest = min(wanted.conditions, key=self._commonness)
        rest = tuple(each for each in wanted.conditions if each is not rarest)
        for value in rarest[1]:
            self.by_filter.setdefault(rarest[0], {}).setdefault(value, {})[wanted.id] = rest

    def drop(self, wanted: Wanted) -> None:
        self.all.pop(wanted.id, None)
        if hidden := _hidden_of(wanted):
            self.hidden -= Counter(hidden)
        for filter, values in wanted.conditions:
            by_value = self.by_filter.get(filter, {})
            for value in values:
                found = by_value.get(value, {})
                if found.pop(wanted.id, None) is not None and not found:
                    del by_value[value]
            if filter in self.by_filter and not by_value:
                del self.by_filter[filter]

    def matching(self, attributes: Attributes) -> Iterator[str]:
        yield from self.all
        for filter, by_value in self.by_filter.items():
            for value in texts_of(attributes.get(filter)):
                for id, rest in by_value.get(value, {}).items():
                    if not rest or _hold(rest, attributes):
                        yield id

    def _commonness(self, condition: Condition) -> int:
        by_value = self.by_filter.get(condition[0], {})
        return sum(len(by_value.get(value, ())) for value in condition[1]) + len(condition[1])


class Matcher:
    """All subscriptions, compiled. One that changes is put again; `drop` forgets one."""

    def __init__(self, subscriptions: Iterable[Wanted] = ()) -> None:
        self._by_id: dict[str, Wanted] = {}
        self._by_type: dict[str, _OfType] = {}
        self._by_list: dict[str, set[str]] = {}
        for wanted in subscriptions:
            self.put(wanted)

    def __len__(self) -> int:
        return len(self._by_id)

    def matching(self, event: Json) -> list[str]:
        """The ids of the subscriptions that an event is for, each once."""
        of_type = self._by_type.get(event["type"])
        if of_type is None:
            return []
        if not of_type.by_filter:
            return list(of_type.all)
        return list(dict.fromkeys(of_type.matching(attributes_of(event))))

    def asks_for(self, type: str) -> bool:
        """Whether any subscription is to events of this type."""
        return type in self._by_type

    def hidden(self, type: str) -> Collection[str]:
        """Those filters of which events do not tell, by which any of this type are chosen."""
        of_type = self._by_type.get(type)
        return of_type.hidden if of_type is not None else ()

    def put(self, wanted: Wanted) -> None:
        """Add a subscription, in the place of the one with its id if there is one."""
        self.drop(wanted.id)
        self._by_id[wanted.id] = wanted
        self._by_type.setdefault(wanted.type, _OfType()).put(wanted)
        for list_id in wanted.lists:
            self._by_list.setdefault(list_id, set()).add(wanted.id)

    def drop(self, id: str) -> None:
        """Forget a subscription, if it is there."""
        wanted = self._by_id.pop(id, None)
        if wanted is None:
            return
        of_type = self._by_type[wanted.type]
        of_type.drop(wanted)
        if not (of_type.all or of_type.by_filter):
            del self._by_type[wanted.type]
        for list_id in wanted.lists:
            self._by_list[list_id].discard(id)

    def using(self, list_id: str) -> list[str]:
        """The subscriptions that go by this list of people."""
        return sorted(self._by_list.get(list_id, ()))


def matcher_of(db: Snapshot) -> Matcher:
    """A matcher with every subscription that the snapshot holds."""
    matcher, after = Matcher(), ""
    while True:
        page = db.search(Query(OWNER, limit=AT_ONCE, after=after))
        for wanted in compiled([row.id for row in page.rows], db):
            matcher.put(wanted)
        if not (after := page.next):
            return matcher


def follow(matcher: Matcher, told: Told, db: Snapshot) -> bool:
    """Whether a signal is about subscriptions and not for subscribers: then the matcher has been
    brought up to date with what the snapshot holds of the one that it names.

    Raises Unavailable with the matcher as it was: the signal can be followed again.
    """
    if told.signal.type != SUBSCRIPTION_CHANGED:
        return False
    type, _, id = told.signal.dataref.partition("/")
    ids = matcher.using(id) if type == PEOPLE_LIST else [id]
    found = compiled(ids, db)
    for each in ids:
        matcher.drop(each)
    for wanted in found:
        matcher.put(wanted)
    return True


def compiled(ids: Iterable[str], db: Snapshot) -> list[Wanted]:
    """The subscriptions of these ids that are there and active, compiled."""
    asked = list(ids)
    rows = db.read([(type, id) for id in asked for type in (SUBSCRIPTION, OWNER)])
    bodies = {id: row.body for (type, id), row in rows.items() if type == SUBSCRIPTION}
    owners = {id: row.body for (type, id), row in rows.items() if type == OWNER}
    keys = [key for body in bodies.values() for key in _referred(body)]
    referred = {key: row.body for key, row in db.read(keys).items()} if keys else {}
    found = (_compiled(id, body, owners.get(id, {}), referred) for id, body in bodies.items())
    return [wanted for wanted in found if wanted is not None]


def _compiled(
    id: str, body: Json, owner: Json, referred: dict[tuple[str, str], Json]
) -> Wanted | None:
    """Its owner's row holds the conditions that criteria cannot say, with several values."""
    criteria = parse(body["criteria"])
    if criteria is None or body["status"] != "active":
        return None
    more = owner.get("conditions", ())
    conditions, lists = [(key, frozenset(values)) for key, values in more], []
    for key, value in criteria.filters:
        if key == LIST:
            lists.append(value.lower())
            numbers = referred.get((PEOPLE_LIST, value.lower()), {}).get("numbers", ())
            conditions.append((SUBJECT, frozenset(numbers) or NOBODY))
        elif key == RESIDENCE:
            places = residences_of(referred.get(("Organization", value), {}))
            conditions.append((RESIDENCE, frozenset(places) or NOBODY))
        else:
            conditions.append((key, frozenset({value})))
    return Wanted(id, criteria.type, tuple(dict.fromkeys(conditions)), tuple(lists))


def _referred(body: Json) -> Iterator[tuple[str, str]]:
    criteria = parse(body["criteria"])
    for key, value in criteria.filters if criteria else ():
        if key == LIST:
            yield PEOPLE_LIST, value.lower()
        elif key == RESIDENCE:
            yield "Organization", value


def _hidden_of(wanted: Wanted) -> list[str]:
    return [filter for filter, _ in wanted.conditions if filter in HIDDEN]


def _hold(conditions: tuple[Condition, ...], attributes: Attributes) -> bool:
    return all(not values.isdisjoint(texts_of(attributes.get(key))) for key, values in conditions)
