"""A FHIR package is read as something that a stranger made."""

import io
import tarfile

import orjson
import pytest

from openroots.fhir.definitions import Values
from openroots.fhir.package import NotAPackage, condense_all, read_package
from openroots.problem import Json

MANIFEST = {"name": "example.package", "version": "1.0.0", "fhirVersions": ["4.0.1"]}


def _packed(files: dict[str, bytes], **member: object) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in member.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return held.getvalue()


def _manifest(**said: object) -> dict[str, bytes]:
    return {"package/package.json": orjson.dumps({**MANIFEST, **said})}


def test_the_resources_of_a_package_are_read() -> None:
    value_set = {"resourceType": "ValueSet", "url": "https://example.org/v"}
    files = {**_manifest(), "package/v.json": orjson.dumps(value_set)}
    package = read_package(_packed(files))
    assert (package.name, package.version) == ("example.package", "1.0.0")
    assert package.resources == [value_set]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no archive",
        _packed({}),
        _packed({"package/package.json": b"{"}),
        _packed(_manifest(name=7)),
        _packed(_manifest(fhirVersions=["5.0.0"])),
        _packed({**_manifest(), "../out.json": b"{}"}),
        _packed({**_manifest(), "/out.json": b"{}"}),
        _packed({**_manifest(), "package/..\\out.json": b"{}"}),
        _packed(_manifest(), type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        _packed({**_manifest(), "package/v.json": b'{"resourceType": "ValueSet"'}),
    ],
    ids=[
        *("empty", "no archive", "no manifest", "broken manifest", "a number for a name"),
        *("another FHIR", "a path up", "a path from the root", "a path backwards", "a link"),
        "a broken resource",
    ],
)
def test_what_is_no_package_or_plays_tricks_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAPackage):
        read_package(raw)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "it has no package/package.json"),
        ({"package/package.json": b"{"}, "its package.json is not JSON"),
        (_manifest(fhirVersions=["5.0.0", "4.3.0"]), "it is for FHIR 5.0.0, 4.3.0, and not for R4"),
        (_manifest(fhirVersions=[]), "it is for FHIR nothing, and not for R4"),
    ],
)
def test_what_is_wrong_with_a_package_is_said(files: dict[str, bytes], words: str) -> None:
    with pytest.raises(NotAPackage, match=words):
        read_package(_packed(files))


def _defined(**said: object) -> Json:
    url = "https://example.org/p"
    return {
        "resourceType": "StructureDefinition",
        **{"url": url, "name": "P", "kind": "resource", "abstract": False, "type": "Patient"},
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        "differential": {"element": [{"id": "Patient.name", "path": "Patient.name"} | said]},
    }


def _set_of(*codes: str, **said: object) -> Json:
    include = {"system": "https://example.org/s", "concept": [{"code": code} for code in codes]}
    url = "https://example.org/v"
    return {"resourceType": "ValueSet", "url": url, "compose": {"include": [include]}} | said


@pytest.mark.parametrize(
    ("one", "other"), [(_defined(min=1), _defined(max="0")), (_set_of("a"), _set_of("b"))]
)
def test_what_a_package_defines_twice_is_told(one: Json, other: Json) -> None:
    """The first is taken; where both say the same, there is nothing to tell."""
    made, alone = condense_all([one, other]), condense_all([one])
    assert made.refused == [f"{one['url']}: it is there twice, and differs; the first is taken"]
    assert (made.structures, made.values) == (alone.structures, alone.values)
    assert condense_all([one, {**one, "date": "2026", "text": {"div": "a"}}]).refused == []


@pytest.mark.parametrize("url", [None, "", 5])
def test_a_definition_that_nothing_can_refer_to_is_told_by_its_name(url: object) -> None:
    """What defines nothing to validate by, as a CapabilityStatement, is not looked at."""
    other = {"resourceType": "CapabilityStatement", "name": "Q"}
    made = condense_all([_defined(min=1) | {"url": url}, other, _set_of("a")])
    assert made.refused == ["StructureDefinition P: it has no url"]
    assert (list(made.structures), list(made.values)) == ([], ["https://example.org/v"])


def _included(**include: object) -> Json:
    """What a set holds that includes this, beside sets of a and b, of b and c, and of SNOMED CT."""
    sets = {
        "one": {"system": SYSTEM, "concept": [{"code": "a"}, {"code": "b"}]},
        "two": {"system": SYSTEM, "concept": [{"code": "b"}, {"code": "c"}]},
        "clinical": {"system": "http://snomed.info/sct"},
        "all": include,
    }
    resources = [
        {"resourceType": "ValueSet", "url": f"urn:{name}", "compose": {"include": [one]}}
        for name, one in sets.items()
    ]
    made = condense_all(resources).values["urn:all"]
    return {"s": made["s"], "o": made["o"]}


SYSTEM = "https://example.org/s"
TWO = [{"code": "a"}, {"code": "c"}]


