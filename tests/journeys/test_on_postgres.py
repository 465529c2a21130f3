"""The whole house stands on PostgreSQL as it does on SQLite."""

import asyncio
import pkgutil
import re
from importlib import import_module
from urllib.parse import urlsplit

import httpx
import pytest

from openroots.gateway import tooling
from openroots.testing import KEY, open_nation
from tests.conftest import execute
from tests.gateway.door import Door

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}

APP = "ashby-practice-system"
NEW_APP = {"id": "ours", "name": "Ours", "setting": "hospital", "ods_code": "Y90009"}
NURSE = {"organisation": "Y90001", "code": "R8001"}
SMITH = {"family": "Smith", "given": ["Jane"], "born": "2010-10-22"}
COLUMNS = "nhs_number,family_name,given_names,gender,birth_date,address_line_1,postcode"
FILE = f"{COLUMNS}\n,Ashe,Tamsin,female,1980-02-03,1 High Street,LS1 1AA\n"
PROXY = {"patient": "9000000009", "proxy": "9000000017", "permissions": ["demographics:read"]}
FAULT = {"endpoint": "demographics.*", "application": APP}
# What is asked, and the status that is answered. A sandbox is a file also beside a database.
ASKED = [
    ("GET", "/health", None, 200),
    ("GET", "/status", None, 200),
    ("GET", "/clock", None, 200),
    ("POST", "/clock", {"to": "+1d"}, 200),
    ("GET", "/config", None, 200),
    ("POST", "/save", {"file": "/tmp/state.openroots"}, 409),
    ("POST", "/restore", {"file": "/tmp/state.openroots"}, 409),
    ("POST", "/reset", {}, 409),
    ("POST", "/prune", {}, 200),
    ("GET", "/standards", None, 200),
    ("GET", "/standards/no-fax", None, 200),
    ("GET", "/dry-run?standard=no-fax&on=2027-01-01", None, 200),
    ("GET", "/rulebook", None, 200),
    ("GET", "/rulebook/signed", None, 200),
    ("POST", "/rulebook/pull", {}, 409),
    ("POST", "/rulebook/back", {}, 200),
    ("POST", "/standards/count", {}, 200),
    ("GET", "/programmes/standards", None, 200),
    ("POST", "/people/trace", {"people": [SMITH]}, 200),
    ("POST", "/tokens", {"application": APP, "as": "citizen:9000000009"}, 200),
    ("GET", "/sandboxes", None, 200),
    ("POST", "/sandboxes", {"name": "kim", "people": 0}, 200),
    ("GET", "/sandboxes/kim", None, 200),
    ("POST", "/sandboxes/kim/clock", {"to": "+1d"}, 200),
    ("POST", "/sandboxes/kim/reset", {}, 200),
    ("POST", "/sandboxes/kim/save", {"file": "not whole"}, 400),
    ("POST", "/sandboxes/kim/restore", {"file": "not whole"}, 400),
    ("POST", "/sandboxes/kim/drop", {}, 200),
    ("DELETE", "/sandboxes/kim", None, 404),
    ("GET", "/requests", None, 200),
    ("GET", "/requests/none", None, 404),
    ("GET", "/requests/export?as=har", None, 200),
    ("GET", "/requests/live", None, 200),
    ("POST", "/requests/none/replay", {}, 404),
    ("GET", "/why/last", None, 404),
    ("GET", "/audit?subject=9000000009", None, 200),
    ("POST", "/audit/erase", {"subject": "9000000025"}, 200),
    ("POST", "/erase", {"subject": "9000000033"}, 200),
    ("GET", "/products", None, 200),
    ("GET", "/applications", None, 200),
    ("GET", f"/applications/{APP}", None, 200),
    ("POST", "/applications", NEW_APP, 200),
    ("POST", "/applications/ours", {"status": "revoked"}, 200),
    ("POST", "/applications/ours/rotate-key", {"end": True}, 200),
    ("POST", "/applications/ours/rotate-key", {"finish": "secret"}, 200),
    ("POST", "/people/load", {"text": FILE}, 200),
    ("POST", "/people/make", {"like": "twin", "count": 1}, 200),
    ("GET", "/people/export?number=9000000009", None, 200),
    ("GET", f"/client-report?application={APP}", None, 200),
    ("GET", "/faults", None, 200),
    ("POST", "/faults", FAULT, 200),
    ("POST", "/faults/clear", {}, 200),
    ("GET", "/staff", None, 200),
    ("GET", "/staff/910000000012", None, 200),
    ("POST", "/staff/910000000023/roles", NURSE, 200),
    ("POST", "/staff/910000000023/roles/none/end", {}, 404),
    ("POST", "/staff/910000000023/end", {}, 200),
    ("GET", "/deliveries", None, 200),
    ("GET", "/deliveries/none", None, 404),
    ("POST", "/deliveries/none/pause", {}, 404),
    ("POST", "/deliveries/none/replay", {"since": "2026-11-21"}, 404),
    ("POST", "/mailboxes", {}, 400),
    ("GET", "/agreements", None, 200),
    ("GET", "/agreements/none", None, 404),
    ("POST", "/agreements", {}, 400),
    ("POST", "/agreements/none/end", {"reason": "tried"}, 404),
    ("GET", "/who-could-read?subject=9000000009", None, 200),
    ("GET", "/what-if/agreements/none/ends", None, 404),
    ("GET", "/alerts", None, 200),
    ("POST", "/opt-outs", {"subject": "9000000009"}, 200),
    ("POST", "/proxies", PROXY, 200),
    ("GET", "/people?kind=restricted", None, 200),
    ("GET", "/administrators", None, 200),
    ("POST", "/administrators", {"id": "kim@example.com", "name": "Kim"}, 200),
    ("POST", "/administrators/kim@example.com/end", {}, 200),
    ("GET", "/keys", None, 200),
    ("POST", "/keys/rotate", {}, 200),
]

