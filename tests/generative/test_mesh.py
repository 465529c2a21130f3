"""Whatever three mailboxes do in good order, each message reaches whom it was sent to, whole and
once, and nobody else.

MESH publishes no description that a machine could make requests from, so they are made up here.

Source: MESH API; hypothesis makes the lives up.
"""

import gzip
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.testing import openroots_nation
from tests.services.mesh.test_failures import TWO, ask, token

ONE = "application/json"
MAILBOXES = ("X26ABC1", "X26ABC2", "X26ABC3")
WHO = st.sampled_from(MAILBOXES)
WORKFLOWS = ("GP_A", "GP_B", "PATH_A")
FILTERS = {
    "GP_A": {"GP_A"},
    "!GP_A": {"GP_B", "PATH_A"},
    "GP_*": {"GP_A", "GP_B"},
    "!GP_*": {"PATH_A"},
    "*_A*": {"GP_A", "PATH_A"},
    "!*_A*": {"GP_B"},
}
LONGEST = timedelta(days=5)
TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "mex_subject": TEXT,
        "mex_filename": TEXT,
        "mex_partnerid": TEXT,
        "mex_content_checksum": st.from_regex(r"[A-Za-z0-9:/-]{1,100}", fullmatch=True),
        "mex_content_encrypted": st.just("Y"),
    },
)
PARTS = st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=4)
NTH = st.integers(0, 30)
VERSION = st.sampled_from((ONE, TWO))

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), WHO, WHO, st.sampled_from(WORKFLOWS), PARTS, HEADERS, VERSION),
        st.tuples(st.just("go_on"), NTH, VERSION),
        st.tuples(st.just("look"), WHO, st.sampled_from(sorted(FILTERS)), VERSION),
        st.tuples(st.just("read"), NTH, st.booleans()),
        st.tuples(st.just("acknowledge"), NTH, VERSION),
        st.tuples(st.just("wait"), st.sampled_from((1, 24, 121))),
    ),
    min_size=1,
    max_size=30,
)


class Life:
    """What three mailboxes did, and what must be in them by now."""

    def __init__(self, nation):
        self.nation = nation
        self.messages = {}  # by id, in the order in which they were sent
        self.reported = set()

    def asked(self, who, method, path, body=None, *, wanted=200, accept=TWO, **headers):
        """The answer to a request of this mailbox, which has this status."""
        self.nation.wall.advance(timedelta(milliseconds=1))
        proof = token(self.nation, who)
        told = ask(
            self.nation, method, f"/{who}{path}", body, given=proof, accept=accept, **headers
        )
        assert told.status == wanted, (method, path, told.body)
        return told

    def send(self, who, to, workflow, parts, headers, accept):
        """Its first part, of as many as there are."""
        given = {"mex_to": to, "mex_workflowid": workflow, "mex_chunk_range": f"1:{len(parts)}"}
        more = {"accept": accept, "wanted": 202} | given | headers
        told = self.asked(who, "POST", "/outbox", parts[0], **more).body
        [id] = told.values()
        one = {"from": who, "to": to, "workflow": workflow, "parts": parts, "sent": 1, "gone": ""}
        self.messages[id] = one | {"headers": headers, "at": self.nation.wall.now()}

    def go_on(self, nth, accept):
        """The next part of a message that is not whole."""
        if found := self.nth(nth, lambda one: one["sent"] < len(one["parts"])):
            id, one = found
            part, number = one["parts"][one["sent"]], one["sent"] + 1
            span = {"mex_chunk_range": f"{number}:{len(one['parts'])}"}
            path = f"/outbox/{id}/{number}"
            self.asked(one["from"], "POST", path, part, wanted=202, accept=accept, **span)
            one["sent"] = number

    def look(self, who, filter, accept):
        """Its inbox, and that of one workflow alone: what waits, and reports of what did not."""
        there = self.asked(who, "GET", "/inbox", accept=accept).body["messages"]
        waiting = [id for id, one in self.messages.items() if one["to"] == who and self.waits(one)]
        assert [id for id in there if id in self.messages] == waiting
        for id in there:
            if id not in self.messages and id not in self.reported:
                self.check_report(who, id)
        assert not [one for one in self.messages.values() if one["from"] == who and self.due(one)]
        few = self.asked(who, "GET", f"/inbox?workflow_filter={filter}", accept=accept).body
        mine = {id for id in waiting if self.messages[id]["workflow"] in FILTERS[filter]}
        assert set(few["messages"]) & self.messages.keys() == mine
        assert self.asked(who, "GET", "/count").body == {"count": len(there)}

    def check_report(self, who, id):
        """Tells of a message of this sender that waited for too long."""
        linked = self.asked(who, "GET", f"/inbox/{id}").headers["mex-linkedmsgid"]
        one = self.messages[linked]
        assert one["from"] == who
        assert self.due(one)
        one["gone"] = "reported"
        self.reported.add(id)

    def read(self, nth, packed):
        """A message that waits, part by part; nobody else may."""
        if found := self.nth(nth, self.waits):
            id, one = found
            for number, part in enumerate(one["parts"], 1):
                wanted = 200 if number == len(one["parts"]) else 206
                coding = {"accept_encoding": "gzip"} if packed else {}
                path = f"/inbox/{id}/{number}"
                told = self.asked(one["to"], "GET", path, wanted=wanted, **coding)
                is_packed = told.headers.get("content-encoding") == "gzip"
                assert (gzip.decompress(told.raw) if is_packed else told.raw) == part
                for name, value in one["headers"].items():
                    assert told.headers[name.replace("_", "-")] == value
            for other in {*MAILBOXES} - {one["to"]}:
                self.asked(other, "GET", f"/inbox/{id}", wanted=403)

    def acknowledge(self, nth, accept):
        """Take it out; its sender sees that."""
        if found := self.nth(nth, self.waits):
            id, one = found
            for _ in range(2):
                self.asked(one["to"], "PUT", f"/inbox/{id}/status/acknowledged", accept=accept)
            one["gone"] = "acknowledged"
            self.asked(one["to"], "GET", f"/inbox/{id}", wanted=410)
            path = f"/outbox/tracking?messageID={id}"
            assert self.asked(one["from"], "GET", path).body["status"] == "acknowledged"

    def wait(self, hours):
        """Time goes by."""
        self.nation.wall.advance(timedelta(hours=hours))

    def nth(self, nth, fits):
        """One of those messages that fit, if there are any."""
        found = [(id, one) for id, one in self.messages.items() if fits(one)]
        return found[nth % len(found)] if found else None

    def waits(self, one):
        """Whether it is in its receiver's mailbox."""
        is_whole = one["sent"] == len(one["parts"])
        return is_whole and not one["gone"] and not self.is_late(one)

    def due(self, one):
        """Whether its sender is owed a report."""
        return one["sent"] == len(one["parts"]) and not one["gone"] and self.is_late(one)

    def is_late(self, one):
        """Whether it was sent five days ago."""
        return self.nation.wall.now() - one["at"] >= LONGEST


@settings(max_examples=40, derandomize=True)
@given(acts=ACTS)
def test_each_message_is_given_to_its_receiver_and_to_nobody_else(openroots_seeded, acts):
    """Whole, with its headers, until it is acknowledged or too old; in the order of sending."""
    with openroots_nation(openroots_seeded) as nation:
        life = Life(nation)
        for act, *how in acts:
            getattr(life, act)(*how)
        for hours in (0, 121):
            life.wait(hours)
            for who in MAILBOXES:
                life.look(who, "GP_A", TWO)
