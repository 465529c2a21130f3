"""Counting who meets which standard: each line of the trails once, whatever happens in between."""

from openroots.gateway.counting import count_trails
from openroots.register.kept import counts_of
from openroots.testing import KEY

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
NUMBERED = "00000000-0000-0000-0000-000000000042"


def counted(nation):
    """How many lines are counted now."""
    house = nation.house
    nation.run(house.journal.settled())
    return nation.run(count_trails(house.world, house.settings.state / "trails"))


def figures(nation):
    """Met and not met by application, for the standard on request ids."""
    found = counts_of(nation.house.world.store.snapshot(), standard="request-identity")
    return {(one.application, one.day.isoformat()): (one.met, one.not_met) for one in found}


def ask(nation, **headers):
    return nation.ask("GET", JANE, headers={"apikey": KEY, **headers})


def test_each_call_is_counted_once(openroots):
    """By the day of the world's time; counting again counts what came since."""
    ask(openroots)
    ask(openroots, **{"x-request-id": NUMBERED})
    assert counted(openroots) == 2
    assert counted(openroots) == 0
    openroots.move_clock("2027-02-01")
    ask(openroots, **{"x-request-id": NUMBERED})
    counted(openroots)
    app = "ashby-practice-system"
    assert figures(openroots) == {(app, "2026-11-21"): (1, 1), (app, "2027-02-01"): (0, 1)}


def test_calls_of_nobody_are_not_counted(openroots):
    """Open access owes nothing."""
    openroots.ask("GET", JANE)
    counted(openroots)
    assert figures(openroots) == {}


def test_a_call_that_no_mandate_binds_is_not_held_against_who_it_turned_out_to_be(openroots):
    """Clients of OAuth send no X-Request-ID, and are refused on no day: a dry run says so too."""
    proof = f"client_id={KEY}&client_secret=ashby-practice-secret"
    as_form = {"content-type": "application/x-www-form-urlencoded"}

    def revoke(more=""):
        form = f"{proof}{more}".encode()
        status = openroots.ask("POST", "/oauth2/revoke", form, headers=as_form).status
        assert openroots.trails()[-1]["application"] == "ashby-practice-system"
        return status

    assert revoke("&token=any") == 200
    assert revoke() == 400  # what is to be revoked is not said
    assert counted(openroots) == 2
    assert figures(openroots) == {}
    told = openroots.tooling("GET", "/dry-run?standard=request-identity&on=2027-10-01").body
    assert told["sentence"] == "0 of 0 calls would be refused"
    assert told["calls"]["notJudged"] == 2
    openroots.move_clock("2027-10-01")
    assert revoke("&token=any") == 200


def test_a_line_that_is_half_written_waits(openroots):
    """And a torn one is passed over, once it is whole."""
    ask(openroots)
    openroots.run(openroots.house.journal.settled())
    [path] = (openroots.house.settings.state / "trails").glob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"torn')
    assert counted(openroots) == 1
    with path.open("ab") as file:
        file.write(b"}\n")
    assert counted(openroots) == 1
    assert sum(met for met, _ in figures(openroots).values()) == 1


def test_what_is_counted_holds_nothing_of_anybody(openroots):
    """No NHS number, name or body: applications, days and trails."""
    ask(openroots, **{"x-request-id": NUMBERED})
    counted(openroots)
    [one] = counts_of(openroots.house.world.store.snapshot(), standard="request-identity")
    assert set(one.to_json()) == {
        *("standard", "application", "organisations", "day", "met", "not_met", "refused"),
        *("clauses", "samples"),
    }
    assert one.samples == [openroots.trails()[-1]["trail"]]