@pytest.mark.parametrize(
    ("include", "codes", "unchecked"),
    [
        ({"valueSet": ["urn:one"]}, "ab", []),
        ({"valueSet": ["urn:one", "urn:two"]}, "b", []),
        ({"valueSet": ["urn:one", "urn:two"], "system": SYSTEM, "concept": TWO}, "", []),
        ({"valueSet": ["urn:one"], "system": SYSTEM, "concept": TWO}, "a", []),
        ({"valueSet": ["urn:one", "urn:clinical"]}, "", []),
        ({"valueSet": ["urn:one", "urn:none"]}, "", [SYSTEM]),
        ({"valueSet": ["urn:none"]}, "", ["*"]),
        ({"valueSet": ["urn:clinical"]}, "", ["http://snomed.info/sct"]),
    ],
)
def test_what_one_include_names_is_in_all_that_it_names(
    include: Json, codes: str, unchecked: list[str]
) -> None:
    """Of what is not here, nothing is said of those codes only that the others have."""
    told = _included(**include)
    assert told == {"s": {SYSTEM: list(codes)} if codes else {}, "o": unchecked}


CONTAINS = [
    {"system": SYSTEM, "code": "a"},
    {
        "system": SYSTEM,
        "code": "g",
        "abstract": True,
        "contains": [{"system": SYSTEM, "code": "b"}],
    },
    {"display": "Others", "contains": [{"system": SYSTEM, "code": "c"}]},
]


@pytest.mark.parametrize(
    ("expansion", "codes", "unchecked"),
    [
        ({"contains": CONTAINS}, "abc", []),
        ({"contains": CONTAINS, "total": 5}, "abc", []),
        ({"contains": CONTAINS, "total": 6}, "abc", ["*"]),
        ({"contains": CONTAINS, "extension": [{"url": "urn:unclosed"}]}, "abc", ["*"]),
        ({"timestamp": "2026-01-01"}, "", ["*"]),
    ],
)
def test_a_value_set_may_be_told_by_its_expansion_alone(
    expansion: Json, codes: str, unchecked: list[str]
) -> None:
    """A heading is no code to be used; of what is not told whole, no code is wrong."""
    made = condense_all([{"resourceType": "ValueSet", "url": "urn:told", "expansion": expansion}])
    told = made.values["urn:told"]
    assert (told["s"], told["o"]) == ({SYSTEM: list(codes)} if codes else {}, unchecked)


@pytest.mark.parametrize(
    ("exclude", "codes", "unchecked"),
    [
        ({"system": SYSTEM, "concept": [{"code": "a"}]}, "b", []),
        ({"system": SYSTEM, "filter": [{"property": "code", "op": "regex"}]}, "", [SYSTEM]),
        ({"valueSet": ["urn:none"]}, "", [SYSTEM]),
        ({"system": "http://snomed.info/sct"}, "ab", []),
    ],
)
def test_what_may_have_been_taken_out_is_not_said_to_be_in(
    exclude: Json, codes: str, unchecked: list[str]
) -> None:
    value_set = _set_of("a", "b")
    value_set["compose"]["exclude"] = [exclude]
    told = condense_all([value_set]).values[value_set["url"]]
    assert (told["s"], told["o"]) == ({SYSTEM: list(codes)} if codes else {}, unchecked)


@pytest.mark.parametrize(("case", "is_alike"), [(False, True), (True, False), (None, False)])
def test_codes_are_alike_in_any_case_where_their_system_says_so(
    case: bool | None, is_alike: bool
) -> None:
    system = {"resourceType": "CodeSystem", "url": SYSTEM, "content": "complete"}
    said = {"concept": [{"code": "Abc"}], "caseSensitive": case}
    include = {"include": [{"system": SYSTEM}]}
    all_of_it = {"resourceType": "ValueSet", "url": "urn:all", "compose": include}
    values = Values(condense_all([{**system, **said}, all_of_it]).values["urn:all"])
    asked = [values.has(SYSTEM, code) for code in ("Abc", "aBC", "Abcd")]
    assert asked == [True, is_alike, False]
    assert not values.has(None, "Abc")


AMOUNTS = "https://example.org/amounts"
AMOUNT_SET = {
    "resourceType": "ValueSet",
    "url": AMOUNTS,
    "compose": {"include": [{"system": "urn:iso:std:iso:4217"}]},
}


@pytest.mark.parametrize("content", ["", "not-present", "fragment"])
def test_a_value_set_of_a_package_may_take_all_currencies(content: str) -> None:
    """No package brings them; one that names the system without its codes changes nothing."""
    system = {"resourceType": "CodeSystem", "url": "urn:iso:std:iso:4217", "content": content}
    made = condense_all([system, AMOUNT_SET] if content else [AMOUNT_SET])
    values = made.values[AMOUNTS]
    assert values["o"] == []
    assert {"GBP", "EUR", "XXX"} <= set(values["s"]["urn:iso:std:iso:4217"])
