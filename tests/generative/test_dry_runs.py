"""Whom a dry run says a standard would refuse on a day, the gateway refuses on that day: nobody
else, nobody more often, and for nothing else.

Source: none; hypothesis makes up what is decided and what is sent.
"""

from collections import Counter
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.testing import openroots_nation
from tests.services.standards_register.office import PLAIN, SAFETY, TEAM, Office

PEOPLE = "/personal-demographics/FHIR/R4/Patient"
PATHS = (f"{PEOPLE}/9000000009", f"{PEOPLE}?family=Smith&gender=female&birthdate=eq2010-10-22")
DRY_RUN = "/dry-run?standard=plain-words&on="
READS = ["demographics.read-patient", "demographics.search-patient"]
DAYS = ("2027-03-01", "2027-07-31", "2027-08-01", "2027-09-01", "2027-12-30", "2028-02-01")
WHO = {
    "heron": {"setting": "hospital", "organisation-type": "RO197", "region": "Y62"},
    "plover": {"setting": "hospital", "region": "Y56"},
    "wren": {"setting": "general-practice"},
}

clauses = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "on": st.just("request"),
                "condition": st.sampled_from(
                    [{"fact": f"header.x-{name}", "present": True} for name in ("plain", "old")]
                ),
                "recognises": st.booleans(),
                "applies": st.sampled_from(
                    [{"services": ["demographics"], "endpoints": READS}, {"endpoints": READS[:1]}]
                ),
            }
        ),
        st.fixed_dictionaries(
            {
                "on": st.just("record"),
                "condition": st.just({"fact": "gender", "is": "female"}),
                "recognises": st.booleans(),
                "applies": st.sampled_from(
                    [
                        {"types": ["Patient"]},
                        {"types": ["Patient"], "endpoints": ["demographics.create-patient"]},
                    ]
                ),
            }
        ),
    ),
    min_size=1,
    max_size=3,
)
waves = st.fixed_dictionaries(
    {
        "settings": st.sampled_from(
            [["hospital"], ["general-practice"], ["general-practice", "hospital"]]
        ),
        "warn_from": st.sampled_from(["2027-01-11", "2027-03-01"]),
    },
    optional={
        "enforce_from": st.sampled_from(["2027-07-31", "2027-09-01"]),
        "regions": st.just(["Y56"]),
        "organisation_types": st.just(["RO197"]),
    },
)
eases = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["waiver", "plan", "brake"]),
        "applications": st.sampled_from([[one] for one in WHO]),
        "due": st.sampled_from(["2027-07-31", "2027-10-01"]),
    }
)
calls = st.tuples(
    st.sampled_from(["", *WHO]),
    st.sets(st.sampled_from(["x-plain", "x-old"])),
    st.sampled_from(PATHS),
)
writes = st.dictionaries(
    st.integers(0, 2),
    st.tuples(st.sampled_from(list(WHO)), st.sampled_from(["female", "male"])),
    max_size=3,
)


class Year(NamedTuple):
    """What is asked of whom, what eases it, and what is sent before anything is refused."""

    clauses: list
    waves: list
    together: bool
    eases: list
    ended: str
    calls: list
    writes: dict


years = st.builds(
    Year,
    clauses,
    st.lists(waves, max_size=3),
    st.booleans(),
    st.lists(eases, max_size=2),
    st.sampled_from(["", "deprecated", "retired"]),
    st.lists(calls, min_size=1, max_size=6),
    writes,
)


def decide(office, year):
    """Enter the standard, and all that is decided about it: what the register will not take, such
    as the same mandate twice, is left out."""
    words = {"words": "w", "expected": "e", "mend": "m"}
    made = [{"id": str(number), **words, **one} for number, one in enumerate(year.clauses, 1)]
    office.publish(clause=made)
    for waves in [year.waves] if year.together else [[wave] for wave in year.waves]:
        office.ask("POST", f"{PLAIN}/mandates", {"reason": "r", "waves": waves})
    for ease in year.eases:
        key = SAFETY if ease["kind"] == "brake" else TEAM
        told = office.post(f"{PLAIN}/exemptions", {**ease, "reason": "r"}, key)
        if ease["kind"] == "plan" and ease["due"] == "2027-07-31":
            office.post(f"/exemptions/{told['id']}/sign-offs", {"reason": "r"}, SAFETY)
    if year.ended:
        office.move("deprecated", on="2026-12-01", source="told of elsewhere")
    if year.ended == "retired":
        office.move("retired", on="2027-08-01")


def send(nation, year):
    """Send everything; returns how often each application was refused, calls and records."""
    refused = Counter(), Counter()
    for who, headers, path in year.calls:
        named = {"apikey": f"{who}-key" if who else "", **dict.fromkeys(headers, "1")}
        refused[0][who] += _is_refused(nation.ask("GET", path, headers=named))
    people = nation.people("moved", 3) if year.writes else []
    for number, (who, gender) in year.writes.items():
        at = f"{PEOPLE}/{people[number]['number']}"
        body = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
        named = {"apikey": f"{who}-key", "if-match": nation.ask("GET", at).headers["etag"]}
        refused[1][who] += _is_refused(nation.ask("PATCH", at, body, headers=named))
    return refused


def _is_refused(told):
    assert told.status in (200, 403), told.body
    if told.status == 403:
        assert "plain-words" in told.body["issue"][0]["diagnostics"]
    return told.status == 403


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(years)
def test_what_a_dry_run_says_would_be_refused_is_what_is_refused(openroots_seeded, year):
    """Whatever was mandated, eased, deprecated and retired, for whomever and from whenever: what
    was sent before is sent again on each of those days, and refused as often as was told."""
    with openroots_nation(openroots_seeded) as nation:
        office = Office(nation).on("2027-01-11")
        for who, parts in WHO.items():
            office.application(who, **parts)
        decide(office, year)
        assert not any(map(Counter.total, send(nation, year)))
        told = {day: nation.tooling("GET", DRY_RUN + day).body for day in DAYS}
        for day in DAYS:
            office.on(day)
            calls, records = send(nation, year)
            assert said(told[day], "calls") == +calls, day
            assert said(told[day], "records") == +records, day


def said(told, kind):
    """How often each application would be refused, by a dry run."""
    found = Counter()
    for one in told["applications"]:
        found[one["application"]] += one[kind]["refused"]
    return +found
