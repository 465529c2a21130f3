"""The published cases: ours passes them, and a server that answers otherwise is told in what."""

import json
from datetime import timedelta
from socketserver import BaseRequestHandler, TCPServer
from threading import Thread

import pytest

from openroots.cli.against import address_of
from openroots.cli.terminal import Stop
from openroots.testing import openroots_nation
from tests.cli.desk import Command

OK, FAILED, USAGE, UNREACHABLE = 0, 1, 2, 3
BASE = "/personal-demographics/FHIR/R4"


@pytest.fixture(scope="module")
def nation(openroots_seeded):
    """A server for all that only looks."""
    with openroots_nation(openroots_seeded) as nation:
        yield nation


def put(command: Command, nation, *flags) -> dict:
    """What came of the cases, put to this server."""
    nation.wall.advance(timedelta(minutes=1))
    code = command("conformance", "run", "--against", nation.url, *flags, "--json")
    return {**json.loads(command.out), "code": code}


def test_our_server_answers_as_is_published(command, nation):
    """In every case, without changing anything."""
    told = put(command, nation)
    assert [(case["id"], case["examples"]) for case in told["rules"] if case["examples"]] == []
    assert (told["code"], told["passed"]) == (OK, True)
    assert len(told["rules"]) > 20
    assert nation.signals() == []


def test_a_server_that_answers_otherwise_is_told_in_what(command, openroots, tmp_path):
    """By status, code and words; for people, programs and CI."""
    openroots.trouble("demographics.read-patient")
    told = put(command, openroots)
    (case,) = [case for case in told["rules"] if case["id"] == "number-unknown"]
    assert told["code"] == FAILED
    assert [one["told"] for one in case["examples"]] == [
        "the status is 503, not 404",
        '/issue/0/details/coding/0/code is "SERVICE_UNAVAILABLE", not "RESOURCE_NOT_FOUND"',
    ]
    junit, where = tmp_path / "report.xml", ("--against", openroots.url)
    assert command("conformance", "run", *where, "--junit", junit) == FAILED
    assert "the header etag is nothing, not W/" in command.out
    assert 'name="number-unknown" classname="demographics"' in junit.read_text()


def test_a_fault_that_is_set_is_told_and_the_server_is_not_blamed(command, openroots):
    """Before the cases, beside each that it struck, and in what is to be done."""
    openroots.trouble("demographics.read-patient")
    told = put(command, openroots)
    (case,) = [case for case in told["rules"] if case["id"] == "number-unknown"]
    assert told["faults"] == [case["fault"]] == ["unavailable"]
    assert case["mend"] == "openroots fault clear takes the fault away."
    command("conformance", "run", "--against", openroots.url)
    first, _, cases = command.out.partition("struck it")
    assert "Trouble is made there on purpose" in first
    assert "unavailable. openroots fault clear takes it away." in first
    assert cases


def test_a_case_that_is_not_answered_has_failed_and_the_others_are_put(command, openroots):
    """Who drops connections on purpose cannot say so, so it is told where to look."""
    openroots.tooling("POST", "/faults", {"endpoint": "demographics.read-patient", "do": "drop"})
    told = put(command, openroots)
    outcomes = {case["id"]: (case["outcome"], case["mend"]) for case in told["rules"]}
    assert (told["code"], outcomes["search"][0], outcomes["read"][0]) == (FAILED, "pass", "fail")
    assert "openroots fault list tells whether" in outcomes["read"][1]
    assert command("conformance", "run", "--against", openroots.url) == FAILED
    assert "no answer came: Remote end closed connection" in command.out
    assert "To mend: openroots fault list tells whether" in command.out


def test_a_value_that_is_long_is_told_in_part(command, openroots):
    """What is cut says so."""
    openroots.trouble("demographics.search-patient")
    told = put(command, openroots)
    (case,) = [case for case in told["rules"] if case["id"] == "search-no-birth-date"]
    assert ' ..., not "Missing value' in case["examples"][2]["told"]


def test_a_header_goes_with_each_request(command, nation):
    """One that is refused makes each case fail; what is no header is refused itself."""
    told = put(command, nation, "--header", "Authorization: Bearer x")
    assert told["code"] == FAILED
    assert command("conformance", "run", "--against", nation.url, "--header", "x") == USAGE


def test_a_server_that_is_not_there_or_answers_no_case_cannot_be_reached(command):
    assert command("conformance", "run", "--against", "http://127.0.0.1:9") == UNREACHABLE
    with TCPServer(("127.0.0.1", 0), BaseRequestHandler) as silent:
        Thread(target=silent.serve_forever, daemon=True).start()
        where = f"http://127.0.0.1:{silent.server_address[1]}"
        assert command("conformance", "run", "--against", where) == UNREACHABLE
        silent.shutdown()
    assert "openroots fault list tells whether" in command.err


@pytest.mark.parametrize(
    "url", ["http://localhost:1948", "http://localhost:1948/", f"http://localhost:1948{BASE}/"]
)
def test_the_address_is_of_the_server_or_of_the_api(url):
    assert address_of(url, BASE) == f"http://localhost:1948{BASE}"


@pytest.mark.parametrize(
    "url", ["", "localhost", "file:///x", "http://", "http://a:x", "http://a?b", "http://u:p@a"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Stop, match="no address of a server"):
        address_of(url, BASE)
