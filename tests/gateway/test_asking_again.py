"""Long polls, and pages that listen, when the server is told to stop or the client has gone."""

import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from time import sleep
from urllib.parse import urlsplit

import orjson
import pytest

from openroots.clock import Wall, stopwatch
from openroots.gateway.tooling import TOKEN_FILE
from openroots.testing import KEY, open_nation

SOON = 12.0  # seconds: far less than a long poll may wait


@pytest.fixture
def nation(openroots_seeded, tmp_path):
    """A nation that its test closes itself."""
    shutil.copytree(openroots_seeded, tmp_path / "state")
    return open_nation(tmp_path / "state", wall=Wall())


@contextmanager
def connected(nation):
    """A connection to the server."""
    where = urlsplit(nation.url)
    connection = HTTPConnection(where.hostname, where.port, timeout=30)
    yield connection
    connection.close()


def queues(connection, path, action, **body):
    """What the queues answer to an action."""
    proof = f"AWS4-HMAC-SHA256 Credential={KEY}/20261121/eu-west-2/sqs/aws4_request"
    headers = {
        "authorization": proof,
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": f"AmazonSQS.{action}",
    }
    connection.request("POST", f"{path}/sqs/", orjson.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, orjson.loads(answer.read())


def received(nation, path=""):
    """The status and the messages of a long poll that waits for as long as one may."""
    with connected(nation) as connection:
        url = queues(connection, path, "CreateQueue", QueueName="changes")[1]["QueueUrl"]
        return queues(connection, path, "ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)


def heard(nation):
    """All that whoever listens for requests is told, to the end."""
    token = (nation.house.settings.state / TOKEN_FILE).read_text("ascii").strip()
    with connected(nation) as connection:
        headers = {"X-OpenRoots-Token": token}
        connection.request("GET", "/_openroots/requests/live", headers=headers)
        with connection.getresponse() as answer:
            return answer.status, answer.read()


def stopped(nation, asking, *given):
    """What was answered to somebody who waited as the server was told to stop, and how soon."""
    assert nation.url
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(asking, nation, *given)
        sleep(0.7)  # it waits by now
        assert not waiting.done()
        began = stopwatch()
        nation.close()
        return waiting.result(timeout=30), stopwatch() - began


def test_a_server_that_stops_answers_long_polls_at_once(nation):
    """There is nothing to tell, and the answer says so as at the end of the time."""
    answer, seconds = stopped(nation, received)
    assert answer == (200, {})
    assert seconds < SOON


def test_a_server_that_stops_answers_long_polls_of_its_sandboxes_at_once(nation):
    """As its own."""
    nation.sandbox("mine", people=0)
    answer, seconds = stopped(nation, received, "/sandbox/mine")
    assert answer == (200, {})
    assert seconds < SOON


def test_a_server_that_stops_ends_what_it_tells_of_requests_at_once(nation):
    """Who listens asks again, and finds nobody."""
    (status, told), seconds = stopped(nation, heard)
    assert (status, told.startswith(b"retry:")) == (200, True)
    assert seconds < SOON


def asked_for_the_last_time(connection, url):
    """What a long poll is answered whose client says no more, as the end of a process does."""
    end = connection.endheaders

    def and_no_more(*given, **named):
        end(*given, **named)
        connection.sock.shutdown(socket.SHUT_WR)

    connection.endheaders = and_no_more
    return queues(connection, "", "ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)


def test_who_has_gone_is_given_no_message(openroots):
    """A long poll ends as its client closes: what comes later is for who is there to have it."""
    with connected(openroots) as connection:
        url = queues(connection, "", "CreateQueue", QueueName="changes")[1]["QueueUrl"]
        with connected(openroots) as gone:
            began = stopwatch()
            answer = asked_for_the_last_time(gone, url)
            assert (answer, stopwatch() - began < SOON) == ((200, {}), True)
        queues(connection, "", "SendMessage", QueueUrl=url, MessageBody="a")
        status, told = queues(connection, "", "ReceiveMessage", QueueUrl=url)
    assert (status, [message["Body"] for message in told["Messages"]]) == (200, ["a"])
