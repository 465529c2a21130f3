"""The verbs of a developer against a real server: faults, people from files, requests."""

import json
from string import ascii_lowercase
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from openroots.cli.folder import find_server
from tests.cli.desk import JANE, server

OK, FAILED, USAGE, UNREACHABLE, NOT_FOUND, CONFLICT = 0, 1, 2, 3, 5, 6
HEAD = "nhs_number,family_name,given_names,gender,birth_date,address_line_1,postcode\n"


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """The state folder of a server that runs."""
    folder = tmp_path_factory.mktemp("developer") / "state"
    with server(folder):
        yield folder


def ask(state, path=JANE, **headers):
    """The status of a request to the server."""
    asked = Request(
        find_server(state).url + path, headers={"X-Request-ID": str(uuid4()), **headers}
    )
    try:
        with urlopen(asked) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def test_a_fault_is_added_listed_and_cleared(command, state):
    """A trouble made by command strikes requests until it is taken away."""
    where = ("--state", state)
    told = command.json("fault", "add", "demographics.*", "--every", 2, "--times", 1, *where)
    assert [ask(state) for _ in range(4)] == [200, 503, 200, 200]
    assert command("fault", "list", *where) == OK
    assert "unavailable: one in 2 requests to demographics.*" in command.out
    assert "struck 1 of 2" in command.out
    assert command("fault", "clear", told["fault"]["id"], *where) == OK
    assert command("fault", "clear", told["fault"]["id"], *where) == NOT_FOUND
    assert command("fault", "add", "nobody.*", *where) == USAGE
    assert command("fault", "add", "--row", "value-invalid", "--field", "x", *where) == USAGE
    assert command("fault", "add", "--do", "explode", *where) == USAGE
    for share in ("0", "1.5", "nan", "some"):
        assert command("fault", "add", "--share", share, *where) == USAGE
        assert "--share" in command.err
    assert command("fault", "list", *where) == OK
    assert "No trouble is made" in command.out


def test_people_are_loaded_from_a_file_and_the_wrong_ones_told(command, state, tmp_path):
    """A file is loaded in parts; the exit code says that somebody was refused, and a report who."""
    file, report = tmp_path / "people.csv", tmp_path / "report.ndjson"
    names = (
        f"Loaded{one}{other}" for one in ascii_lowercase[:10] for other in ascii_lowercase[:25]
    )
    good = "".join(f",{name},Ann,female,1984-03-02,1 Lane,LS1 4AP\n" for name in names)
    file.write_text(f"{HEAD}{good}4010232137,Roe,Ann,female,1984-03-02,1 Lane,LS1 4AP\n")
    where = ("--state", state)
    assert command("people", "load", file, "--check", *where) == FAILED
    assert "none was" in command.out
    assert command.err.splitlines()[-1] == "251 records read, 100 % of the file"
    assert command("people", "load", file, "--check", "--no-progress", *where) == FAILED
    assert "records read" not in command.err
    assert command("people", "load", file, "--report", report, *where) == FAILED
    assert "4010232137 may be somebody's" in command.out
    assert json.loads(report.read_text())["line"] == 252
    assert command("people", "load", file, "--report", report, *where) == CONFLICT
    file.write_text("PK\x03\x04")
    assert command("people", "load", file, *where) == USAGE
    assert "packed" in command.err


def test_people_are_made_and_written_to_a_file(command, state, tmp_path):
    """Made people are printed, and in a file that another world takes."""
    out, file, where = tmp_path / "five.ndjson", tmp_path / "one.ndjson", ("--state", state)
    assert command("people", "make", "--like", "family-of-5", "--out", out, *where) == OK
    assert command.out.startswith("✓ 5 people: a household of 5 with a child")
    numbers = [json.loads(line)["id"] for line in out.read_text().splitlines()]
    assert command("people", "export", file, "--number", numbers[0], *where) == OK
    assert json.loads(file.read_text())["id"] == numbers[0]
    assert command("people", "load", out, *where) == FAILED  # they are here already
    assert command("people", "export", tmp_path / "all.ndjson", *where) == OK
    assert command("people", "make", "--like", "a-dragon", *where) == USAGE


