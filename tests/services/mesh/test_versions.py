"""What MESH answers in version 1 and in version 2 of its API, as its published sandbox does."""

import gzip
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.services.mesh.test_failures import SENDING, TWO, ask, outbox, received, sent, token

ONE = "application/json"


def read(nation, path, **headers):
    """What X26ABC2 is handed out of its inbox."""
    proof = token(nation, "X26ABC2")
    return ask(nation, "GET", f"/X26ABC2/inbox/{path}", given=proof, **headers)


def sent_in_order(nation, workflows):
    """The ids of messages with these workflows, each sent later than the one before."""
    ids = []
    for workflow in workflows:
        ids.append(sent(nation, mex_workflowid=workflow))
        nation.wall.advance(timedelta(milliseconds=1))
    return ids


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_handshake_says_nothing_in_version_2(openroots, method):
    """In version 1 it names the mailbox, of which the path may be in small letters."""
    assert ask(openroots, method, "/X26ABC1").body is None
    told = ask(openroots, method, "/x26abc1", accept=ONE)
    assert (told.body, told.headers["content-type"]) == ({"mailboxId": "X26ABC1"}, ONE)


def test_an_inbox_is_told_with_links_in_version_2(openroots):
    """Which repeat what was asked for, where that is not the usual; version 1 has none."""
    ids = sent_in_order(openroots, ["W"] * 11)
    told = received(openroots, "?max_results=10&workflow_filter=*W*").body
    assert told["messages"] == ids[:10]
    path = "/messageexchange/X26ABC2/inbox?max_results=10&workflow_filter=%2AW%2A"
    assert told["links"] == {"self": path, "next": f"{path}&continue_from={ids[9]}"}
    assert received(openroots, "").body["links"] == {"self": "/messageexchange/X26ABC2/inbox"}
    one = {"given": token(openroots, "X26ABC2"), "accept": ONE}
    page = ask(openroots, "GET", f"/X26ABC2/inbox?max_results=10&continue_from={ids[9]}", **one)
    assert page.body == {"messages": ids[10:]}
    count = ask(openroots, "GET", "/X26ABC2/count", **one).body
    assert (count["count"], count["allResultsIncluded"], len(count["internalID"])) == (11, True, 32)


@pytest.mark.parametrize(
    ("filter", "wanted"),
    [
        ("A_B", [1]),
        ("!A_B", [0, 2]),
        ("A_*", [0, 1]),
        ("!A_*", [2]),
        ("*_B*", [1, 2]),
        ("!*_B*", [0]),
    ],
)
def test_an_inbox_is_filtered_by_workflow(openroots, filter, wanted):
    """That is, begins with, or holds a text; or does not."""
    ids = sent_in_order(openroots, ["A_A", "A_B", "B_B"])
    told = received(openroots, f"?workflow_filter={filter}").body
    assert told["messages"] == [ids[nth] for nth in wanted]


def test_an_inbox_says_how_many_wait_however_short_the_page(openroots):
    """On the first page and on the last."""
    ids = sent_in_order(openroots, ["W"] * 11)
    for asked in ("", f"&continue_from={ids[9].lower()}"):
        told = received(openroots, f"?max_results=10{asked}").body
        assert told["approx_inbox_count"] == 11
    assert told["messages"] == ids[10:]


def test_what_waited_too_long_takes_no_place_of_a_page(openroots):
    """A client that asks for the first page alone sees what came after it."""
    sent_in_order(openroots, ["W"] * 10)
    openroots.wall.advance(timedelta(days=5))
    ids = sent_in_order(openroots, ["W"] * 11)
    told = received(openroots, "?max_results=10").body
    assert (told["messages"], told["links"]["next"][-27:]) == (ids[:10], ids[9])


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("continue_from=zzz", "continue_from is not where the page before said to go on"),
        ("continue_from=", "continue_from is not where the page before said to go on"),
        ("workflow_filter=!", "workflow_filter is not 2 to 255 characters"),
        ("workflow_filter=%20W%20", "workflow_filter is not 2 to 255 characters"),
        (f"workflow_filter={'W' * 256}", "workflow_filter is not 2 to 255 characters"),
    ],
)
def test_an_inbox_is_not_shown_empty_for_what_was_mistyped(openroots, asked, wanted):
    """It is refused, by the name of the parameter."""
    told = received(openroots, f"?{asked}")
    assert (told.status, told.body["detail"][0]["msg"]) == (400, wanted)
    assert received(openroots, f"?workflow_filter={'W' * 255}").status == 200


def test_a_message_is_handed_out_with_its_headers(openroots):
    """Those that it was sent with, to the byte, and those by which MESH tells of it."""
    more = {"mex_subject": "Grüße", "mex_content_encrypted": "true", "content_type": "text/CSV"}
    id = sent(openroots, **more)
    told = read(openroots, id.lower())
    names = ("version", "addresstype", "filename", "subject", "content-encrypted", "content-type")
    assert [told.headers[f"mex-{name}"] for name in names] == [
        *("1.0", "ALL", f"{id}.dat", "Grüße".encode().decode("latin-1"), "Y", "text/csv")
    ]
    assert re.fullmatch(r"\d{14}", told.headers["mex-statustimestamp"])
    assert told.headers["last-modified"].endswith(" GMT")
    assert told.headers["content-type"] == "text/csv"
    assert read(openroots, id, accept=ONE).headers["content-type"] == "application/octet-stream"


