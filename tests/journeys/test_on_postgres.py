"""The whole house stands on PostgreSQL as it does on SQLite."""

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest

from openroots.testing import KEY, open_nation
from tests.conftest import execute

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}

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
