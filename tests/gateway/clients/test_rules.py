"""What each rule about clients finds: by stories of clients that keep it, and that do not."""

import pytest

from openroots.gateway.clients.messages import taken
from openroots.gateway.clients.rule import OUTCOMES, Watched
from openroots.gateway.clients.rules import RULES
from openroots.gateway.recorder import LARGEST, MOST
from openroots.testing import KEY, openroots_nation
from tests.gateway.clients.practice import pass_a_while
from tests.gateway.clients.reading import outcome_of
from tests.pages.lived_in import subscribe
from tests.services.mesh.test_failures import received, sent
from tests.services.queues.test_failures import ask as ask_queue
from tests.waiting import until

PDS = "/personal-demographics/FHIR/R4"
JANE, INVALIDATED = f"{PDS}/Patient/9000000009", f"{PDS}/Patient/9990003343"
SEARCH = f"{PDS}/Patient?family=Sm*&birthdate=ge1900-01-01&_max-results=1"
APPLICATION = "ashby-practice-system"
EVENTS_HUB = "larkfield-events-hub"
BY_KEY = {"apikey": KEY}
ONE_ID = {"x-request-id": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
WITHOUT = {"x-request-id": ""}


@pytest.fixture(scope="module")
def nation(openroots_seeded):
    """One world for all stories, each of which begins after the one before."""
    with openroots_nation(openroots_seeded) as nation:
        yield nation


@pytest.fixture
def told(nation):
    """What a rule comes to, of all that was asked since the story began."""
    pass_a_while(nation)
    nation.ask("GET", JANE)
    since = nation.tooling("GET", "/requests/last").body["id"]
    yield lambda rule: outcome_of(nation.client_report(since=since), rule)
    nation.faults.clear()


def patch(nation, version, *, value="male", **headers):
    """A change of gender, of this version."""
    body = {"patches": [{"op": "replace", "path": "/gender", "value": value}]}
    given = {"if-match": f'W/"{version}"' if version else "", **headers}
    return nation.ask("PATCH", JANE, body, headers=given)


def version_of(nation):
    """The version that a read shows."""
    return int(nation.ask("GET", JANE).headers["etag"][3:-1])


def test_a_story_in_which_nothing_happened_tells_nothing(nation, told):
    """Each rule is not seen, or one that is never to be told from outside."""
    assert {told(rule.id) for rule in RULES} == {"not seen", "not checkable"}


def test_what_cannot_be_told_is_never_a_pass(told):
    """It says in words where to look instead."""
    silent = [rule for rule in RULES if rule.judge is None]
    assert {rule.id for rule in silent} == {
        *("duplicates-ignored", "order-kept", "score-not-shown", "restricted-erased"),
    }
    assert {told(rule.id) for rule in silent} == {"not checkable"}


def test_every_rule_says_whence_it_is_and_how_to_mend_and_to_see_it():
    """In sentences, and under a name of its own."""
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.words.endswith(".")
        assert rule.mend.endswith(".")
        assert rule.source
        assert rule.show.endswith(".")


@pytest.mark.parametrize("id", ["", "1", "60E0B220-8136-4CA5-AE46-1D97EF59D06"])
def test_a_request_without_an_id_or_with_none_is_seen(nation, told, id):
    nation.ask("GET", JANE, headers={"x-request-id": id})
    assert told("request-id") == "fail"


def test_an_id_may_be_sent_again_for_what_was_not_answered(nation, told):
    """Once it was answered, it stands for that request alone."""
    nation.ask("GET", JANE)
    nation.trouble("demographics.read-patient", every=1)
    nation.ask("GET", JANE, headers=ONE_ID)
    nation.faults.clear()
    nation.ask("GET", JANE, headers=ONE_ID)
    assert told("request-id-fresh") == "pass"
    nation.ask("GET", JANE, headers=ONE_ID)
    assert told("request-id-fresh") == "fail"


def test_a_write_that_failed_is_to_be_sent_under_its_id(nation, told):
    """As long as it is the same write, of the same version."""
    version = version_of(nation)
    nation.trouble("demographics.patch-patient", every=1)
    patch(nation, version, **ONE_ID)
    nation.faults.clear()
    patch(nation, version, value="female")
    assert told("retry-same-id") == "not seen"
    patch(nation, version)
    assert told("retry-same-id") == "fail"


def test_a_change_names_the_version_that_was_shown(nation, told):
    """None, one that is no ETag, or an older one is seen; what an answer to a change showed is
    shown as well."""
    version = version_of(nation)
    assert patch(nation, version).status == 200
    assert patch(nation, version + 1, value="female").status == 200
    assert told("if-match") == "pass"
    patch(nation, version)
    assert told("if-match") == "fail"


@pytest.mark.parametrize("version", [0, '2"x'])
def test_a_change_that_names_no_version_is_seen(nation, told, version):
    patch(nation, version)
    assert told("if-match") == "fail"


def test_a_version_that_was_never_shown_is_seen_once_it_is_wrong(nation, told):
    """A client may have kept it from before; a guess it is where it is not so."""
    patch(nation, 1)
    assert told("if-match") == "fail"


def test_after_a_conflict_the_record_is_read(nation, told):
    """A search that shows it will do as well as a read."""
    patch(nation, 1)
    assert told("conflict-reread") == "not seen"
    version = version_of(nation)
    patch(nation, version)
    assert told("conflict-reread") == "pass"
    patch(nation, 1)
    patch(nation, version + 1, value="female")
    assert told("conflict-reread") == "fail"


def test_after_too_many_requests_the_whole_api_is_left_alone(nation, told):
    """Until the time that was given is over; another request within it is too soon."""
    nation.trouble("demographics.read-patient", "quota-exceeded", every=2, seconds=2)
    nation.ask("GET", JANE)
    nation.ask("GET", JANE)
    pass_a_while(nation)
    nation.ask("GET", SEARCH)
    assert told("back-off") == "pass"
    nation.ask("GET", JANE)
    nation.ask("GET", JANE)
    nation.ask("GET", SEARCH)
    assert told("back-off") == "fail"


def test_what_goes_on_failing_is_given_up(nation, told):
    """Ten failures in a row are borne with; not so more within a minute."""
    nation.trouble("demographics.read-patient", every=1)
    for _ in range(10):
        nation.ask("GET", JANE)
    assert told("retries-bounded") == "pass"
    pass_a_while(nation)
    nation.ask("GET", JANE)
    assert told("retries-bounded") == "fail"


def test_what_was_refused_is_sent_otherwise(nation, told):
    """As it was is once too often; with what was missing, it is another."""
    nation.ask("GET", f"{PDS}/Patient?family=Smith")
    nation.ask("GET", f"{PDS}/Patient?family=Smith&birthdate=2010-10-22")
    nation.ask("GET", JANE, headers=WITHOUT)
    nation.ask("GET", JANE)
    assert told("refusal-mended") == "pass"
    nation.ask("GET", f"{PDS}/Patient?family=Smith")
    assert told("refusal-mended") == "fail"


def test_a_search_with_too_many_matches_is_narrowed(nation, told):
    nation.ask("GET", SEARCH)
    assert told("search-narrowed") == "not seen"
    nation.ask("GET", f"{SEARCH}&gender=female")
    assert told("search-narrowed") == "pass"
    nation.ask("GET", SEARCH)
    nation.ask("GET", SEARCH)
    assert told("search-narrowed") == "fail"


def test_a_warning_is_heeded(nation, told):
    """Where the next request to the same place is warned again, it was not."""
    nation.move_clock("2027-02-01")
    warned = {**BY_KEY, **ONE_ID, "x-request-id": "60e0b220-8136-0ca5-0e46-1d97ef59d068"}
    assert "deprecation" in nation.ask("GET", JANE, headers=warned).headers
    assert "deprecation" not in nation.ask("GET", JANE, headers=BY_KEY).headers
    assert told("warning-heeded") == "pass"
    nation.ask("GET", JANE, headers=warned)
    nation.ask("GET", JANE, headers=warned)
    assert told("warning-heeded") == "fail"
    nation.move_clock("real")


def test_a_number_that_was_invalidated_is_left(nation, told):
    assert nation.ask("GET", INVALIDATED).status == 404
    assert told("invalidated-dropped") == "not seen"
    nation.ask("GET", JANE)
    assert told("invalidated-dropped") == "pass"
    nation.ask("GET", f"{INVALIDATED}/RelatedPerson")
    assert told("invalidated-dropped") == "fail"


def test_messages_of_a_queue_are_acknowledged(nation, told):
    """Those that were received, before more are asked for; the newest have time yet."""
    ask_queue(nation, "CreateQueue", QueueName="q")
    ask_queue(nation, "SendMessage", MessageBody="one")
    ask_queue(nation, "SendMessage", MessageBody="two")
    (first,) = ask_queue(nation, "ReceiveMessage").body["Messages"]
    assert told("messages-acknowledged") == "not seen"
    ask_queue(nation, "DeleteMessage", ReceiptHandle=first["ReceiptHandle"])
    ask_queue(nation, "ReceiveMessage")
    assert told("messages-acknowledged") == "pass"
    ask_queue(nation, "ReceiveMessage")
    assert told("messages-acknowledged") == "fail"


def test_messages_of_a_mailbox_are_acknowledged_once(nation, told):
    """One that was read before more were listed, and one twice, are seen."""
    first, second = sent(nation), sent(nation)
    received(nation, f"/{first}")
    received(nation, f"/{first}/status/acknowledged", "PUT")
    assert told("messages-acknowledged") == "pass"
    received(nation, f"/{first}/status/acknowledged", "PUT")
    assert told("messages-acknowledged") == "fail"
    since = nation.tooling("GET", "/requests/last").body["id"]
    received(nation, f"/{second}")
    received(nation, "")
    report = nation.client_report(since=since)
    assert outcome_of(report, "messages-acknowledged") == "fail"


@pytest.mark.parametrize(("outcome", "kept"), [("delivered", True), ("failed", False)])
def test_a_webhook_is_judged_by_the_log_of_its_events(outcome, kept):
    event = {"id": "1", "attempt": 1, "outcome": outcome, "told": "202"}
    assert [seen.kept for seen in taken(Watched([], [event]))] == [kept]


def test_a_client_is_told_from_others(nation, told):
    """By its application; what was refused before it was known whose it was, by its key."""
    nation.ask("GET", JANE, headers=BY_KEY)
    nation.ask("GET", JANE, headers={**BY_KEY, **WITHOUT})
    nation.ask("GET", JANE, headers=WITHOUT)
    report = nation.client_report(APPLICATION)
    rule = next(rule for rule in report["rules"] if rule["id"] == "request-id")
    assert rule["against"] == 1
    assert set(report["applications"]) == {APPLICATION, ""}


def test_a_body_that_was_too_large_to_keep_is_compared_with_none(nation, told):
    """Neither as the same nor as another."""
    for value in ("male", "female"):
        patch(nation, 2, value=value * LARGEST, **ONE_ID)
    assert told("request-id-fresh") == "not seen"


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"patches": 7}', b'{"patches": [7]}', b"\xff"])
def test_what_makes_no_sense_is_looked_at_all_the_same(nation, told, body):
    """Whatever a client sends, a report can be made of it."""
    nation.ask("PATCH", f"{PDS}/Patient/9727022820", body, headers={"if-match": 'W/"2"'})
    nation.ask("GET", f"{PDS}/Patient/9727022820")
    nation.ask("PATCH", f"{PDS}/Patient/9727022820", body, headers={"if-match": 'W/"2"'})
    ask_queue(nation, "DeleteMessageBatch", Entries=7)
    nation.ask("POST", "/oauth2/token", body)
    assert told("request-id") in OUTCOMES


def test_older_requests_than_are_kept_are_not_counted_as_seen(openroots):
    """The report says that it did not see the beginning."""
    recorder = openroots.house.gateway.recorder
    openroots.ask("GET", JANE)
    assert openroots.client_report()["whole"]
    recorder.let_go = MOST
    assert not openroots.client_report()["whole"]


def test_events_that_a_webhook_does_not_take_are_seen(openroots):
    """By the log of what was sent to it; those of others are not the client's."""
    subscribe(openroots)
    patch(openroots, 2)
    until(lambda: openroots.client_report(EVENTS_HUB)["events"])
    assert outcome_of(openroots.client_report(EVENTS_HUB), "webhook-takes") == "fail"
    assert outcome_of(openroots.client_report(APPLICATION), "webhook-takes") == "not seen"
