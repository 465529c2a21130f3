"""Standards held by lint: what is not there, cannot be, or leads back to itself, with its line."""

import orjson
import pytest

from openroots.fhir.added import Added
from openroots.fhir.definitions import TYPES
from openroots.fhir.package import condense_all
from openroots.register.lint_standards import is_standard, lint_standard, readable
from openroots.register.programme import programme_files
from openroots.register.standard import standard_files
from openroots.services import served
from tests.register.samples import PLAIN

RECORD = """
[[clause]]
id = "3"
on = "record"
words = "Who is born has a name."
expected = "A usual name."
mend = "Send it."

[clause.applies]
types = ["Patient"]

[clause.condition]
any = [
  { fact = "name[use=usual].family", present = true },
  { fact = "deceasedBoolean", is = true },
]
"""
SOUND = (
    PLAIN.replace('["Note"]', '["Patient"]').replace('"text", matches', '"id", matches') + RECORD
)
CONDITION = "[clause.condition]"
MANDATE = """
[[mandate]]
settings = ["hospital"]
published = 2026-06-01
warn_from = 2026-07-01
enforce_from = 2027-03-01
decided_at = 2026-06-01T00:00:00Z
by = "national.standards"
reason = "As planned."
"""


def faults(text, name="plain.toml", **others):
    return lint_standard(text, name, readable({name: text, **others}), served())


@pytest.mark.parametrize("name", standard_files())
def test_each_standard_that_is_brought_is_sound(name):
    assert is_standard(standard_files()[name])
    assert faults(standard_files()[name], name) == []


def test_a_programme_is_no_standard():
    assert not any(is_standard(text) for text in programme_files().values())
    assert faults(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        ('title = "A', 'titel = "A', "id =", "title: is missing"),
        (
            'condition = { fact = "header',
            'applies = { services = ["demografics"] }\ncondition = { fact = "header',
            "applies = { services",
            "'demografics' is no service; there are access-log",
        ),
        (
            'condition = { fact = "header',
            'applies = { endpoints = ["demographics.read"] }\ncondition = { fact = "header',
            "applies = { endpoints",
            "'demographics.read' is no endpoint",
        ),
        (
            'types = ["Patient"]\n\n[clause.condition]',
            'types = ["Patient", "Human"]\n\n[clause.condition]',
            'types = ["Patient", "H',
            "'Human' is no resource of R4",
        ),
        ("].family", "].familly", CONDITION, "'name[use=usual].familly' is no member of Patient"),
        ("[use=usual]", "[usage=usual]", CONDITION, "'name[usage=usual].family' is no member"),
        ("deceasedBoolean", "deceasedText", CONDITION, "'deceasedText' is no member of Patient"),
        ('version = "1.0"', 'version = "1.0"\nsupersedes = "old"', "supersedes", "is no standard"),
        ("reason = ", "raison = ", "[[mandate]]", "is missing"),
        ("warn_from = 2026-07-01", "warn_from = 2028-01-01", "[[mandate]]", "must follow in order"),
        (
            "from = 2026-06-01\n\n[[clause]]",
            'from = 2026-06-01\n\n[[stage]]\nstage = "retired"\nfrom = 2027-01-01\n\n[[clause]]',
            "[[mandate]]",
            "begins after the standard is retired in hospital",
        ),
        (
            "from = 2026-06-01\n\n[[clause]]",
            'from = 2026-06-01\n\n[[stage]]\nstage = "draft"\nfrom = 2026-06-01\n\n[[clause]]',
            "[[stage]]",
            "published begins on the same day for the same",
        ),
        (
            "[[mandate]]",
            f"{MANDATE.strip()}\n\n[[mandate]]",
            "settings",
            "mandate[1] binds some of the same",
        ),
        (
            "decided_at = 2026-06-01T00:00:00Z",
            "decided_at = 2026-07-02T00:00:00Z",
            "decided_at",
            "is after warn_from: nobody had decided it then",
        ),
        ('title = "A', 'title = "\\u0000A', "title", "holds a control character"),
    ],
)
def test_each_mistake_is_told_with_its_line(old, new, at, words):
    """And in words that say what is wrong."""
    text = SOUND + MANDATE
    assert text.count(old) >= 1
    text = text.replace(old, new)
    found = faults(text)
    [fault] = [each for each in found if words in each.words]
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith(at)]
    assert fault.line in ([1] if at == "id =" else lines), found


def test_a_chain_that_comes_back_to_its_beginning_is_told():
    """However many standards it leads through."""
    older = SOUND.replace('id = "plain"', 'id = "older"\nsupersedes = "oldest"')
    oldest = SOUND.replace('id = "plain"', 'id = "oldest"\nsupersedes = "plain"')
    newest = SOUND.replace('version = "1.0"', 'version = "1.0"\nsupersedes = "older"')
    beside = {"older.toml": older, "oldest.toml": oldest}
    [fault] = faults(newest, **beside)
    assert "plain supersedes older supersedes oldest supersedes plain" in fault.words
    assert newest.splitlines()[fault.line - 1].startswith("supersedes")
    assert faults(newest, **{**beside, "oldest.toml": oldest.replace('"plain"', '"tls-1-0"')}) == []


def test_a_standard_that_forbids_what_another_demands_is_told():
    """At the condition of the clause, with the other and who is bound by both."""
    text = SOUND + MANDATE
    other = text.replace('id = "plain"', 'id = "other"')
    forbids = text.replace('"header.x-who", present = true', '"header.x-who", present = false')
    [fault] = faults(forbids, **{"other.toml": other})
    assert fault.words == (
        "clause[1].condition: nothing from hospital can meet it and clause 1 of other, "
        "from 2026-07-01 on"
    )
    assert "present = false" in forbids.splitlines()[fault.line - 1]
    assert faults(text, **{"other.toml": other}) == []


def test_a_profile_of_a_package_that_was_added_is_known(tmp_path):
    """Elsewhere it is told that nobody knows it."""
    url = "https://example.org/mine"
    mine = {
        **{"resourceType": "StructureDefinition", "url": url, "type": "Patient"},
        **{"kind": "resource", "derivation": "constraint", "baseDefinition": TYPES + "Patient"},
        "differential": {"element": [{"id": "Patient", "path": "Patient"}]},
    }
    kept = {"name": "mine", "version": "1", "entries": condense_all([mine]).entries()}
    (tmp_path / "mine-1.json").write_bytes(orjson.dumps(kept))
    text = SOUND.replace('condition = { fact = "id", matches = ".+" }', f'profile = "{url}"')
    assert "is no profile that is known here" in str(faults(text))
    known = readable({"plain.toml": text})
    assert lint_standard(text, "plain.toml", known, served(), Added(tmp_path)) == []
