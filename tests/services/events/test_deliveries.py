"""An owner sees what became of the events for a subscription, and can do something about it."""

import hmac
import threading
from base64 import b64decode, b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from openroots.delivery.kept import DEAD_LETTER, LANE, LOG, dead_letters, states
from openroots.storage import Change
from openroots.testing import KEY
from tests.services.events import asking
from tests.waiting import until

MNS = "/multicast-notification-service/subscriptions"
PATIENT = "/personal-demographics/FHIR/R4/Patient/"
CORRELATED = {"x-correlation-id": "1"}


class Hook:
    """A webhook on this machine."""

    def __init__(self):
        self.got, self.status = [], 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.got.append((dict(self.headers.items()), body))
                self.send_response(hook.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def ids(self):
        """The ids under which it was sent anything."""
        return [headers["webhook-id"] for headers, _ in self.got]


def a_hook():
    """A webhook, for as long as a test runs."""
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


hook, another = pytest.fixture(a_hook, name="hook"), pytest.fixture(a_hook, name="another")


@pytest.fixture
def subscription(openroots, hook):
    """The path of a subscription whose events go to the webhook."""
    return subscribed(openroots, hook)


def subscribed(openroots, hook):
    """Subscribe; the path of the subscription."""
    body = asking.subscription(type="rest-hook", endpoint=hook.url, payload="application/json")
    made = openroots.ask("POST", MNS, body, headers=CORRELATED)
    assert made.status == 201
    return f"{MNS}/{made.body['id']}"


def changed(openroots, number="9000000009", version=2):
    """Change somebody's gender, so that there is an event."""
    gender = ("male", "female")[version % 2]
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
    headers = {"if-match": f'W/"{version}"'}
    assert openroots.ask("PATCH", PATIENT + number, patch, headers=headers).status == 200


def told(openroots, path, what=""):
    """What the owner is told, or that something was asked for."""
    method = "POST" if what else "GET"
    return openroots.ask(method, f"{path}/deliveries{what}", headers=CORRELATED)


def kept(openroots, path, count):
    """What the owner is told once so many deliveries are in the log."""
    openroots.run(openroots.house.delivery.keep())
    found = told(openroots, path).body
    return found if len(found["log"]) >= count else None


def test_an_event_comes_signed_with_the_secret_that_the_owner_is_told(
    openroots, hook, subscription
):
    """As libraries for webhooks check it."""
    secret = told(openroots, subscription).body["secret"]
    changed(openroots)
    ((headers, body),) = until(lambda: hook.got)
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    expected = b64encode(hmac.digest(key, content, sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert b'"type":"pds-record-change-2"' in body


def test_the_log_tells_what_became_of_each(openroots, hook, subscription):
    """What was delivered and what failed; nothing of whom it was about."""
    hook.status = 500
    changed(openroots)
    found = until(lambda: kept(openroots, subscription, 1))
    (entry,) = found["log"]
    assert (entry["outcome"], entry["told"], entry["attempt"]) == ("failed", "500", 1)
    assert found["waitingToBeTriedAgain"] == 1
    assert "9000000009" not in str(found)


def test_one_can_be_sent_again(openroots, hook, subscription):
    """Under the same id."""
    changed(openroots)
    until(lambda: hook.got)
    (entry,) = until(lambda: kept(openroots, subscription, 1))["log"]
    assert told(openroots, subscription, f"/{entry['id']}/resend").status == 202
    until(lambda: len(hook.got) == 2)
    assert hook.ids() == [entry["id"]] * 2
    assert told(openroots, subscription, "/msg_none/resend").status == 404


def test_a_test_event_can_be_asked_for(openroots, hook, subscription):
    """It is of the published type for it."""
    assert told(openroots, subscription, "/test").status == 202
    ((_, body),) = until(lambda: hook.got)
    assert b'"type":"mns-test-signal-1"' in body


def test_deliveries_pause_resume_and_are_replayed(openroots, hook, another, subscription):
    """What came meanwhile, as to others, comes later; what came before comes again."""
    subscribed(openroots, another)
    assert told(openroots, subscription, "/pause").status == 202
    changed(openroots)
    until(lambda: another.got)
    openroots.run(openroots.house.delivery.keep())
    assert hook.got == []
    assert told(openroots, subscription).body["state"] == "paused"
    assert told(openroots, subscription, "/resume").status == 202
    until(lambda: len(hook.got) == 1)
    assert told(openroots, subscription, "/replay").status == 202
    until(lambda: len(hook.got) == 2)
    assert told(openroots, subscription, "/replay?since=2026-11-20T00:00:00Z").status == 202
    until(lambda: len(hook.got) == 3)
    assert len(set(hook.ids())) == 1
    for since in ("yesterday", "2026-11-21", "", "2062-11-20T00:00:00Z"):
        wrong = told(openroots, subscription, f"/replay?since={since}")
        assert (wrong.status, list(wrong.body["validationErrors"])) == (400, ["since"])
    misspelt = told(openroots, subscription, "/replay?sinse=2026-11-22T00:00:00Z")
    assert (misspelt.status, list(misspelt.body["validationErrors"])) == (400, ["sinse"])


def test_a_replay_that_is_asked_for_twice_begins_anew_and_says_so(openroots, hook, subscription):
    """The same request sent again asks for nothing new."""
    changed(openroots)
    until(lambda: hook.got)
    assert told(openroots, subscription, "/pause").status == 202  # so that it stays under way
    since = "2026-11-20T00:00:00+00:00"
    path = f"{subscription}/deliveries/replay?since=2026-11-20T00:00:00Z"
    again = {"x-request-id": "11111111-2222-4333-8444-555555555555"} | CORRELATED
    first = openroots.ask("POST", path, headers=again)
    id = subscription.rpartition("/")[2]
    assert first.body == {"id": id, "since": since, "beginsAnew": False}
    until(lambda: stands(openroots, subscription) == "paused")
    signals = len(openroots.run(openroots.house.world.store.feed()))
    assert openroots.ask("POST", path, headers=again).body == first.body
    assert len(openroots.run(openroots.house.world.store.feed())) == signals
    until(lambda: openroots.ask("POST", path, headers=CORRELATED).body["beginsAnew"])
    assert told(openroots, subscription, "/resume").status == 202
    until(lambda: len(hook.got) == 2)
    assert len(set(hook.ids())) == 1


def stands(openroots, path):
    """The state that the owner is told, as it is now."""
    openroots.run(openroots.house.delivery.keep())
    return told(openroots, path).body["state"]


def test_deliveries_are_their_owners_alone(openroots, subscription):
    """To another application the subscription is not there."""
    other = {"apikey": KEY}
    for method, what in (("GET", ""), ("POST", "/pause"), ("POST", "/test")):
        path = f"{subscription}/deliveries{what}"
        assert openroots.ask(method, path, headers=CORRELATED | other).status in (404, 502)


def test_a_world_begun_anew_delivers_nothing_of_the_old_one(openroots, hook, subscription):
    """And goes on with what is told in the new one."""
    changed(openroots)
    until(lambda: hook.got)
    openroots.run(openroots.house.tooling.desk.renew(openroots.house.settings))
    changed(openroots)
    subscribed(openroots, hook)
    changed(openroots, "9000000017")
    _, (_, second) = until(lambda: len(hook.got) == 2 and hook.got)
    assert b"9000000017" in second


def test_what_was_kept_of_it_goes_with_the_subscription(openroots, hook, subscription):
    """Its figures, its log and what was given up for it: nobody may ask for them any more."""
    id = subscription.rpartition("/")[2]
    letter = {"subscription": id, "delivery": "msg_1", "type": "pds-record-change-2"}
    openroots.holds(Change(DEAD_LETTER, f"{id}-msg_1", letter, 0))
    openroots.ask("POST", f"{subscription}/deliveries/test", headers=CORRELATED)
    store = openroots.house.world.store
    until(lambda: states(store.snapshot(), [id]))
    assert openroots.ask("DELETE", subscription, headers=CORRELATED).status == 204
    until(lambda: not dead_letters(store.snapshot(), id))
    openroots.run(store.sweep(openroots.house.world.wall.now()))
    assert store.snapshot().marks([f"{LANE}{id}", f"{LOG}{id}"]) == {}
