"""A report on a client is dated and signed, holds nobody's number, and is read by CI servers."""

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import httpx
import pytest

from openroots.gateway.clients.junit import junit
from openroots.gateway.clients.signed import sign, verify
from openroots.identity.public_keys import PublicKeys
from openroots.testing import openroots_nation
from tests.gateway.door import Door
from tests.source import ROOT

PDS = "/personal-demographics/FHIR/R4"
JANE, SUPERSEDED = f"{PDS}/Patient/9000000009", f"{PDS}/Patient/5900053636"
PAGE = ROOT / "docs" / "clients.md"
NUMBERS = ("9000000009", "5900053636", "9732019395")


@pytest.fixture(scope="module")
def nation(openroots_seeded):
    """A world in which a client has read two records, one of them wrongly."""
    with openroots_nation(openroots_seeded) as nation:
        nation.ask("GET", JANE, headers={"x-request-id": "", "x-correlation-id": "9000000009"})
        nation.ask("GET", SUPERSEDED)
        nation.ask("GET", SUPERSEDED)
        yield nation


@pytest.fixture(scope="module")
def told(nation):
    """What the tooling door answers."""
    return Door(nation).get("/client-report")


def test_a_report_says_what_was_looked_at_and_when(nation, told):
    """By both times, with how much there was of whom."""
    report = told["report"]
    assert report["wall"] == nation.wall.now().isoformat()
    assert report["time"] == nation.house.world.time.now().isoformat()
    assert (report["requests"], report["applications"]) == (3, {"": 1, "open-access": 2})
    assert sum(report["counts"].values()) == len(report["rules"])
    assert not report["passed"]


def test_a_report_holds_nobodys_number(told):
    """It is shown to others than those who sent what it is of."""
    assert "superseded-followed" in json.dumps(told)
    assert not [number for number in NUMBERS if number in json.dumps(told)]


def test_a_report_is_signed_by_its_world(nation, told):
    """Whoever has the world's public keys can tell that it was not changed since."""
    assert verify(told["signed"], PublicKeys(told["keys"]).verify) == told["report"]
    assert told["keys"] == nation.house.world.keys.public()


def test_a_report_that_was_changed_is_refused(nation, told):
    """As is one by another world, and what is no report."""
    check = PublicKeys(told["keys"]).verify
    head, body, signature = told["signed"].split(".")
    wrong = ["", "x", "a.b.c", f"{head}.{body}", f"{head}.{body[:-4]}.{signature}", "é.é.é"]
    wrong += [f"{body}.{head}.{signature}", f"{head}.{body}.{'A' * 86}"]
    for text in wrong:
        with pytest.raises(ValueError, match="this is no signed report|the signature is none"):
            verify(text, check)
    with pytest.raises(ValueError, match="the signature is none of the keys"):
        verify(told["signed"], PublicKeys({"keys": []}).verify)
    rulebook = Door(nation).get("/rulebook/signed")
    with pytest.raises(ValueError, match="this is no signed report"):
        verify(rulebook["signed"], check)


def test_a_report_outlives_the_key_it_was_signed_by(nation):
    """A key that was replaced goes on being trusted for what it signed."""
    keys = nation.house.world.keys
    signed = sign({"passed": True}, keys)
    keys.rotate()
    assert verify(signed, PublicKeys(keys.public()).verify) == {"passed": True}


def test_a_report_is_read_by_ci_servers(told):
    """A test for each rule; what was not seen or cannot be told is skipped, with the reason."""
    report, suite = told["report"], ElementTree.fromstring(junit(told["report"]).encode())
    counts = report["counts"]
    assert suite.get("failures") == str(counts["fail"])
    assert suite.get("skipped") == str(counts["not seen"] + counts["not checkable"])
    assert [case.get("name") for case in suite] == [rule["id"] for rule in report["rules"]]
    assert len(suite.findall(".//failure")) == counts["fail"]
    assert "To mend: " in (suite.find(".//failure").text or "")


def test_a_report_begins_where_it_is_told_to(nation):
    """After a trail, or at a moment."""
    last = Door(nation).get("/requests/last")["id"]
    assert nation.client_report(since=last)["requests"] == 0
    later = (nation.wall.now() + timedelta(seconds=1)).isoformat()
    assert nation.client_report(since=later)["requests"] == 0
    assert nation.client_report(since="2026-11-21T00:00:00Z")["requests"] == 3
    assert nation.client_report("open-access")["requests"] == 2


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("since=yesterday", 400, "since: 'yesterday' is not a moment"),
        ("since=2026-11-21", 400, "is not a moment"),
        ("application=nobody", 404, "no application is called 'nobody'"),
        ("application=%00%ff", 400, "not UTF-8"),
    ],
)
def test_what_no_report_can_be_of_is_refused(nation, query, status, told):
    found = Door(nation).refused("GET", f"/client-report?{query}")
    assert found[0] == status
    assert told in found[1]


def test_a_sandbox_has_a_report_of_its_own(openroots):
    """Asked by its own token over HTTP, as tests in any language do."""
    sandbox = openroots.sandbox("other")
    openroots.ask("GET", JANE)
    headers = {"x-request-id": "1"}
    assert httpx.get(f"{sandbox['url']}{JANE}", headers=headers).status_code == 400
    asked = {"x-openroots-token": sandbox["token"]}
    told = httpx.get(f"{sandbox['url']}/_openroots/client-report", headers=asked).json()
    assert (told["report"]["requests"], told["report"]["passed"]) == (1, False)
    assert openroots.client_report()["passed"]


def test_the_example_of_the_docs_passes(openroots):
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    made = {}
    exec(compile(example, PAGE.name, "exec"), made)
    made["test_my_client_behaves"](openroots)


def test_no_report_is_made_where_requests_are_not_kept(openroots):
    """As in live mode, and with several workers."""
    openroots.house.gateway.recorder = None
    with pytest.raises(ValueError, match="requests are not kept whole here"):
        openroots.client_report()
