"""A node that carries the rulebook of another: pulls, enforces, goes on by it, refuses what is not
its publisher's own. Two nodes in one process, and what stands between them for trouble."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from shutil import copytree

import pytest

from openroots.clock import Repeatable
from openroots.gateway.carrying import NotCarried
from openroots.register.carried import PATH
from openroots.testing import KEY, open_nation
from tests.register.test_signed import altered
from tests.services.standards_register.office import BASE, MANDATE, PLAIN, Office

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
WAVE = {"settings": ["general-practice"], "warn_from": "2027-03-01", "enforce_from": "2027-09-01"}
LATER = {**MANDATE, "waves": [WAVE | {"enforce_from": "2028-01-01"}]}


class Nodes:
    """Nodes by name, each with a folder and keys of its own; one at a time has its folder open."""

    def __init__(self, seeded, folder):
        self.seeded, self.folder, self.open = seeded, folder, {}

    def begin(self, name, **how):
        """Start the node of this name, after it was stopped if it runs."""
        self.stop(name)
        state = self.folder / name
        if not state.exists():
            copytree(self.seeded, state)
            for key in (state / "keys").glob("signing-*.key"):
                key.unlink()
        chance = Repeatable(sum(name.encode()))
        self.open[name] = open_nation(state, chance=chance, **how)
        return self.open[name]

    def stop(self, name):
        if node := self.open.pop(name, None):
            node.close()


@pytest.fixture
def nodes(openroots_seeded, tmp_path):
    """Nodes that can be started and stopped."""
    made = Nodes(openroots_seeded, tmp_path)
    yield made
    for name in list(made.open):
        made.stop(name)


@pytest.fixture
def first(nodes):
    """A node whose register has mandated a standard in general practice, from September 2027."""
    node = nodes.begin("first")
    office = Office(node).on("2027-01-11")
    office.publish()
    office.post(f"{PLAIN}/mandates", {**MANDATE, "waves": [WAVE]})
    return node


class Between:
    """What hands on what a node publishes, as it is told to."""

    def __init__(self, node):
        between, self.status, self.alter, self.asked = self, 200, lambda text: text, []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                tag = self.headers.get("if-none-match", "")
                between.asked.append(tag)
                told = node.ask("GET", self.path, headers={"if-none-match": tag})
                status = between.status if told.status == 200 else told.status
                body = between.alter(told.raw.decode()).encode() if told.raw else b""
                self.send_response(status)
                if status == 200:
                    self.send_header("etag", told.headers["etag"])
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def between(first):
    made = Between(first)
    yield made
    made.stop()


def status(node, on="2027-09-01"):
    """What a practice is answered on a day."""
    node.move_clock(on)
    return node.ask("GET", JANE, headers={"apikey": KEY}).status


def trouble(node):
    """Why nothing newer is in force."""
    return node.tooling("GET", "/status").body["carried"]["trouble"]


def test_a_node_enforces_what_another_decided(first, nodes):
    """From its start, and from the next pull on what is decided later; its pages tell of it."""
    second = nodes.begin("second", rulebook=first.url)
    assert (status(second, "2027-08-31"), status(second)) == (200, 403)
    assert second.ask("GET", BASE + PLAIN).body["title"] == "Plain words"
    assert second.house.world.rulebook.hash == first.house.world.rulebook.hash
    waiver = {"kind": "waiver", "reason": "rare", "due": "2027-12-01"}
    Office(first).on("2027-02-01").post(
        f"{PLAIN}/exemptions", {**waiver, "applications": ["ashby-practice-system"]}
    )
    assert second.tooling("POST", "/rulebook/pull").body["trouble"] == ""
    assert status(second) == 200


def test_it_goes_on_when_the_other_is_down_across_its_own_restart(first, nodes):
    """What was taken over is on disk. That nothing newer can be had is told."""
    address = first.url
    nodes.begin("second", rulebook=address)
    nodes.stop("second")  # else it may be asking the first as that ends
    nodes.stop("first")
    second = nodes.begin("second", rulebook=address)
    assert second.tooling("POST", "/rulebook/pull").status == 409
    assert "cannot be reached" in trouble(second)
    assert status(second) == 403
    second.tooling("POST", "/reset", {"people": 5})
    assert status(second) == 403


def test_without_any_rulebook_a_node_does_not_begin(nodes):
    """One that was to enforce another's and has none would enforce nothing."""
    with pytest.raises(NotCarried, match="cannot be reached"):
        nodes.begin("second", rulebook="http://127.0.0.1:9")