pytestmark = pytest.mark.postgres


def test_a_world_on_postgresql(new_database, tmp_path):
    """It is seeded, read, updated and audited there, keeps all of it, and opens again with it."""
    database = new_database()
    nation = open_nation(tmp_path, people=20, store=database)
    assert nation.ask("GET", JANE, headers={"apikey": KEY}).headers["etag"] == 'W/"2"'
    told = nation.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'})
    assert (told.status, nation.signals()) == (200, ["pds-record-change-2"])
    stale = nation.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'})
    assert (stale.status, stale.code) == (409, "RESOURCE_VERSION_MISMATCH")
    assert [entry["status"] for entry in nation.audit()] == [200, 200, 409]
    nation.close()
    again = open_nation(tmp_path, people=20, store=database)
    assert again.ask("GET", JANE).headers["etag"] == 'W/"3"'
    again.close()


def test_whoever_starts_a_second_node_is_warned(new_database, tmp_path, caplog):
    """Of the first, which goes on; whoever starts one alone is not."""
    database = new_database()
    first = open_nation(tmp_path / "one", people=0, store=database)
    assert caplog.messages == []
    second = open_nation(tmp_path / "two", people=0, store=database)
    [told] = caplog.messages
    assert told.endswith("has this database open, too: run one on a database for now")
    assert str(tmp_path / "one")[-20:] in told
    second.close()
    first.close()


def test_a_database_that_is_gone_is_told_by_the_status_of_every_service(new_database, tmp_path):
    """A monitor need not ask for a record to know that none can be had."""
    database, elsewhere = new_database(), new_database()
    nation = open_nation(tmp_path, people=0, store=database)
    status = f"{nation.url}/personal-demographics/FHIR/R4/_status"
    assert httpx.get(status).json()["status"] == "pass"
    name = urlsplit(database).path.strip("/")
    asyncio.run(execute(elsewhere, f"DROP DATABASE {name} WITH (FORCE)"))
    failing = httpx.get(status, timeout=30)
    assert (failing.status_code, failing.json()["checks"]["store"]) == (503, [{"status": "fail"}])
    assert nation.ask("GET", JANE).status == 503
    nation.close()


def test_all_that_the_tooling_does_is_done_on_postgresql(new_database, tmp_path):
    """Its snapshots wait for another machine, so no route reads one where all requests would."""
    nation = open_nation(tmp_path, people=20, store=new_database())
    door = Door(nation)
    told = [(*asked, door.ask(*asked)) for *asked, _ in ASKED]
    nation.close()
    wrong = [
        (method, path, status, answer)
        for (*_, wanted), (method, path, _, (status, answer)) in zip(ASKED, told, strict=True)
        if status != wanted
    ]
    assert wrong == []


def test_every_route_of_the_tooling_is_tried():
    """What a later hand adds is added here too."""
    modules = [import_module(f"{tooling.__name__}.{one.name}") for one in _beside(tooling)]
    declared = [route for module in modules for route in getattr(module, "route", ())]
    tried = [(method, path.partition("?")[0]) for method, path, *_ in ASKED]
    untried = [
        (route.method, route.path)
        for route in declared
        if not any(_fits(route, method, path) for method, path in tried)
    ]
    assert untried == []


def _beside(package):
    return pkgutil.iter_modules(package.__path__)


def _fits(route, method, path):
    pattern = re.sub(r"{\w+}", "[^/]+", route.path)
    return route.method == method and re.fullmatch(pattern, path)
