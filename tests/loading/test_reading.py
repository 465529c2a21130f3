"""Files of people, read a record at a time."""

import json
import tracemalloc
from contextlib import suppress
from io import BufferedReader, BytesIO, RawIOBase

import pytest

from openroots.loading.failures import wrong
from openroots.loading.reading import records
from openroots.problem import Problem

HEAD = "NHS Number,Surname,Forenames,Sex,Date of Birth,Address 1"
JANE = {"resourceType": "Patient", "id": "9000000009"}
JOHN = {"resourceType": "Patient", "id": "9000000017"}


def found(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return list(records(BytesIO(raw)))


def patients(text):
    return [one.patient for one in found(text)]


def bundle(*resources, indent=None):
    entries = [{"fullUrl": "urn:x", "resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "total": 12, "entry": entries}, indent=indent)


def test_columns_are_known_by_the_names_that_others_give_them():
    """Capitals, spaces and the usual other names make no difference."""
    [patient] = patients(f"{HEAD}\n900 000 0009,Roe,Ann Mary,F,1984-03-02,1 Mill Lane")
    assert patient["name"] == [{"use": "usual", "family": "Roe", "given": ["Ann", "Mary"]}]
    assert patient["identifier"][0]["value"] == "9000000009"
    assert (patient["gender"], patient["birthDate"]) == ("female", "1984-03-02")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_file_may_be_of_any_program(separator, mark, end):
    """Commas, semicolons or tabs, a byte order mark, the ends of lines of Windows: all are read."""
    values = ("x", "Roe", "Ann", "F", "1984-03-02", '"1 ""Old"" Lane"')
    text = mark + separator.join(HEAD.split(",")) + end + separator.join(values) + end
    [patient] = patients(text)
    assert patient["address"][0]["line"][0] == '1 "Old" Lane'


def test_ndjson_and_bundles_are_told_from_their_first_bytes():
    """Each form gives the same people, written on one line or on many, packed as list or Bundle."""
    ndjson = "\n".join(map(json.dumps, (JANE, JOHN)))
    pretty = json.dumps([JANE, JOHN], indent=2)
    both = [JANE, JOHN]
    assert patients(ndjson) == patients(f"\n{ndjson}\n\n") == both
    assert patients(bundle(*both)) == patients(bundle(*both, indent=2)) == both
    assert patients(pretty) == patients(json.dumps(both)) == both
    assert patients(json.dumps(JANE, indent=2)) == patients(json.dumps(JANE)) == [JANE]
    assert patients('{"resourceType": "Bundle", "entry": []}') == []
    assert patients('{"resourceType": "Bundle",\n"type": "collection"}') == []


def test_a_wrong_record_does_not_stop_the_others():
    """A line that is no JSON or no Patient is told by its number, and the next one is read."""
    practice = {"resourceType": "Organization"}
    wrong = ["{", json.dumps(practice), "[]", "{}"]
    lines = found("\n".join((json.dumps(JANE), *wrong, json.dumps(JOHN))))
    assert [one.patient for one in lines if one.patient] == [JANE, JOHN]
    assert [(one.wrong.line, one.wrong.why.partition(":")[0]) for one in lines if one.wrong] == [
        (2, "it is no JSON"),
        (3, "its resourceType is 'Organization'"),
        (4, "it is no JSON object"),
        (5, "its resourceType is ''"),
    ]
    assert [one.wrong is None for one in found(bundle(JANE, practice))] == [True, False]
    for unsent in ("half of a pair \ud800", 10**30):  # JSON that no other reader takes
        lines = found(bundle(JANE, {**JOHN, "gender": unsent}, JOHN))
        assert [one.patient for one in lines] == [JANE, None, JOHN]
        assert lines[1].wrong.why.startswith("it is no JSON: ")


@pytest.mark.parametrize(
    ("raw", "row"),
    [
        (b"", "file-empty"),
        (b"\n\n", "file-empty"),
        (b"PK\x03\x04xl/worksheets", "file-packed"),
        (b"\x1f\x8b\x08", "file-packed"),
        (HEAD.encode("utf-16"), "file-not-utf8"),
        (b"\x00\x01\x02", "file-not-utf8"),
        (b"\x89PNG\r\xfe\x1a\n", "file-not-utf8"),
        ("Surname,Geburtsort,Größe\rRoe".encode("latin-1"), "file-not-utf8"),
        (b"%PDF-1.7\n", "file-strange"),
        (b"<html>", "file-strange"),
        (b"Surname,DOB\rRoe,1984-03-02\r", "file-line-ends"),
        (b"[1, 2", "not-json"),
        (b'{"resourceType": "Bundle",\n"entry": [{"resource": {}} {}]}', "not-json"),
        (b'{"resourceType":\n"Bundle", "entry": []} and more', "not-json"),
        (b'{"resourceType":\n"Basic"}', "file-strange"),
        (b'{"resourceType": "Bundle", "entry": {"resource": {}}}', "file-strange"),
        (b'{"a":\n' + b"[" * 100_000, "not-json"),
        (b'{"a":\n' + b"9" * 5_000 + b"}", "not-json"),
        (b'{"a":\nNaN}', "not-json"),
        (b'{"a":\n"\xff"}', "file-not-utf8"),
        ("{" + ",".join(f'"{n}":\n1' for n in range(200)) + "}", "file-strange"),
    ],
)
def test_what_is_no_file_of_people_is_told(raw, row):
    """A file of another kind is refused as a whole, with what it seems to be and a cure."""
    with pytest.raises(Problem) as problem:
        found(raw)
    assert problem.value.row == row
    assert wrong(0, problem.value).mend


def test_a_quotation_mark_that_is_not_closed_swallows_no_file():
    """Its line is wrong, and told as such; all lines after it are read as they are."""
    rows = "\n".join(f"x,Roe{n},Ann,F,1984-03-02,1 Lane" for n in range(10_000))
    lines = found(f'{HEAD}\nx,"Roe,Ann,F,1984-03-02,1 Lane\n{rows}')
    assert lines[0].wrong is not None
    assert "quotation marks" in lines[0].wrong.why
    assert [one.line for one in lines] == list(range(2, 10_003))
    assert all(one.patient for one in lines[1:])


def test_a_record_of_several_lines_is_told_by_its_first():
    """A line end within quotation marks is part of a value."""
    one, other = found(f'{HEAD}\nx,"Roe\nMoss",Ann,F,1984-03-02,1 Lane\nx,Roe,Ann,F,1.1.84,1 Lane')
    assert (one.line, one.patient["name"][0]["family"]) == (2, "Roe\nMoss")
    assert (other.line, other.wrong.line) == (4, 4)


def test_a_line_end_that_is_not_quoted_is_told_as_what_it_is():
    """A carriage return within a value, and one value that is too long."""
    long = "x" * 200_000
    lines = found(f"{HEAD}\nx,Ro\re,Ann,F,1984-03-02,1 Lane\nx,{long},Ann,F,1984-03-02,1 Lane")
    assert [one.wrong.why for one in lines] == [
        "a line ends within a value that is not quoted",
        "it is longer than 131072 bytes",
    ]


def test_a_value_that_goes_on_and_on_is_told():
    """In a line it is one wrong record, which may be a quotation mark; in the first, no file."""
    endless = "x" * 200_000
    wrong_one, good = found(f"{HEAD}\n,{endless},,,,\n,Roe,Ann,F,1984-03-02,1 Lane")
    assert "longer than" in wrong_one.wrong.why
    assert good.patient is not None
    with pytest.raises(Problem, match="file-strange"):
        found(endless)


def test_a_line_that_is_not_utf8_is_told():
    """One name in another encoding is one wrong record."""
    raw = f"{HEAD}\nx,Ro\xe9,Ann,F,1984-03-02,1 Lane\nx,Roe,Ann,F,1984-03-02,1 Lane".encode(
        "latin-1"
    )
    first, second = found(raw)
    assert first.wrong is not None
    assert "UTF-8" in first.wrong.why
    assert second.patient is not None


class Endless(RawIOBase):
    """So many bytes of a file, made as they are read."""

    def __init__(self, head, line, count):
        self.pieces = iter([head, *([line] * count)])
        self.left = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self.left:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.left = piece
        size = min(len(buffer), len(self.left))
        buffer[:size], self.left = self.left[:size], self.left[size:]
        return size


LARGE = [
    (b'{"resourceType": "Bundle",\n"entry": [', b'{"resource": %b},' % json.dumps(JANE).encode()),
    (b"", json.dumps(JANE).encode() + b"\n"),
    (HEAD.encode() + b"\n", b"x,Roe,Ann,F,1984-03-02,1 Lane\n"),
    (b'{"a":\n"', b"x" * 1000),
    (json.dumps(JANE).encode() + b"\n", b"x" * 1000),
    (HEAD.encode() + b"\n", b'"' + b"x" * 1000),
]


@pytest.mark.parametrize(("head", "line"), LARGE)
def test_a_large_file_needs_no_more_memory_than_a_small_one(head, line):
    """Whatever the size, and whether or not it is what it says, one record is held at a time."""
    file = BufferedReader(Endless(head, line, 20_000_000 // len(line)))
    tracemalloc.start()
    with suppress(Problem):
        for _, _ in zip(range(4000), records(file), strict=False):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000
