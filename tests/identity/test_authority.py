"""A server is known by a certificate for which its world's own authority vouches."""

import json
import ssl
import stat
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest

from openroots.cli.client import Server
from openroots.cli.folder import Running, note_server
from openroots.clock import Wall
from openroots.identity.authority import certified, fault_in
from openroots.settings import Settings
from openroots.testing import open_nation

NOW = datetime.now(UTC)
JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
HEADERS = {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}


@pytest.fixture
def secured(tmp_path):
    """A nation that answers by HTTPS."""
    nation = open_nation(tmp_path / "state", people=1, tls=True, wall=Wall())
    yield nation
    nation.close()


def test_a_client_that_trusts_the_authority_asks_by_https(secured, tmp_path):
    """With the authority's certificate a client reads a record, and addresses in answers are of
    the same kind; without it, it refuses to talk to the server."""
    url = secured.url.replace("http:", "https:")
    made = certified(tmp_path / "state", "localhost", NOW)
    trusting = ssl.create_default_context(cafile=str(made.authority))
    search = f"{url}{JANE.rpartition('/')[0]}?family=Smith&gender=female&birthdate=eq2010-10-22"
    with urlopen(Request(search, headers=HEADERS), context=trusting) as answer:
        assert f'"fullUrl":"{url}'.encode() in answer.read()
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        urlopen(Request(url + JANE, headers=HEADERS))


def test_what_a_client_discovers_is_reached_by_https(secured, tmp_path):
    """The document by which it finds out where to get a token names no address that does not
    answer, whatever a request says of the way by which it came."""
    url = secured.url.replace("http:", "https:")
    made = certified(tmp_path / "state", "localhost", NOW)
    trusting = ssl.create_default_context(cafile=str(made.authority))
    for said in ({}, {"X-Forwarded-Proto": "http"}):
        asked = Request(f"{url}/oauth2/.well-known/openid-configuration", headers=said)
        with urlopen(asked, context=trusting) as answer:
            told = json.load(answer)
        assert told["issuer"] == f"{url}/oauth2"
        assert told["token_endpoint"] == f"{url}/oauth2/token"


def test_the_command_trusts_the_authority_of_its_server(secured, tmp_path):
    """The command reaches a server that answers by HTTPS with nothing more to be told."""
    state = tmp_path / "state"
    made = certified(state, "localhost", NOW)
    port = int(secured.url.rpartition(":")[2])
    note_server(state, Running(0, "127.0.0.1", port, str(made.authority)))
    assert Server(Settings(state=state)).get("/status")["status"] == "pass"


def test_files_are_kept_until_they_run_out(tmp_path):
    """The same certificate serves after a restart; one with little time left, or for another host,
    is made anew under the same authority, which clients trust already."""
    first = certified(tmp_path, "localhost", NOW)
    before = first.authority.read_bytes(), first.certificate.read_bytes()
    again = certified(tmp_path, "localhost", NOW + timedelta(days=300))
    assert (again.authority.read_bytes(), again.certificate.read_bytes()) == before
    for host, days in (("localhost", 350), ("trust.example", 350)):
        later = certified(tmp_path, host, NOW + timedelta(days=days))
        assert later.authority.read_bytes() == before[0]
        assert later.certificate.read_bytes() != before[1]
        before = before[0], later.certificate.read_bytes()


def test_private_keys_are_for_their_user_alone(tmp_path):
    """Nobody else on the machine can read the keys."""
    made = certified(tmp_path, "localhost", NOW)
    for path in (made.key, made.authority.with_suffix(".key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def rewritten(name, content):
    """What spoils a file of the folder."""
    return lambda folder: (folder / name).write_bytes(content)


def exchanged(folder, *names):
    """These files are those of another world."""
    other = certified(folder.parent / "other", "localhost", NOW).authority.parent
    for name in names:
        (folder / name).write_bytes((other / name).read_bytes())


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda folder: None, ""),
        (lambda folder: (folder / "server.pem").unlink(), ""),
        (rewritten("authority.pem", b"nonsense"), "authority.pem is no certificate"),
        (rewritten("authority.pem", b""), "authority.pem is no certificate"),
        (rewritten("authority.key", b"nonsense"), "authority.key is no key"),
        (rewritten("server.pem", b"nonsense"), "server.pem is no certificate"),
        (rewritten("server.key", b"nonsense"), "server.key is no key"),
        (lambda folder: (folder / "authority.pem").unlink(), "authority.pem is not there"),
        (lambda folder: (folder / "authority.key").unlink(), "authority.key is not there"),
        (
            lambda folder: exchanged(folder, "authority.key"),
            "authority.key is not the key of authority.pem",
        ),
        (lambda folder: exchanged(folder, "server.key"), "server.key is not the key of server.pem"),
        (
            lambda folder: exchanged(folder, "authority.pem", "authority.key"),
            "authority.pem does not vouch for server.pem",
        ),
    ],
)
def test_what_is_spoilt_is_found_before_it_is_needed(tmp_path, spoil, fault):
    """Of the authority and of the server, each certificate with its key."""
    folder = certified(tmp_path / "state", "localhost", NOW).authority.parent
    spoil(folder)
    assert fault_in(folder) == fault


def test_where_nothing_was_made_nothing_is_wrong(tmp_path):
    """An empty folder is filled by the next start."""
    assert fault_in(tmp_path) == ""
