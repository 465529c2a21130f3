"""What a clause can ask of a record: codes of a system, a shape, a profile; and of bearers."""

import pytest

from openroots.register.bearer import Bearer
from openroots.register.clause import Applies, parse_clauses
from openroots.register.definition import Table
from openroots.register.rulebook import compile_rulebook
from tests.register.samples import mandated, moment, plain

BARE = {"id": "1", "on": "record", "words": "w", "expected": "e", "mend": "m"}


def judge(**way):
    clause = {**BARE, "applies": {"types": ["Observation"]}, **way}
    return parse_clauses(Table({"clause": [clause]}, "s"))[0].judge


def coded(*codings):
    return {"code": {"coding": [{"system": system, "code": code} for system, code in codings]}}


@pytest.mark.parametrize(
    ("record", "met"),
    [
        (coded(("sct", "38341003")), True),
        (coded(("read", "G20.."), ("sct", "38341003")), True),
        (coded(("read", "G20..")), False),
        (coded(("sct", "x")), False),
        ({"code": {"text": "high blood pressure"}}, False),
        ({"code": "38341003"}, False),
        ({}, False),
        ([], False),
    ],
)
def test_a_record_is_coded_in_a_system(record, met):
    """One coding of the system will do; words alone will not."""
    assert judge(codes={"path": "code", "system": "sct", "pattern": "[0-9]{6,18}"})(record) is met


def test_codes_can_be_bound_to_a_few():
    bound = judge(codes={"path": "code", "system": "sct", "among": ["1"], "missing_ok": True})
    assert [bound(coded(("sct", "1"))), bound(coded(("sct", "2"))), bound({})] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("record", "met"),
    [
        ({"status": "final", "tags": ["a"]}, True),
        ({"status": "final"}, True),
        ({"status": "odd"}, False),
        ({"tags": []}, False),
        ({"status": "final", "tags": []}, False),
        ({"status": "final", "tags": [1]}, False),
        ([], False),
    ],
)
def test_a_record_has_a_shape(record, met):
    """Its members, their types, and what they may be."""
    tags = {"type": "array", "minItems": 1, "items": {"type": "string", "maxLength": 3}}
    shape = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"enum": ["final"]}, "tags": tags},
    }
    assert judge(shape=shape)(record) is met


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ({"shape": {"maximum": 3}}, "maximum: is not a key that is known"),
        ({"shape": {"pattern": "("}}, "is no regular expression"),
        ({"shape": {"type": "date"}}, "'date' is none of"),
        ({"codes": {"path": "1", "system": "s"}}, "path or pattern"),
        ({"codes": {"path": "code"}}, "system: is missing"),
        ({}, "one of condition, check, codes, shape, profile, and one only"),
        ({"check": "x", "shape": {}}, "and one only"),
    ],
)
def test_a_clause_that_asks_nothing_sound_is_refused(way, words):
    with pytest.raises(ValueError, match=words):
        judge(**way)


@pytest.mark.parametrize(
    ("applies", "words"),
    [
        ({"services": frozenset({"standards-register"})}, "is bound by no standard"),
        ({"endpoints": frozenset({"standards-register.draft-standard"})}, "of the register"),
        ({"services": frozenset({"none"})}, "there are demographics"),
    ],
)
def test_a_clause_is_not_about_what_no_standard_binds(applies, words):
    """The register stays open, so that a wrong mandate can be taken back: a clause about it would
    judge nothing, and says so."""
    served = {"demographics": ("read-patient",), "standards-register": ("draft-standard",)}
    [fault] = Applies(**applies).faults(served)
    assert words in fault
    assert not Applies(**applies).covers("standards-register", "draft-standard")


@pytest.mark.parametrize(
    ("bearer", "bound"),
    [
        (Bearer("hospital", "RO197", "Y56", "a"), True),
        (Bearer("hospital", "RO197", "Y62"), False),
        (Bearer("hospital", "RO182", "Y56"), False),
        (Bearer("hospital"), False),
        (Bearer("dentistry", "RO197", "Y56"), False),
    ],
)
def test_a_mandate_binds_by_setting_type_and_region(bearer, bound):
    """All that it names must fit; what is not known of somebody fits nothing that is named."""
    from dataclasses import replace

    mandate = mandated(1, "2026-12-01")
    bounded = replace(mandate, organisation_types=("RO197",), regions=("Y56",))
    rulebook = compile_rulebook([plain()], [bounded])
    stretch = rulebook.timeline("plain", bearer)[-1]
    assert (stretch.mode == "refuse") is bound


def test_who_is_bound_alike_shares_its_rules():
    """Applications that no exemption names have the very same rules, and those in waves others."""
    rulebook = compile_rulebook([plain()], [mandated(1, "2026-12-01")])
    one, other = (rulebook.rules("s", "e", "hospital", "", "", id) for id in ("a", "b"))
    assert one is other
    assert rulebook.rules("standards-register", "e", "hospital") == ()
    assert moment("2027-01-01")
