"""Who may ask what: each endpoint permits and refuses as the published API says, for every mode."""

import pytest

from openroots.storage import Change
from openroots.testing import openroots_nation

PDS = "/personal-demographics/FHIR/R4"
JANE = "9000000009"
APP, UPDATING = "ashby-practice-system", "ferndale-records-service"
PATCH = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}

# How somebody can be known, where tokens are compulsory: with a token of the application itself,
# of one that may update, of one that is privileged, of a member of staff, of the patient.
MODES = {
    "application": (APP, ""),
    "updating": (UPDATING, ""),
    "privileged": ("privileged", ""),
    "worker": (APP, "staff:910000000012"),
    "patient": (APP, f"citizen:{JANE}"),
}
ALL = set(MODES)

# As PDS publishes it: the operation, how it is asked, and who may.
TABLE = [
    ("GET", f"/Patient/{JANE}", None, ALL),
    ("GET", f"/Patient/{JANE}/RelatedPerson", None, ALL),
    ("GET", "/Patient?family=Smith&gender=female&birthdate=eq2010-10-22", None, ALL - {"patient"}),
    ("POST", "/Patient", {}, {"worker"}),
    ("POST", "/Patient/$process-birth-details", {}, {"worker"}),
    ("PATCH", f"/Patient/{JANE}", PATCH, {"updating", "worker", "patient"}),
    ("GET", f"/Coverage?subscriber:identifier={JANE}", None, {"patient"}),
    ("POST", "/Coverage", {}, {"patient"}),
]
BODIES = {"POST": "application/fhir+json", "PATCH": "application/json-patch+json"}


@pytest.fixture(scope="module")
def strict(openroots_seeded):
    """A world in which tokens are compulsory, and which has a privileged application."""
    with openroots_nation(openroots_seeded, auth="real") as nation:
        db = nation.house.world.store.snapshot()
        body = db.read([("Application", APP)])["Application", APP].body
        products = [*body["products"], "privileged-personal-demographics-service"]
        privileged = {**body, "id": "privileged", "products": products}
        yield nation.holds(Change("Application", "privileged", privileged, 0))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("method", "path", "body", "permitted"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE]
)
def test_each_operation_is_for_the_modes_that_are_published(
    strict, mode, method, path, body, permitted
):
    """An access mode that is permitted gets beyond the policy; any other is refused with 403."""
    headers = strict.token(*MODES[mode]) | {"If-Match": 'W/"999"'}
    if body is not None:
        headers["Content-Type"] = BODIES[method]
    told = strict.ask(method, PDS + path, body, headers=headers)
    rules = strict.audit()[-1]["rules"]
    if mode in permitted:
        assert told.status not in (401, 403), told.raw
        assert rules[0].startswith("access-mode:")
    else:
        assert (told.status, rules) == (403, ["access-mode"])


@pytest.mark.parametrize("number", ["9000000017", "9732019395", "5900053636", "9111231130"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/Patient/{}", None),
        ("GET", "/Patient/{}/RelatedPerson", None),
        ("PATCH", "/Patient/{}", PATCH),
        ("GET", "/Coverage?subscriber:identifier={}", None),
    ],
)
def test_a_patient_learns_nothing_of_another(strict, number, method, path, body):
    """By whatever operation a patient asks for another number, they are refused, in the same words
    whether it is somebody's or not."""
    headers = strict.token(*MODES["patient"]) | {"If-Match": 'W/"2"'}
    if body is not None:
        headers["Content-Type"] = BODIES[method]
    told = strict.ask(method, PDS + path.format(number), body, headers=headers)
    assert told.status == 403
    assert number not in told.raw.decode()
    assert strict.audit()[-1]["subjects"] == []


def test_every_operation_is_in_the_table(strict):
    """No operation of demographics is missing from the table above but $validate, which looks at
    nobody's data and is for all."""
    [service] = [each for each in strict.house.gateway.services if each.name == "demographics"]
    published = [each for each in service.endpoints if "$validate" not in each.path]
    assert len(TABLE) == len(published)


def test_every_endpoint_refuses_who_has_no_token(strict):
    """Where tokens are compulsory, no endpoint of any API answers a request without one, unless it
    is one at which nobody is asked who they are."""
    open_ones = set()
    for service in strict.house.gateway.services:
        for endpoint in service.endpoints:
            path = service.base + endpoint.path.replace("{", "").replace("}", "")
            given = {rule.name: rule.example for rule in endpoint.rules if rule.example}
            told = strict.ask(endpoint.method, path, headers=given)
            if "open-access" in endpoint.access:
                open_ones.add(service.name)
            else:
                assert told.status in (400, 401, 403), (endpoint.id, told.status, told.raw)
    assert "demographics" not in open_ones


@pytest.mark.parametrize("given", [None, " ", "Bearer"])
def test_who_has_no_token_is_told_how_to_get_one(strict, given):
    """Where tokens are compulsory, a key is no way to mend a request without one."""
    headers = {} if given is None else {"authorization": given}
    told = strict.ask("GET", f"{PDS}/Patient/{JANE}", headers=headers)
    [(*_, mend)] = [step for step in strict.trails()[-1]["steps"] if step[0] == "refused"]
    assert told.status == 401
    assert "Bearer" in mend
    assert "openroots token --app ID" in mend


def test_an_application_that_is_not_subscribed_is_told_to_what(strict):
    """Each API refuses it in its own shape, and the trail names the product and the command."""
    db = strict.house.world.store.snapshot()
    body = db.read([("Application", APP)])["Application", APP].body
    few = {**body, "id": "few", "products": ["explanations"]}
    strict.holds(Change("Application", "few", few, 0))
    asked = strict.token("few") | {"x-correlation-id": "mine"}
    told = strict.ask("GET", "/multicast-notification-service/subscriptions", headers=asked)
    fault = told.body["fault"]
    assert (told.status, fault["faultstring"]) == (401, "Invalid ApiKey for given resource")
    assert fault["detail"]["errorcode"] == "oauth.v2.InvalidApiKeyForGivenResource"
    [(*_, mend)] = [step for step in strict.trails()[-1]["steps"] if step[0] == "refused"]
    assert "openroots app subscribe ID multicast-notification-service" in mend
    assert strict.ask("GET", f"{PDS}/Patient/{JANE}", headers=asked).status == 401


def test_who_may_use_an_operation_is_said_to_whoever_may_not(strict):
    """The mend names the access modes, not only that another is needed."""
    path = f"{PDS}/Coverage?subscriber:identifier={JANE}"
    assert strict.ask("GET", path, headers=strict.token(*MODES["worker"])).status == 403
    [(*_, mend)] = [step for step in strict.trails()[-1]["steps"] if step[0] == "refused"]
    assert mend == "Ask with a token for patient access."
