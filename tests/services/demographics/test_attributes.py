"""What the attributes of an application let it see and do, through the whole gateway."""

import orjson
import pytest

from openroots.fhir.patient import BIRTH_PLACE, CONSENT, PREFERRED_DISPENSER, REMOVAL, extension
from openroots.population.lives import REMOVALS
from openroots.service import Access, Caller
from openroots.services.demographics.views import OTHER_REASON
from openroots.storage import Change
from openroots.testing import openroots_nation

PDS = "/personal-demographics/FHIR/R4"
JANE = "9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
UPDATE = {"apim-app-flow-vars": {"pds": {"app-restricted": {"update": True}}}}
REASONS = {"return-confidential-reason-for-removal": "true"}
CONSENTS = {"return-nhs-record-sharing-consent": "true"}
EMPTY_LINES = {"return-empty-address-lines": True}
MINE = "ferndale-records-service"


def application(attributes=None, access=Access.APPLICATION):
    """An application that asks for itself, with these attributes."""
    return Caller("mine", "Y12345", access, attributes=attributes or {})


def patch(nation, body=MALE, version=2, **asked):
    """Change Jane's record."""
    headers = {"If-Match": f'W/"{version}"', **asked.pop("headers", {})}
    return nation.ask("PATCH", f"{PDS}/Patient/{JANE}", body, headers=headers, **asked)


def stored(nation):
    """Jane's record in full."""
    return nation.house.world.store.snapshot().read([("Patient", JANE)])["Patient", JANE]


def holding(nation, old, new):
    """Jane's record with some of its bytes replaced."""
    row = stored(nation)
    assert old in row.raw
    body = orjson.loads(row.raw.replace(old, new))
    return nation.holds(Change("Patient", JANE, body, row.version, row.subject))


def seen(nation, attributes):
    """Jane's record as an application with these attributes sees it."""
    return nation.ask("GET", f"{PDS}/Patient/{JANE}", caller=application(attributes)).body


@pytest.fixture
def strict(openroots_seeded):
    """A world in which applications ask for themselves, by their tokens."""
    with openroots_nation(openroots_seeded, auth="real") as nation:
        yield nation


def test_an_application_updates_by_itself_only_where_it_was_granted(strict):
    """Of two applications that ask for themselves, the one that was granted it updates a record;
    the other is told that its app may not, in the published words."""
    refused = patch(strict, headers=strict.token())
    [issue] = refused.body["issue"]
    assert (refused.status, refused.code, issue["code"]) == (403, "INVALID_METHOD", "forbidden")
    assert issue["details"]["coding"][0]["display"] == (
        "Cannot update resource with application-restricted access token"
    )
    assert issue["diagnostics"] == (
        "Your app has insufficient permissions to use this method. Please contact support."
    )
    told = patch(strict, headers=strict.token(MINE))
    assert (told.status, told.body["gender"], told.headers["etag"]) == (200, "male", 'W/"3"')


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"apim-app-flow-vars": {}},
        {"apim-app-flow-vars": {"pds": True}},
        {"apim-app-flow-vars": {"pds": {"app-restricted": {"update": "true"}}}},
        {"apim-app-flow-vars": {"pds": {"app-restricted": {"update": False}}}},
        {"apim-app-flow-vars": {"mns": {"app-restricted": {"update": True}}}},
    ],
)
def test_nothing_less_than_the_grant_will_do(openroots, attributes):
    """Flow variables that say anything else let an application update nothing."""
    assert patch(openroots, caller=application(attributes)).code == "INVALID_METHOD"


def test_the_grant_is_for_application_restricted_access_only(openroots):
    """A privileged application does not update, even with the attribute."""
    told = patch(openroots, caller=application(UPDATE, Access.PRIVILEGED))
    assert told.code == "INVALID_METHOD"
    assert "privileged-application-restricted access token" in str(told.body)


