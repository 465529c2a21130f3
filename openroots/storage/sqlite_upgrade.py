"""Works out again, for a SQLite store of an earlier version, what follows from its versions.

For `sqlite_schema`. Each version is read once, and only what comes out otherwise is written: so a
store of a million people, of whom a few are found otherwise now, is done in minutes, and its log
stays small.

Source: none.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import apsw
import orjson

from openroots.storage.forms import Forms, packed
from openroots.storage.phrases import whole
from openroots.storage.search import EXISTS
from openroots.storage.spans import TOLD_EVERY, Tell, spans
from openroots.storage.sqlite_transaction import FOREVER, read_labels
from openroots.storage.submission import packed_terms, read_terms
from openroots.storage.types import Terms

ALL = """
SELECT n, type, id, t, raw, ifnull(forms, x''), ifnull(terms, ''), subject, holder, labels
FROM version ORDER BY type, id, version
"""


class Version(NamedTuple):
    """One version of a resource, as it is kept."""

    n: int
    type: str
    id: str
    t: int
    raw: bytes
    forms: bytes
    terms: str
    subject: str
    holder: str
    labels: str


def work_out_again(db: apsw.Connection, terms: Terms, forms: Forms, tell: Tell, anew: bool) -> None:
    """Bring the forms and terms beside all versions to what they are now, and the index with them;
    `anew` where the store does not know what each version was found by. In the caller's
    transaction."""
    if anew:
        db.execute("DELETE FROM term")
    done, of = 0, db.execute("SELECT count(*) FROM version").get
    tell(done, of)
    for before in _resources(db):
        after = [_worked_out(version, terms, forms) for version in before]
        changed = [now for was, now in zip(before, after, strict=True) if was != now]
        for version in changed:
            beside = version.forms, version.terms, version.n
            db.execute("UPDATE version SET forms = ?, terms = ? WHERE n = ?", beside)
        if anew or [each.terms for each in before] != [each.terms for each in after]:
            _index(db, before, after)
        done += len(before)
        if done == of or done % TOLD_EVERY < len(before):
            tell(done, of)


def _resources(db: apsw.Connection) -> Iterator[list[Version]]:
    """All versions of each resource, the oldest first."""
    found = map(Version._make, db.cursor().execute(ALL))
    return (list(each) for _, each in groupby(found, key=lambda version: version[1:3]))


def _worked_out(version: Version, terms: Terms, forms: Forms) -> Version:
    """With the forms and terms that it has now; a removed one has none to work out."""
    if not version.raw:
        return version
    body = orjson.loads(whole(version.raw))
    found = frozenset({(EXISTS, ""), *terms(version.type, body)})
    kept = packed(forms(version.type, body, read_labels(version.labels)))
    return version._replace(forms=kept, terms=packed_terms(found))


def _index(db: apsw.Connection, before: Sequence[Version], after: Sequence[Version]) -> None:
    """Find a resource, through all its time, by what it is found by now."""
    type, id = after[0].type, after[0].id
    gone = {pair for version in before for pair in read_terms(version.terms)}
    db.executemany(
        "DELETE FROM term WHERE type = ? AND name = ? AND value = ? AND id = ?",
        [(type, *pair, id) for pair in gone],
    )
    told = ((each.t, read_terms(each.terms), tuple(each[-3:])) for each in after)
    rows = [
        (type, *pair, id, since, until, *marks)
        for pair, since, until, marks in spans(told, FOREVER)
    ]
    db.executemany("INSERT INTO term VALUES (?,?,?,?,?,?,?,?,?)", rows)
