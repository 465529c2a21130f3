"""A Bundle of search results: put together from bytes, and what FHIR asks of one."""

from datetime import UTC, datetime

import orjson

from openroots.fhir.bundle import Entry, searchset

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_bundle_holds_each_resource_as_it_is_stored() -> None:
    """The bytes of a resource go out as they are, with where it is and how well it fits."""
    stored = b'{"resourceType":"Patient", "id":"9000000009"}'
    bundle = searchset([Entry("http://here/Patient/9000000009", stored, 0.98765)], NOON)
    assert stored in bundle
    assert orjson.loads(bundle) == {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": "2026-03-01T12:00:00+00:00",
        "total": 1,
        "entry": [
            {
                "fullUrl": "http://here/Patient/9000000009",
                "search": {"score": 0.9877},
                "resource": orjson.loads(stored),
            }
        ],
    }


def test_an_empty_bundle_has_no_entry() -> None:
    """Where nothing was found there is no `entry` at all."""
    assert orjson.loads(searchset([], NOON, meta={"versionId": "1"})) == {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": "2026-03-01T12:00:00+00:00",
        "meta": {"versionId": "1"},
        "total": 0,
    }
