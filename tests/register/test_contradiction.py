"""Clauses that nobody can meet together are found, and all others are left in peace."""

import pytest

from openroots.register.contradiction import contradictions
from openroots.register.standard import load_standards, parse_standard
from tests.register.samples import PLAIN, plain

MANDATE = """
[[mandate]]
settings = {settings}
published = 2026-06-01
warn_from = {warn_from}
decided_at = 2026-06-01T00:00:00Z
by = "national.standards"
reason = "As planned."
"""
WHO = 'condition = { fact = "header.x-who", present = true }'
NOBODY = 'condition = { fact = "header.x-who", present = false }'


def binding(id="plain", asked=WHO, settings='["hospital"]', warn_from="2026-07-01", clause=""):
    """A standard that asks this in its first clause, and is mandated so."""
    text = PLAIN.replace('id = "plain"', f'id = "{id}"').replace(WHO, f"{clause}{asked}")
    text += MANDATE.format(settings=settings, warn_from=warn_from)
    return parse_standard(text, f"{id}.toml")


def told(one, *others):
    """What is said of it."""
    return [words for _, words in contradictions(one, {other.id: other for other in others})]


def asked(condition):
    """A clause on the header that asks this of it."""
    return f"condition = {{ {condition} }}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('fact = "header.a", present = true', 'fact = "header.a", present = false'),
        ('fact = "header.a", matches = "x+"', 'fact = "header.a", present = false'),
        ('fact = "header.a", is = "x"', 'fact = "header.a", is = "y"'),
        ('fact = "header.a", is = "x"', 'fact = "header.a", is = "y", missing_ok = true'),
        ('fact = "header.a", is = "x"', 'fact = "header.a", matches = "[0-9]+"'),
        ('fact = "header.a", any = ["x", "y"]', 'fact = "header.a", any = ["z"]'),
        ('fact = "header.a", is = "x"', 'not = { fact = "header.a", any = ["x", "y"] }'),
        ('fact = "header.a", matches = "x"', 'not = { fact = "header.a", matches = "x" }'),
        ('fact = "header.a", gte = 7', 'fact = "header.a", lte = 6'),
        ('fact = "header.a", after = 2026-01-02', 'fact = "header.a", before = 2026-01-01'),
        (
            'all = [{ fact = "header.b", present = true }, { fact = "header.a", is = "x" }]',
            'not = { any = [{ fact = "header.c", is = "y" }, { fact = "header.a", is = "x" }] }',
        ),
    ],
)
def test_what_one_demands_and_the_other_forbids_is_told(one, other):
    """Whichever of the two is looked at, and with the clause, the setting and the day."""
    one, other = binding("one", asked(one)), binding("other", asked(other))
    words = "nothing from hospital can meet it and clause 1 of {}, from 2026-07-01 on"
    assert told(one, one, other) == [words.format("other")]
    assert told(other, one, other) == [words.format("one")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('fact = "header.a", present = true', 'fact = "header.b", present = false'),
        ('fact = "header.a", present = true', 'fact = "header.a", is = "x"'),
        ('fact = "header.a", present = false', 'fact = "header.a", is = "x", missing_ok = true'),
        (
            'fact = "header.a", is = "x", missing_ok = true',
            'fact = "header.a", is = "y", missing_ok = true',
        ),
        ('fact = "header.a", any = ["x", "y"]', 'fact = "header.a", any = ["y", "z"]'),
        ('fact = "header.a", is = "x"', 'fact = "header.a", matches = "[a-z]"'),
        ('fact = "header.a", matches = "x"', 'fact = "header.a", matches = "y"'),
        ('fact = "header.a", any = ["x", "y"]', 'not = { fact = "header.a", is = "x" }'),
        ('not = { fact = "header.a", is = "x" }', 'not = { fact = "header.a", is = "y" }'),
        ('fact = "header.a", gte = 6', 'fact = "header.a", lte = 6'),
        ('fact = "header.a", gte = 7', 'fact = "header.a", gte = 6'),
        (
            'any = [{ fact = "header.b", present = true }, { fact = "header.a", is = "x" }]',
            'fact = "header.a", present = false',
        ),
        (
            'not = { all = [{ fact = "header.a", is = "x" }, { fact = "header.b", is = "x" }] }',
            'fact = "header.a", is = "x"',
        ),
    ],
)
def test_what_can_be_met_together_is_left_in_peace(one, other):
    """So is what cannot be told without trying, as of two patterns."""
    assert told(binding("one", asked(one)), binding("other", asked(other))) == []


