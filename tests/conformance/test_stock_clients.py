"""Stock FHIR clients read, search and change people here, each as it is published.

What they need to be told is the address and, in the way that each allows, the header X-Request-ID.

Source: the documentation of fhirpy, fhirclient and fhir-kit-client.
"""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.patient import Patient
from fhirpy import AsyncFHIRClient, SyncFHIRClient

from openroots.storage import Query
from openroots.testing import Nation

PDS = "/personal-demographics/FHIR/R4"
JANE = "9000000009"
IDS = ("60E0B220-8136-4CA5-AE46-1D97EF59D068", "60E0B220-8136-4CA5-AE46-1D97EF59D069")
ID = {"X-Request-ID": IDS[0]}
SMITHS = {"family": "Smith", "birthdate": "eq2010-10-22", "gender": "female"}
IS_MALE = {"op": "replace", "path": "/gender", "value": "male"}
KIT = Path(__file__).with_name("kit.mjs")
ROOT = KIT.parents[2]


@pytest.fixture
def address(openroots: Nation) -> str:
    """Where the service is served."""
    return openroots.url + PDS


def test_fhirpy_reads_searches_and_changes(address: str) -> None:
    """With `extra_headers`; the version to change goes there too."""
    client = SyncFHIRClient(address, extra_headers=ID)
    jane = client.reference("Patient", JANE).to_resource()
    found = client.resources("Patient").search(**SMITHS).fetch_all()
    assert (jane["name"][0]["family"], [each.id for each in found]) == ("Smith", [JANE])
    assert client.execute("/metadata", method="get")["fhirVersion"] == "4.0.1"
    version = {"If-Match": f'W/"{jane["meta"]["versionId"]}"'}
    writer = SyncFHIRClient(address, extra_headers={**ID, **version})
    changed = writer.patch("Patient", JANE, patches=[IS_MALE])
    assert (changed["gender"], changed["meta"]["versionId"]) == ("male", "3")


def test_fhirpy_does_so_without_waiting(address: str) -> None:
    """Its client for asyncio."""

    async def use() -> tuple[str, list[str], str]:
        client = AsyncFHIRClient(address, extra_headers={**ID, "If-Match": 'W/"2"'})
        jane = await client.reference("Patient", JANE).to_resource()
        found = await client.resources("Patient").search(**SMITHS).fetch_all()
        changed = await client.patch("Patient", JANE, patches=[IS_MALE])
        return jane["name"][0]["family"], [each.id for each in found], changed["gender"]

    assert asyncio.run(use()) == ("Smith", [JANE], "male")


def test_fhirpy_searches_a_range_of_days(address: str) -> None:
    """Its prefixes of dates are those of FHIR, so they are those of the service."""
    search = SyncFHIRClient(address, extra_headers=ID).resources("Patient").search
    within = search(family="Smith", birthdate__ge="2010-10-21", birthdate__le="2010-10-23")
    assert JANE in [each.id for each in within.fetch()]


def test_fhirclient_reads_and_searches(address: str) -> None:
    """With the headers of its session. It holds each resource to FHIR R4 as it is read."""
    client = FHIRClient(settings={"app_id": "test", "api_base": address})
    client.server.session.headers.update(ID)
    jane = Patient.read(JANE, client.server)
    found = list(Patient.where(SMITHS).perform_resources_iter(client.server))
    assert (jane.name[0].family, [each.id for each in found]) == ("Smith", [JANE])
    assert client.prepare()
    assert client.server.capabilityStatement.fhirVersion == "4.0.1"


@pytest.mark.parametrize("form", ["", "shown", "search"])
def test_fhirclient_takes_every_record(openroots: Nation, form: str) -> None:
    """Nobody in a world has a record with an element that FHIR R4 does not have, or without one
    that it must have: in full, as callers see it, and as a search shows it."""
    db = openroots.house.world.store.snapshot()
    rows = db.search(Query("Patient", (), limit=1000, form=form)).rows
    assert [row.id for row in rows if Patient(row.body).id != row.id] == []
    assert len(rows) > 100


def test_fhir_kit_client_reads_searches_and_changes(address: str) -> None:
    """With `customHeaders`; PATCH by its plain request, as PDS wraps the operations in an object.
    Without X-Request-ID it is told which header is wanted."""
    if shutil.which("node") is None or not (ROOT / "node_modules/fhir-kit-client").is_dir():
        pytest.skip("no node here, or no fhir-kit-client: make test brings them where it can")
    command = ["node", str(KIT), address, *IDS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "fhirVersion": "4.0.1",
        "family": "Smith",
        "etag": 'W/"2"',
        "found": [JANE],
        "gender": "male",
        "refused": "Invalid request with error - X-Request-ID header must be supplied to access "
        "this resource",
    }


def put(url: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, str]:
    """What the plain client of the standard library is told: the status, and the diagnostics."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, sent, method=method)) as answer:
            return answer.status, ""
    except HTTPError as refused:
        with refused:
            [issue] = json.load(refused)["issue"]
            return refused.code, issue.get("diagnostics", "")


def why(openroots: Nation) -> str:
    """How to mend the last request, as `openroots why last` tells it."""
    openroots.run(openroots.house.journal.settled())
    token = (openroots.house.settings.state / "token").read_text().strip()
    asked = Request(f"{openroots.url}/_openroots/why/last", headers={"X-OpenRoots-Token": token})
    with urlopen(asked) as answer:
        trail = json.load(answer)
    [mend] = [mend for _, outcome, _, mend in map(tuple, trail["steps"]) if mend]
    return str(mend)


PATCH = {
    "X_Request_ID": IDS[0],
    "If_Match": 'W/"2"',
    "Content_Type": "application/json-patch+json",
}
WRAPPED = {"patches": [IS_MALE]}


@pytest.mark.parametrize(
    ("forgotten", "body", "status", "told", "snippet"),
    [
        ("X_Request_ID", WRAPPED, 400, "X-Request-ID header", '-H "X-Request-ID: $(uuidgen)"'),
        ("If_Match", WRAPPED, 412, "If-Match header", """-H 'If-Match: W/"2"'"""),
        (
            "Content_Type",
            WRAPPED,
            400,
            "",
            "-H 'Content-Type: application/json-patch+json'",
        ),
        ("", [IS_MALE], 400, "No patches found", """-d '{"patches": [{"op": "replace", """),
    ],
)
def test_a_bare_client_is_told_what_it_forgot(
    openroots: Nation, address: str, forgotten: str, body: Any, status: int, told: str, snippet: str
) -> None:
    """The answer names the header, and `why` has what to paste into the command."""
    headers = {name: value for name, value in PATCH.items() if name != forgotten}
    refused = put(f"{address}/Patient/{JANE}", "PATCH", body, **headers)
    assert refused[0] == status
    assert told in refused[1]
    assert snippet in why(openroots)


def test_what_is_pasted_mends_it(openroots: Nation, address: str) -> None:
    """With everything that it was told to send, the same request is answered."""
    assert put(f"{address}/Patient/{JANE}", "PATCH", WRAPPED, **PATCH) == (200, "")
