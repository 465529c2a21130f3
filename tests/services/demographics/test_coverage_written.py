"""Writing insurance cards: over a version that is named, once, and told of."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from openroots.services.demographics.signals import causes
from openroots.testing import Nation, Told
from tests.services.demographics.cards import card, read, write
from tests.services.demographics.desk import JANE, MINIMAL, words


def test_a_first_card(openroots: Nation) -> None:
    """A first card is written over the version that was read of none, and is there from then on."""
    told = write(openroots, card())
    assert (told.status, told.headers["etag"]) == (201, 'W/"2"')
    assert told.body == read(openroots).body
    [entry] = told.body["entry"]
    assert entry["resource"]["identifier"][0]["assigner"]["display"] == "France"


def test_a_card_is_replaced(openroots: Nation) -> None:
    """A new card takes the place of the old one: there is one at a time."""
    assert write(openroots, card(), 1).status == 201
    newer = card(payor=[{"identifier": {"value": "NEWER"}}])
    assert write(openroots, newer, 2).headers["etag"] == 'W/"3"'
    [entry] = read(openroots).body["entry"]
    assert entry["resource"]["payor"] == [{"identifier": {"value": "NEWER"}}]


@pytest.mark.parametrize(
    "type",
    ["application/json", "application/fhir+json; charset=utf-8", "application/json-patch+json"],
)
def test_media_types(openroots: Nation, type: str) -> None:
    """A card may be sent as JSON, as FHIR, or under the type that the specification names."""
    assert write(openroots, card(), content_type=type).status == 201


def test_other_media_types(openroots: Nation) -> None:
    """A body that is said to be something else is refused."""
    told = write(openroots, card(), content_type="text/plain")
    assert (told.status, told.code) == (400, "UNSUPPORTED_SERVICE")


@pytest.mark.parametrize("version", [0, 1, 3])
def test_another_version(openroots: Nation, version: int) -> None:
    """Over another version than the one that is held nothing is written."""
    told = write(openroots, card(JANE), version)
    assert (told.status, told.code, words(told)) == (409, "RESOURCE_VERSION_MISMATCH", None)
    assert read(openroots, JANE).headers["etag"] == 'W/"2"'


@pytest.mark.parametrize("named", ["", "2", "*", 'W/"x"', 'W/"2", W/"3"'])
def test_if_match_is_needed(openroots: Nation, named: str) -> None:
    """A card is sent with the version that it is to be written over, before all else."""
    told = write(openroots, {}, if_match=named, x_request_id="")
    assert (told.status, told.code) == (412, "PRECONDITION_FAILED")
    assert words(told) == (
        "Invalid request with error - If-Match header must be supplied to update this resource"
    )


def test_of_cards_sent_at_once_one_is_kept(openroots: Nation) -> None:
    """Of several cards sent over the same version at the same time one is kept, and whoever sent
    the others is told."""

    def send(nth: int) -> Told:
        body = card(payor=[{"identifier": {"value": f"INSTITUTION {nth}"}}])
        return write(openroots, body, x_request_id=str(UUID(int=nth, version=4)))

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(send, range(8)))
    [kept] = [each for each in told if each.status == 201]
    assert {each.status for each in told if each is not kept} == {409}
    assert read(openroots).body["entry"] == kept.body["entry"]


def test_a_card_sent_again(openroots: Nation) -> None:
    """The same request sent again gets its first answer, and writes nothing."""
    again = "60E0B220-8136-4CA5-AE46-1D97EF59D068"
    first = write(openroots, card(), x_request_id=again)
    second = write(openroots, card(), x_request_id=again)
    assert (second.status, second.body, second.headers["etag"]) == (201, first.body, 'W/"2"')
    assert read(openroots).headers["etag"] == 'W/"2"'
    other = card(payor=[{"identifier": {"value": "OTHER"}}])
    assert "used within the last 24 hours" in str(
        words(write(openroots, other, x_request_id=again))
    )


def test_a_new_card_is_a_change_of_the_record(openroots: Nation) -> None:
    """Subscribers are told that the record has changed, as the table of signals says, but not by
    the same card once more."""
    before = len(openroots.signals())
    write(openroots, card(), 1)
    assert openroots.signals()[before:] == ["pds-record-change-2"] == causes()["Coverage"]
    assert write(openroots, card(), 2).headers["etag"] == 'W/"3"'
    assert len(openroots.signals()) == before + 1


def test_a_card_leaves_the_version_of_the_record(openroots: Nation) -> None:
    """The versions of a person's coverage are counted apart from those of their record."""
    write(openroots, card(), 1)
    path = f"/personal-demographics/FHIR/R4/Patient/{MINIMAL}"
    assert openroots.ask("GET", path).headers["etag"] == 'W/"2"'