def test_what_is_decided_elsewhere_is_not_decided_here(first, nodes):
    """Every act on standards is refused, with where to go; other programmes go on here."""
    second = nodes.begin("second", rulebook=first.url)
    office = Office(second).on("2027-01-11")
    for path, body in (("/mandates", MANDATE), ("/comments", {"kind": "comment", "text": "x"})):
        refused, words = office.refusal(PLAIN + path, body)
        assert (refused, first.url in words) == (409, True)
    assert second.tooling("POST", "/rulebook/back", {}).status == 409
    case = {"id": "one", "name": "One", "reason": "new", "owner": "Y9"}
    assert office.post("/programmes/login-onboarding/cases", case)["stage"] == "approved"


def test_a_node_goes_by_its_own_register_again(first, nodes):
    """Where it is started without the other's."""
    nodes.begin("second", rulebook=first.url)
    second = nodes.begin("second")
    assert status(second) == 200
    assert second.ask("GET", BASE + PLAIN).status == 404
    assert second.tooling("POST", "/rulebook/pull").status == 409


def test_it_asks_with_what_it_has(first, between, nodes):
    """So that nothing is sent twice."""
    second = nodes.begin("second", rulebook=between.url)
    second.tooling("POST", "/rulebook/pull")
    assert between.asked[-1] == first.ask("GET", PATH).headers["etag"]
    assert first.ask("GET", PATH, headers={"if-none-match": between.asked[-1]}).status == 304


def decide(first):
    """Take the mandate back on the first node; what it had published before."""
    before = first.ask("GET", PATH).raw.decode()
    Office(first).on("2027-02-02").post(f"{PLAIN}/take-backs", {"reason": "too early"})
    return before


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda text: altered(text, lambda data: data.update(number=99)), "the signature is none"),
        (lambda text: text[:-8], "the signature is none"),
        (lambda text: text.split(".", 1)[1], "this is no signed rulebook"),
        (lambda text: "<html>", "this is no signed rulebook"),
    ],
)
def test_a_forged_or_torn_rulebook_is_refused(first, between, nodes, alter, words):
    """What was taken over before stays in force, and the reason is told until there is a good
    one again."""
    second = nodes.begin("second", rulebook=between.url)
    between.alter = alter  # before there is a newer one, as a node asks by itself too
    decide(first)
    assert second.tooling("POST", "/rulebook/pull").status == 409
    assert f"refused: {words}" in trouble(second)
    assert status(second) == 403
    between.alter = lambda text: text
    assert second.tooling("POST", "/rulebook/pull").status == 200
    assert (trouble(second), status(second)) == ("", 200)


def test_an_older_rulebook_is_refused(first, between, nodes):
    """One that its publisher did sign, and that somebody sends again."""
    before = decide(first)
    second = nodes.begin("second", rulebook=between.url)
    between.alter = lambda text: before
    Office(first).on("2027-02-15").post(f"{PLAIN}/mandates", LATER)
    second.tooling("POST", "/rulebook/pull")
    assert "refused: it is older than the one in force: " in trouble(second)
    assert status(second) == 200


def test_only_one_key_is_trusted(first, between, nodes):
    """The one that the address names, or that of the first rulebook: another's is refused until
    the operator names it."""
    kid = first.house.world.keys.kid
    second = nodes.begin("second", rulebook=f"{between.url}#{kid}")
    newer = first.tooling("POST", "/keys/rotate").body["signing"]
    for address in (f"{between.url}#{kid}", between.url):
        second = nodes.begin("second", rulebook=address)
        second.tooling("POST", "/rulebook/pull")
        assert f"signed by the key {newer}, and trusted is {kid}" in trouble(second)
        assert status(second) == 403
    second = nodes.begin("second", rulebook=f"{between.url}#{newer}")
    assert second.tooling("POST", "/rulebook/pull").status == 200
    assert trouble(second) == ""