def test_what_fails_leaves_no_file_and_makes_nobody(command, state, tmp_path):
    """Else the file would be in the way when the same command is given again."""
    file, where = tmp_path / "people.ndjson", ("--state", state)
    assert command("people", "export", file, "--state", tmp_path) == UNREACHABLE
    assert command("people", "make", "--like", "a-dragon", "--out", file, *where) == USAGE
    assert not file.exists()
    file.write_text("Somebody's.")
    before = len(command.json("people", "--twin", "--limit", 1000, *where)["people"])
    assert command("people", "make", "--like", "twins", "--out", file, *where) == CONFLICT
    assert len(command.json("people", "--twin", "--limit", 1000, *where)["people"]) == before
    assert file.read_text() == "Somebody's."


def test_people_are_found_without_a_verb_as_ever(command, state):
    """openroots people and openroots people --restricted find; so does the verb."""
    where = ("--state", state)
    assert command("people", *where) == OK
    assert "Jane Smith" in command.out
    by_itself = command.json("people", "--restricted", *where)
    assert by_itself == command.json("people", "find", "--restricted", *where)


def test_requests_are_looked_at_done_again_and_exported(command, state, tmp_path):
    """What was asked is listed, shown, done again and written as tests."""
    where = ("--state", state)
    ask(state)
    assert command("requests", "list", "--limit", 1, *where) == OK
    assert f"GET {JANE}" in command.out
    assert command("requests", "show", *where) == OK
    assert '"resourceType": "Patient"' in command.out
    assert command("requests", "replay", *where) == OK
    assert "The answer is the same" in command.out
    assert command("requests", "show", "nobody", *where) == NOT_FOUND
    for kind, name in (("pytest", "test_requests.py"), ("har", "requests.har")):
        assert command("requests", "export", tmp_path, "--as", kind, *where) == OK
        assert (tmp_path / name).exists()
    assert command("requests", "export", tmp_path / "bruno", "--as", "bruno", *where) == OK
    assert (tmp_path / "bruno" / "environments" / "local.bru").exists()
    written = [path for path in (tmp_path / "bruno").rglob("*") if path.is_file()]
    assert command.out == f"✓ {len(written)} files in {tmp_path / 'bruno'}\n"
    assert command("requests", "export", tmp_path, *where) == CONFLICT


def test_a_client_is_checked_and_its_report_kept(command, state, tmp_path):
    """The report says what is broken, and is printed for people, programs and CI; the exit code
    tells. What was kept is verified without the server, as long as nobody changed it."""
    where, junit = ("--state", state), tmp_path / "report.xml"
    ask(state)
    told = command.json("requests", "show", *where)
    since = ("--since", told["id"], *where)
    assert command("conformance", "client", *since) == OK
    assert command("conformance", "client", "--strict", *since) == FAILED
    ask(state, **{"X-Request-ID": "none"})
    assert command("conformance", "client", "--junit", junit, *since) == FAILED
    assert "X-Request-ID is no UUID" in command.out
    assert "Not to be told from outside" in command.out
    assert 'name="request-id"' in junit.read_text()
    assert command("conformance", "client", "--junit", tmp_path, *since) == USAGE
    assert command("conformance", "client", "--since", "yesterday", *where) == USAGE
    assert command("conformance", "client", "--app", "nobody", *where) == NOT_FOUND
    _verify(command, since, where, tmp_path / "report.json")


def _verify(command, since, where, file):
    """A report is verified as it was printed, by itself, and by other keys than its own."""
    command("conformance", "client", "--json", *since)
    file.write_text(command.out)
    assert command("conformance", "verify", file, *where) == OK
    assert "as it was signed, by a key that is trusted" in command.out
    told = json.loads(file.read_text())
    file.write_text(told["signed"])
    assert command.json("conformance", "verify", file, *where)["report"] == told["report"]
    told["report"]["passed"] = True
    file.write_text(json.dumps(told))
    assert command("conformance", "verify", file, *where) == FAILED
    file.write_text("{}")
    assert command("conformance", "verify", file, *where) == USAGE
    keys = file.with_name("keys.jwks")
    keys.write_text('{"keys": []}')
    file.write_text(told["signed"])
    assert command("conformance", "verify", file, "--keys", keys, *where) == FAILED
    keys.write_text("keys")
    assert command("conformance", "verify", file, "--keys", keys, *where) == USAGE


def test_without_a_server_these_verbs_say_so(command, tmp_path):
    """Each ends with the exit code of a server that cannot be reached."""
    verbs = (("fault", "list"), ("requests", "list"), ("conformance", "client"))
    for verb in (*verbs, ("people", "make", "--like", "twins")):
        assert command(*verb, "--state", tmp_path / "none") == UNREACHABLE
