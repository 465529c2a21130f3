"""What an audit entry says in words: of the looks that broken glass let somebody have."""

from datetime import timedelta

from tests.gateway.governed import agree_instead
from tests.services.access_log.test_access_log import JANE, JANE_READ, ME, MINE, OFFICER, looks_of

GLASS = "/legitimate-relationships"
REASON = "Unconscious in the emergency department"
BODY = {"patient": JANE, "reason": REASON}


def flagged(nation, path=MINE, caller=OFFICER):
    """The looks that are told as those of an emergency."""
    told = looks_of(nation.ask("GET", path, caller=caller))
    return [look for look in told if look["breakGlass"]]


def look_in_an_emergency(nation):
    """Have the glass broken for Jane by a doctor without a relationship, and her record read; the
    id of what was claimed, and the doctor's token."""
    agree_instead(nation, conditions={"relationship": True})
    doctor = nation.token("ashby-practice-system", "staff:910000000012")
    as_json = doctor | {"Content-Type": "application/json"}
    broken = nation.ask("POST", f"{GLASS}/break-glass", BODY, headers=as_json).body["id"]
    assert nation.ask("GET", JANE_READ, headers=doctor).status == 200
    return broken, doctor


def test_a_use_in_an_emergency_is_flagged(openroots):
    """What was read by breaking the glass says so, with the reason that was given: to an officer
    and to the person, also once it has ended. The log holds no reason, as it may name somebody."""
    broken, doctor = look_in_an_emergency(openroots)
    openroots.wall.advance(timedelta(seconds=1))
    end = f"{GLASS}/relationships/{broken}/end"
    assert openroots.ask("POST", end, headers=doctor).status == 200
    for path, caller in ((MINE, OFFICER), ("/access-log/me", ME)):
        [look] = flagged(openroots, path, caller)
        assert (look["purpose"]["code"], look["reason"]) == ("BTG", REASON)
        assert look["purpose"]["words"].startswith("In an emergency")
    assert REASON not in str(openroots.audit())


def test_each_look_is_told_with_the_reason_of_its_own_time(openroots):
    """Where the glass was broken twice, what was read in between has the first reason."""
    _, doctor = look_in_an_emergency(openroots)
    openroots.move_clock("2026-11-23")
    assert openroots.ask("GET", JANE_READ, headers=doctor).status == 403
    again, as_json = BODY | {"reason": "Found again"}, doctor | {"Content-Type": "application/json"}
    openroots.ask("POST", f"{GLASS}/break-glass", again, headers=as_json)
    assert openroots.ask("GET", JANE_READ, headers=doctor).status == 200
    assert [look["reason"] for look in flagged(openroots)] == ["Found again", REASON]