@pytest.mark.parametrize(
    ("reason", "attributes", "told"),
    [
        ("AFN", {}, "ORR"),
        ("AFN", REASONS, "AFN"),
        ("SDN", REASONS, "SDN"),
        ("LDN", REASONS, "ORR"),
        ("AFN", CONSENTS, "ORR"),
        ("AFN", {"return-confidential-reason-for-removal": "false"}, "ORR"),
    ],
)
def test_confidential_reasons(openroots, reason, attributes, told):
    """With the attribute a confidential reason for removal is told, but for one that never is."""
    holding(openroots, b'"SCT"', f'"{reason}"'.encode())
    removal = extension(seen(openroots, attributes), REMOVAL)
    assert removal["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == told
    held = extension(stored(openroots).body, REMOVAL)
    assert removal["extension"][1:] == held["extension"][1:] != []


def test_a_masked_reason_reads_as_any_other_reason():
    """Nobody can tell by its words that a reason is hidden: made-up people who left for another
    reason have the very same."""
    assert (OTHER_REASON["code"], OTHER_REASON["display"]) in REMOVALS


def consent(type, status):
    """What a person said of sharing their record, as the record holds it."""
    parts = [
        {"url": url, "valueCodeableConcept": {"coding": [{"code": code}]}}
        for url, code in (("type", type), ("status", status))
    ]
    return {"url": CONSENT, "extension": parts}


def holding_consent(nation, type, status):
    """Jane's record with a consent before all its other extensions."""
    row = stored(nation)
    body = row.body | {"extension": [consent(type, status), *row.body["extension"]]}
    return nation.holds(Change("Patient", JANE, body, row.version, row.subject))


@pytest.mark.parametrize(
    ("type", "status", "attributes", "is_told"),
    [
        ("4", "1", CONSENTS, True),
        ("4", "2", CONSENTS, True),
        ("4", "3", CONSENTS, False),
        ("1", "1", CONSENTS, False),
        ("4", "1", {}, False),
        ("4", "1", REASONS, False),
    ],
)
def test_consent_to_sharing(openroots, type, status, attributes, is_told):
    """Only with the attribute is it told whether the person consents or dissents, and only of the
    sharing of records."""
    holding_consent(openroots, type, status)
    record = seen(openroots, attributes)
    assert bool(extension(record, CONSENT)) is is_told
    assert extension(record, BIRTH_PLACE)


def test_of_several_consents_those_are_told_that_may_be(openroots):
    """One that is told brings no other with it, and one that is hidden takes no other away."""
    holding_consent(openroots, "1", "1")
    holding_consent(openroots, "4", "2")
    record = seen(openroots, CONSENTS)
    assert [one for one in record["extension"] if one["url"] == CONSENT] == [consent("4", "2")]
    assert CONSENT not in str(seen(openroots, {}))


@pytest.mark.parametrize(
    ("kind", "part"), [("removed-in-confidence", "extension"), ("empty-line", "address")]
)
def test_a_fresh_world_has_somebody_for_each_grant(strict, kind, part):
    """Of two ready-made applications, the one that was granted it is shown more of who is found to
    be of the kind."""
    path = f"{PDS}/Patient/{strict.people(kind, 1)[0]['number']}"
    shown, hidden = (
        strict.ask("GET", path, headers=headers).body
        for headers in (strict.token(MINE), strict.token())
    )
    assert {name for name in shown if shown[name] != hidden[name]} == {part}


def test_someone_consents_in_every_fresh_world(strict):
    """Of two ready-made applications, the one that was granted it is told that Susan Pemberton
    lets her record be shared."""
    susan = f"{PDS}/Patient/9732019395"
    assert extension(strict.ask("GET", susan, headers=strict.token(MINE)).body, CONSENT)
    assert not extension(strict.ask("GET", susan, headers=strict.token()).body, CONSENT)


def test_empty_lines(openroots):
    """The lines of an address that hold nothing are shown with the attribute only."""
    holding(openroots, b'"Boar Lane","City Centre"', b'"","City Centre"')
    lines = ["1 Trevelyan Square", "", "City Centre", "Leeds", "West Yorkshire"]
    assert seen(openroots, EMPTY_LINES)["address"][0]["line"] == lines
    assert seen(openroots, {})["address"][0]["line"] == [line for line in lines if line]


def test_what_is_hidden_outlasts_a_patch_by_those_who_do_not_see_it(openroots):
    """A change by someone who is shown less than is held leaves what they are not shown in place,
    and does not tell them of it."""
    holding_consent(openroots, "4", "2")
    holding(openroots, b'"SCT"', b'"AFN"')
    holding(openroots, b'"Boar Lane","City Centre"', b'"","City Centre"')
    told = patch(openroots, version=5)
    assert CONSENT not in told.raw.decode()
    assert b'"AFN"' not in told.raw
    assert b'""' not in told.raw
    kept = stored(openroots)
    assert kept.body["gender"] == "male"
    assert extension(kept.body, CONSENT) == consent("4", "2")
    [removal] = [one for one in kept.body["extension"] if one["url"] == REMOVAL]
    assert b'"AFN"' in orjson.dumps(removal)
    assert kept.body["address"][0]["line"][1] == ""


def test_empty_lines_outlast_a_change_of_another_address(openroots):
    """A change of one address leaves the empty lines of the others, which the client never saw."""
    holding(openroots, b'"Boar Lane","City Centre"', b'"","City Centre"')
    told = {"op": "replace", "path": "/address/1/id", "value": "T456"}
    line = {"op": "replace", "path": "/address/1/line/0", "value": "2 Trevelyan Square"}
    assert patch(openroots, {"patches": [told, line]}, version=3).status == 200
    home, away = (address["line"] for address in stored(openroots).body["address"])
    assert (home[:3], away[0]) == (["1 Trevelyan Square", "", "City Centre"], "2 Trevelyan Square")
    assert "" not in away


def test_places_are_counted_as_they_are_shown(openroots):
    """An index in a patch means what the client sees at that place, not what is held there."""
    holding_consent(openroots, "4", "2")
    removal = {
        "patches": [
            {"op": "test", "path": "/extension/1/url", "value": PREFERRED_DISPENSER},
            {"op": "remove", "path": "/extension/1"},
        ]
    }
    assert patch(openroots, removal, version=3).status == 200
    kept = stored(openroots).body
    assert not extension(kept, PREFERRED_DISPENSER)
    assert extension(kept, CONSENT)


@pytest.mark.parametrize("name", ["Nhse-Pds-Custom-Attributes", "Nhse-Pds-Privileged-Access"])
def test_a_client_cannot_grant_itself_anything(openroots, name):
    """Headers in which the platform tells PDS what an application was granted count for nothing
    when a client sends them, and are not sent back."""
    holding(openroots, b'"SCT"', b'"AFN"')
    header = {name: '{"return-confidential-reason-for-removal": true, "update": true}'}
    plain = openroots.ask("GET", f"{PDS}/Patient/{JANE}", caller=application())
    told = openroots.ask("GET", f"{PDS}/Patient/{JANE}", caller=application(), headers=header)
    assert told.raw == plain.raw
    assert told.headers.keys() == plain.headers.keys()
    assert name.lower() not in told.headers
    restricted = openroots.ask("GET", f"{PDS}/Patient/9000000025", headers=header)
    assert "address" not in restricted.body
    assert patch(openroots, caller=application(), headers=header, version=3).status == 403