def test_what_is_kept_in_gzip_is_unpacked_for_who_does_not_accept_it(openroots):
    """And handed out as it was sent to who does."""
    packed = gzip.compress(b"Dear Jane", mtime=0)
    flag = {"content_encoding": "gzip", "mex_content_compressed": "Y"}
    id = outbox(openroots, packed, **flag).body["message_id"]
    for accepted in ("gzip", "GZIP"):
        told = read(openroots, id, accept_encoding=accepted)
        assert (told.raw, told.headers["content-encoding"]) == (packed, "gzip")
    assert told.headers["mex-content-compressed"] == "Y"
    plain = read(openroots, id)
    assert (plain.raw, plain.headers.get("content-encoding")) == (b"Dear Jane", None)
    broken = outbox(openroots, b"no gzip", content_encoding="gzip").body["message_id"]
    assert read(openroots, broken).raw == b"no gzip"


def test_a_chunk_whose_answer_was_lost_may_be_sent_again(openroots):
    """With the same proof: it is there once, also where it was the last."""
    first = ask(
        openroots, "POST", "/X26ABC1/outbox", b"a", accept=ONE, mex_chunk_range="1:3", **SENDING
    )
    id = first.body["messageID"]
    for number in (2, 3):
        again = {"given": token(openroots), "mex_chunk_range": f"{number}:3", "accept": ONE}
        for _ in range(2):
            told = ask(openroots, "POST", f"/X26ABC1/outbox/{id}/{number}", b"b", **again)
            assert (told.status, told.body) == (202, {"messageID": id, "blockID": number})
        other = ask(openroots, "POST", f"/X26ABC1/outbox/{id}/{number}", b"c", **again)
        assert other.status == (417 if number == 2 else 423)
    assert [read(openroots, f"{id}/{number}").raw for number in (1, 2, 3)] == [b"a", b"b", b"b"]
    assert (
        ask(openroots, "POST", f"/X26ABC1/outbox/{id}/3", b"b", mex_chunk_range="3:3").body is None
    )


def test_an_acknowledgement_says_nothing_in_version_2(openroots):
    """In version 1 it names the message, also where its answer was lost and it is sent again."""
    id = sent(openroots)
    proof = {"given": token(openroots, "X26ABC2")}
    put = f"/X26ABC2/inbox/{id}/status/acknowledged"
    assert ask(openroots, "PUT", put, **proof).body is None
    assert ask(openroots, "PUT", put, accept=ONE, **proof).body == {"messageId": id}


def test_what_became_of_a_message_is_told_in_both_versions(openroots):
    """In version 1 with names of its own, and by the sender's own id in the path too."""
    id = sent(openroots, mex_localid="mine", mex_filename="a.csv")
    two = ask(openroots, "GET", f"/X26ABC1/outbox/tracking?messageID={id.lower()}")
    assert two.headers["content-type"] == TWO
    assert (two.body["status"], two.body["status_success"], two.body["filename"]) == (
        *("accepted", True),
        "a.csv",
    )
    one = ask(openroots, "GET", f"/X26ABC1/outbox/tracking?messageID={id}", accept=ONE).body
    assert (one["status"], one["statusSuccess"], one["messageType"]) == (
        "Accepted",
        "SUCCESS",
        "Data",
    )
    assert (one["senderName"], one["recipientName"], one["fileSize"]) == ("TESTMB1", "TESTMB2", 1)
    assert re.fullmatch(r"\d{14}", one["expiryTime"])
    assert ask(openroots, "GET", "/X26ABC1/outbox/tracking/mine").body == one
    assert ask(openroots, "GET", "/X26ABC1/outbox/tracking/other").status == 404


@pytest.mark.parametrize("local_id", ["order/7", "order%2F7"])
def test_a_message_is_tracked_by_whatever_id_its_sender_gave(openroots, local_id):
    """In a path a slash is sent encoded, and is told from the letters "%2F"."""
    id = sent(openroots, mex_localid=local_id)
    tracked = ask(openroots, "GET", f"/X26ABC1/outbox/tracking/{quote(local_id, safe='')}")
    assert tracked.body["messageId"] == id


def test_anybody_may_look_up_a_mailbox(openroots):
    """By organisation and workflow in both versions, by workflow in one shape."""
    by_both, by_workflow = "/endpointlookup/X26/TESTWORKFLOW", "/workflowsearch/TESTWORKFLOW"
    two = {"mailbox_id": "X26ABC1", "mailbox_name": "TESTMB1"}
    for path in (by_both, by_workflow):
        assert ask(openroots, "GET", path, given="").body["results"][0] == two
    one = ask(openroots, "GET", by_both, given="", accept=ONE).body
    found = {"address": "X26ABC1", "description": "TESTMB1", "endpoint_type": "MESH"}
    assert (one["results"][0], len(one["query_id"])) == (found, 32)
    assert ask(openroots, "GET", by_workflow, given="", accept=ONE).body["results"][0] == two