def test_only_those_who_are_bound_by_both_are_told():
    """In a setting of both, from the day on which the later of the two binds; of types of
    organisation and regions of both."""
    one = binding("one", settings='["hospital", "maternity"]')
    later = binding("other", NOBODY, '["maternity", "dentistry"]', "2027-01-01")
    assert told(one, later) == [
        "nothing from maternity can meet it and clause 1 of other, from 2027-01-01 on"
    ]
    assert told(one, binding("other", NOBODY, '["dentistry"]')) == []
    assert told(one, plain(PLAIN.replace(WHO, NOBODY))) == []  # it is not mandated
    london = binding("one", settings='["hospital"]\nregions = ["Y56"]')
    north = binding("other", NOBODY, '["hospital"]\nregions = ["Y63"]')
    trusts = binding("other", NOBODY, '["hospital"]\norganisation_types = ["RO197"]')
    assert told(london, north) == []
    assert len(told(london, trusts)) == 1


def test_only_what_can_be_asked_of_the_same_is_told():
    """By the same service, endpoint or type of record."""
    reads = binding("one", clause='applies = { endpoints = ["demographics.read-patient"] }\n')
    for applies, is_told in (
        ('{ services = ["demographics"] }', True),
        ('{ services = ["events"] }', False),
        ('{ endpoints = ["demographics.patch-patient"] }', False),
    ):
        other = binding("other", NOBODY, clause=f"applies = {applies}\n")
        assert bool(told(reads, other)) == is_told
    without = PLAIN.replace('id = "plain"', 'id = "other"')
    without = without.replace('fact = "text", matches = ".+"', 'fact = "text", present = false')
    without += MANDATE.format(settings='["hospital"]', warn_from="2026-07-01")
    other = parse_standard(without, "other.toml")
    assert [number for number, _ in contradictions(binding(), {"other": other})] == [2]
    other = parse_standard(without.replace('["Note"]', '["Notice"]'), "other.toml")
    assert told(binding(), other) == []


def test_the_use_of_a_retired_standard_is_no_longer_demanded_by_another():
    """A clause that recognises a use forbids it, once its standard is deprecated."""
    uses = binding("uses")
    recognising = PLAIN.replace('id = "plain"', 'id = "old"').replace(
        WHO, f"{WHO}\nrecognises = true"
    )
    old = parse_standard(recognising, "old.toml")
    assert told(uses, old) == []
    deprecated = '\n\n[[stage]]\nstage = "deprecated"\nfrom = 2026-09-01\n\n[[clause]]'
    ends = recognising.replace("\n\n[[clause]]", deprecated, 1)
    assert told(uses, parse_standard(ends, "old.toml")) == [
        "nothing from hospital can meet it and clause 1 of old, from 2026-09-01 on"
    ]


def test_a_standard_can_contradict_itself():
    """The later of the two clauses is told."""
    text = PLAIN.replace(
        '[[clause]]\nid = "2"',
        f'[[clause]]\nid = "1b"\non = "request"\nwords = "Or not."\nexpected = "Nobody."\n'
        f'mend = "Do not."\n{NOBODY}\n\n[[clause]]\nid = "2"',
    )
    text += MANDATE.format(settings='["hospital"]', warn_from="2026-07-01")
    one = parse_standard(text, "plain.toml")
    [(number, words)] = contradictions(one, {"plain": one})
    assert (number, "clause 1 of plain" in words) == (2, True)


def test_the_standards_that_are_brought_agree():
    """None forbids what another demands."""
    known = {one.id: one for one in load_standards()}
    assert [found for one in known.values() for found in contradictions(one, known)] == []
