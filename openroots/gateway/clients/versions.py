"""Judges how a client changes records: from the version that it saw, and afresh after a conflict.

Source: PDS FHIR API, "Update patient details"; RFC 9110 section 13.1.1 (If-Match).
"""

from collections.abc import Iterator

from openroots.gateway.clients.call import ETAG, Call
from openroots.gateway.clients.rule import Seen, Watched, against, for_it

HEADER = "if-match"
CONFLICTS = frozenset({409, 412})


def versioned(watched: Watched) -> Iterator[Seen]:
    """Each change names a version, and it is the newest that the client was shown."""
    tried: set[tuple[object, ...]] = set()
    for call in watched.calls:
        if not call.needs(HEADER):
            continue
        asked = call.request_id, call.if_match, *call.work
        if asked not in tried:  # what is asked again must be as it was
            yield from _named(call, watched)
        tried.add(asked)


def reread(watched: Watched) -> Iterator[Seen]:
    """After a conflict, the record is read before it is changed again."""
    for call in watched.calls:
        if call.status not in CONFLICTS or not call.if_match or not call.record:
            continue
        for later in watched.after(call):
            if later.reads and call.record in later.shows:
                yield for_it(later, f"read after the conflict of trail {call.id}")
                break
            if later.record == call.record and later.needs(HEADER):
                told = f"sent after the conflict of trail {call.id} without reading the record"
                yield against(later, told)
                break


def _named(call: Call, watched: Watched) -> Iterator[Seen]:
    if not call.if_match:
        yield against(call, "it has no If-Match")
        return
    found = ETAG.fullmatch(call.if_match)
    if found is None:
        yield against(call, "its If-Match is no ETag of a record")
        return
    shown = _newest(call, watched)
    if shown and int(found[1]) != shown:
        yield against(call, f"it names version {found[1]}, and was shown {shown}")
    elif shown or call.status not in CONFLICTS:
        yield for_it(call)
    else:
        yield against(call, f"it names version {found[1]}, which it was not shown")


def _newest(call: Call, watched: Watched) -> int:
    """The newest version of its record that the client had been shown before; 0 where none."""
    seen = (each for each in watched.calls if each is not call and call.after(each))
    return max((each.shows.get(call.record, 0) for each in seen), default=0)
