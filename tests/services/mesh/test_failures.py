"""Each way in which MESH refuses, as both versions of its API tell it."""

import hmac
from datetime import timedelta
from hashlib import sha256
from itertools import count

import pytest

from openroots.services.mesh import service
from openroots.services.mesh.failures import OWN

numbers = count()
TWO = "application/vnd.mesh.v2+json"


def token(nation, mailbox="X26ABC1", password="password", key="TestKey", off=0, nonce=None):
    """What proves that a request comes from a mailbox."""
    wall = nation.wall.now() + timedelta(minutes=off)
    public = f"{nonce or f'nonce-{next(numbers)}'}:0", f"{wall:%Y%m%d%H%M}"
    private = f"{mailbox}:{public[0]}:{password}:{public[1]}"
    proof = hmac.new(key.encode(), private.encode(), sha256).hexdigest()
    return f"NHSMESH {mailbox}:{public[0]}:{public[1]}:{proof}"


def ask(nation, method, path, body=None, given=None, accept=TWO, **headers):
    """Ask MESH, as X26ABC1 unless another proof is given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    proof = {"authorization": token(nation) if given is None else given, "accept": accept}
    return nation.ask(method, f"/messageexchange{path}", body, headers=proof | named)


SENDING = {"mex_to": "X26ABC2", "mex_workflowid": "W"}


def sent(nation, **more):
    """The id of a message that X26ABC1 sent."""
    return ask(nation, "POST", "/X26ABC1/outbox", b"x", **(SENDING | more)).body["message_id"]


def received(nation, path, method="GET"):
    """What X26ABC2 is told of its inbox."""
    proof = token(nation, "X26ABC2")
    return ask(nation, method, f"/X26ABC2/inbox{path}", given=proof)


def outbox(nation, body=b"x", **headers):
    """The answer to a message that is sent so."""
    return ask(nation, "POST", "/X26ABC1/outbox", body, **(SENDING | headers))


def nonce_used(nation):
    proof = token(nation, nonce="once")
    outbox(nation, given=proof)
    return outbox(nation, given=proof)


def acknowledged(nation):
    id = sent(nation)
    received(nation, f"/{id}/status/acknowledged", "PUT")
    return received(nation, f"/{id}")


def further_chunk(nation, first="1:2", number=2, **headers):
    id = sent(nation, mex_chunk_range=first)
    return ask(nation, "POST", f"/X26ABC1/outbox/{id}/{number}", b"x", **headers)


def chunk_of_another(nation):
    id, proof = sent(nation, mex_chunk_range="1:2"), token(nation, "X26ABC2")
    path = f"/X26ABC2/outbox/{id}/2"
    return ask(nation, "POST", path, b"x", given=proof, mex_chunk_range="2:2")


def chunk_of_none(nation):
    return ask(nation, "POST", "/X26ABC1/outbox/none/2", b"x", mex_chunk_range="2:2")


def sent_twice(nation):
    for _ in range(2):
        sent(nation, mex_localid="mine")
    return ask(nation, "GET", "/X26ABC1/outbox/tracking?localID=mine")


WAYS = {
    "unsigned": lambda n: ask(n, "GET", "/X26ABC1", given="Bearer x"),
    "not-authenticated": lambda n: ask(n, "GET", "/X26ABC1", given=token(n, password="other")),
    "nonce-used": nonce_used,
    "mailbox-differs": lambda n: ask(n, "GET", "/X26ABC2"),
    "mailbox-unknown": lambda n: ask(n, "GET", "/NOBODY", given=token(n, "NOBODY")),
    "accept-wrong": lambda n: ask(n, "GET", "/X26ABC1", accept="application/vnd.mesh+json"),
    "unregistered": lambda n: outbox(n, mex_to="NOBODY"),
    "no-recipient": lambda n: outbox(n, mex_to=""),
    "no-workflow": lambda n: outbox(n, mex_workflowid=""),
    "header-wrong": lambda n: outbox(n, mex_subject="a\tb"),
    "header-long": lambda n: outbox(n, mex_subject="x" * 501),
    "checksum-wrong": lambda n: outbox(n, mex_content_checksum="a_b"),
    "encoding-unsupported": lambda n: outbox(n, content_encoding="br"),
    "chunk-range": lambda n: outbox(n, mex_chunk_range="2:2"),
    "chunk-range-further": lambda n: further_chunk(n, "1:3", 3, mex_chunk_range="3:3"),
    "chunk-empty": lambda n: outbox(n, b""),
    "not-sent": chunk_of_none,
    "not-sender": chunk_of_another,
    "message-not-open": lambda n: further_chunk(n, "1:1", mex_chunk_range="2:2"),
    "chunk-beyond": lambda n: further_chunk(n, "1:2", 3, mex_chunk_range="3:3"),
    "encoding-changed": lambda n: further_chunk(n, mex_chunk_range="2:2", content_encoding="gzip"),
    "message-unknown": lambda n: received(n, "/none"),
    "not-recipient": lambda n: ask(n, "GET", f"/X26ABC1/inbox/{sent(n)}"),
    "message-gone": acknowledged,
    "several-found": sent_twice,
    "not-tracked": lambda n: ask(n, "GET", "/X26ABC1/outbox/tracking?messageID=none"),
    "nothing-to-track": lambda n: ask(n, "GET", "/X26ABC1/outbox/tracking"),
    "ods-code-missing": lambda n: ask(n, "GET", "/endpointlookup/ /W"),
    "workflow-missing": lambda n: ask(n, "GET", "/workflowsearch/ "),
    "parameter-wrong": lambda n: received(n, "?max_results=1"),
}


@pytest.mark.parametrize("row", service.own_failures)
def test_each_row_is_told_in_version_2(openroots, row):
    """With its status, its code and its words, unless nothing that MESH knows was asked for."""
    told = WAYS[row](openroots)
    failure = OWN[row]
    assert told.status == failure.status
    if row == "accept-wrong":
        assert told.body["errorDescription"] == failure.words
        return
    (detail,) = told.body["detail"]
    assert (detail["event"], detail["code"]) == (failure.issue, failure.code)
    assert detail["msg"].startswith(failure.words.partition("{")[0])
    assert told.headers["content-type"] == TWO


def test_whoever_does_not_ask_for_version_2_is_told_in_version_1(openroots):
    """Also by the gateway; and of a chunk, with the id of its message."""
    told = outbox(openroots, mex_to="NOBODY", accept="application/json")
    assert told.headers["content-type"] == "application/json"
    assert told.body == {
        "messageID": None,
        "errorEvent": "SEND",
        "errorCode": "12",
        "errorDescription": "Unregistered to address",
    }
    path = ask(openroots, "GET", "/X26ABC1/no/such/path/here", accept="*/*")
    assert path.body["errorDescription"] == "Not Found"
    for number, status in (("3:3", 406), ("x", 417)):
        wrong = further_chunk(openroots, "1:2", 3, mex_chunk_range=number, accept="*/*")
        assert (wrong.status, len(wrong.body["messageID"])) == (status, 27)


@pytest.mark.parametrize("off", [-121, 121])
def test_a_proof_is_good_for_some_hours(openroots, off):
    """By the machine's time, earlier or later."""
    assert ask(openroots, "GET", "/X26ABC1", given=token(openroots, off=off)).status == 403
    assert ask(openroots, "GET", "/X26ABC1", given=token(openroots, off=off // 2)).status == 200


def test_chunks_come_one_after_the_other(openroots):
    """Of as many as the first one said."""
    for wrong in ("3:3", "2:3", "1:2", "x"):
        assert further_chunk(openroots, mex_chunk_range=wrong).status == 417
    assert further_chunk(openroots, mex_chunk_range="2:2").status == 202


def test_what_is_not_whole_is_not_in_the_mailbox(openroots):
    """Nor is it there for anybody else."""
    id = sent(openroots, mex_chunk_range="1:2")
    assert received(openroots, "").body["messages"] == []
    assert received(openroots, f"/{id}").status == 410


def test_a_message_that_nobody_takes_out_is_reported_to_its_sender(openroots):
    """After five days, once, by a report that names it; its receiver does not see it any more."""
    id = sent(openroots, mex_localid="mine")
    openroots.wall.advance(timedelta(days=4, hours=23))
    assert received(openroots, "").body["messages"] == [id]
    openroots.wall.advance(timedelta(hours=1))
    assert received(openroots, "").body["messages"] == []
    assert received(openroots, f"/{id}").status == 410
    track = f"/X26ABC1/outbox/tracking?messageID={id}"
    overdue = ask(openroots, "GET", track).body
    inbox = ask(openroots, "GET", "/X26ABC1/inbox").body
    assert ask(openroots, "GET", track).body == overdue
    assert (overdue["status"], overdue["status_code"], overdue["status_success"]) == (
        "undeliverable",
        "14",
        False,
    )
    [report] = inbox["messages"]
    assert ask(openroots, "GET", "/X26ABC1/inbox").body["messages"] == [report]
    told = ask(openroots, "GET", f"/X26ABC1/inbox/{report}").headers
    names = ("mex-messagetype", "mex-linkedmsgid", "mex-statuscode", "mex-statusevent")
    assert [told[name] for name in names] == ["REPORT", id, "14", "SEND"]
    assert [told.get(name) for name in ("mex-localid", "mex-subject", "mex-from")] == [
        "mine",
        "NDR",
        None,
    ]
    openroots.wall.advance(timedelta(days=6))
    assert ask(openroots, "GET", "/X26ABC1/inbox").body["messages"] == [report]
    assert received(openroots, "").body["messages"] == []
    put = f"/X26ABC1/inbox/{report}/status/acknowledged"
    assert ask(openroots, "PUT", put).status == 200
    assert ask(openroots, "GET", "/X26ABC1/inbox").body["messages"] == []
