"""From bytes to words and back: headers, parameters, bodies, compression."""

import gzip
import json
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openroots.gateway.wire import (
    DEEPEST,
    Answer,
    as_read,
    name_in,
    read_body,
    read_headers,
    read_path,
    read_query,
    squeezed,
)
from openroots.problem import Problem

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def test_values_of_a_list_header_are_joined():
    """A header that may come several times is one list, in the order sent."""
    headers, repeated, size = read_headers([(b"accept", b"a"), (b"accept", b"b")])
    assert (headers, repeated, size) == ({"accept": "a, b"}, "", 14)


def test_blanks_around_a_value_are_no_part_of_it():
    """RFC 9110 section 5.5: what stands before or after a value is not the value's."""
    headers, _, _ = read_headers([(b"x-request-id", b" abc \t"), (b"accept", b"a b ")])
    assert headers == {"x-request-id": "abc", "accept": "a b"}


@pytest.mark.parametrize("name", ["X-Request-ID", "If-Match", "Authorization", "apikey"])
def test_a_contradiction_is_named(name):
    """A header that means one value is named as it is published when it comes twice, even with the
    same value."""
    raw = name.lower().encode()
    assert read_headers([(raw, b"1"), (raw, b"1")])[1] == name


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        (b"", {}),
        (b"given=Jane&given=Ann", {"given": ("Jane", "Ann")}),
        (b"family=&x=1", {"family": ("",), "x": ("1",)}),
        (b"given=J%C3%A1n+Ev", {"given": ("Ján Ev",)}),
        (
            b"birthdate=ge2010-01-01&birthdate=le2010-12-31",
            {"birthdate": ("ge2010-01-01", "le2010-12-31")},
        ),
    ],
)
def test_every_value_of_a_parameter_is_kept(raw, query):
    """Repeated, empty and percent-encoded parameters come through as they were sent."""
    assert read_query(raw) == query


@given(st.lists(st.text(alphabet="%25Ff/aé"), min_size=1))
def test_every_name_in_a_path_is_read_as_it_was_meant(names):
    """Also one with a slash, or with letters that look like an encoded one."""
    path = read_path("/".join(quote(name, safe="") for name in names).encode())
    assert path == "/".join(map(as_read, names))
    assert [name_in(part) for part in path.split("/")] == names


@pytest.mark.parametrize("raw", [b"given=%ff", b"given=\xe9", b"%c3%28=1"])
def test_parameters_that_are_not_utf8_are_refused(raw):
    """Bytes that are not UTF-8 are refused, not replaced."""
    with pytest.raises(Problem, match="not-utf8"):
        read_query(raw)


@given(JSON)
def test_json_comes_through(document):
    """Whatever JSON is sent is what the service sees."""
    assert read_body(orjson.dumps(document), "application/json") == document


@pytest.mark.parametrize("number", ["1" * 5000, "-" + "9" * 309, "1e309", "1" * 400 + ".5"])
def test_a_number_that_no_double_holds_is_told_as_one(number):
    """It is JSON, which sets no bounds to numbers: whoever sent it is told what is wrong."""
    with pytest.raises(Problem, match="number-too-large"):
        read_body(f'{{"a":[0,{number}]}}'.encode(), "application/json")
    text = f'{{"a":"{number}"}}'
    assert read_body(text.encode(), "application/json") == {"a": number}


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw):
    """No bytes at all can do anything to the reader but be read or be refused."""
    rows = []
    try:
        read_body(raw, "application/json")
    except Problem as problem:
        rows.append(problem.row)
    assert rows in ([], ["body-not-json"], ["number-too-large"])


@pytest.mark.parametrize(
    "raw",
    [
        b'{"op":1,"op":2}',
        b'{"a":[{"op":1,"b":{},"op":1}]}',
        b'{"op" :1,\n "op"\t: ":"}',
        b'{"op":1,"\\u006fp":2}',
        b'{"op":1,"op":"\\u003a"}',
        b'{"op":{"op":{"a":1}},"op":":"}',
    ],
)
def test_a_member_that_is_named_twice_is_refused(raw):
    """Of two, which one counts nobody can tell: neither is taken, however they are written."""
    with pytest.raises(Problem, match="member-repeated") as refused:
        read_body(raw, "application/json")
    assert refused.value.fields == {"member": "op"}


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":{"op":"::"},"b":{"op":"\\"op\\":"}}',
        b'[{"op":"\\u003a"},{"op" : "\\u00e9", "":0}]',
        b'{"n":1.5e3, "u":"https://a:1/"}',
        b'"a:b"',
    ],
)
def test_the_same_name_in_other_objects_is_read(raw):
    """Colons in texts and names in other objects are no members of one."""
    assert read_body(raw, "application/json") == json.loads(raw)


@pytest.mark.parametrize(
    ("depth", "read"), [(DEEPEST, True), (DEEPEST + 1, False), (100_000, False)]
)
def test_nesting_is_bounded(depth, read):
    """JSON nested deeper than any resource is refused; brackets inside strings do not count."""
    brackets = "[" * depth + "]" * depth
    wide = '["' + "[{" * 500 + '\\"[", ' + ",".join(["[]"] * 300) + "]"
    assert read_body(wide.encode(), "application/json")
    if read:
        read_body(brackets.encode(), "application/json")
    else:
        with pytest.raises(Problem, match="body-too-deep"):
            read_body(brackets.encode(), "application/json")


@pytest.mark.parametrize(
    ("size", "accepted", "packed"),
    [
        (5000, "gzip, deflate", True),
        (5000, "br;q=1.0, gzip;q=0.8", True),
        (5000, "GZIP", True),
        (5000, "GZip;Q=0.5, br", True),
        (5000, "GZIP;Q=0", False),
        (5000, "", False),
        (5000, "br", False),
        (5000, "gzip;q=0", False),
        (5000, "identity, gzip; q=0.000", False),
        (100, "gzip", False),
    ],
)
def test_gzip_is_for_those_who_take_it(size, accepted, packed):
    """A large answer is packed for a client that takes gzip, and says so; others get it plain."""
    answer = squeezed(Answer(200, [], b"a" * size), accepted)
    assert (gzip.decompress(answer.body) if packed else answer.body) == b"a" * size
    assert ((b"content-encoding", b"gzip") in answer.headers) == packed


@pytest.mark.parametrize("accepted", ["gzip", "", "gzip;q=0"])
def test_whoever_keeps_an_answer_is_told_what_it_varies_by(accepted):
    """Also with one that was not packed: a client that takes gzip is given another."""
    assert (b"vary", b"accept-encoding") in squeezed(Answer(200, [], b"a" * 5000), accepted).headers
    assert squeezed(Answer(200, [], b"a"), accepted).headers == []
    packed = Answer(200, [(b"content-encoding", b"br")], b"a" * 5000)
    assert squeezed(packed, accepted) == packed


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 101 + b'"' + b'\\"' * 60_000,  # a string that never ends, full of escapes
        b"[" * 300_000,
        (b'"' + b"a" * 50 + b'",') * 20_000 + b"[" * 101,
    ],
)
def test_depth_is_found_in_one_look(raw):
    """No body makes the reader look at its bytes again and again: this ends, or the suite hangs."""
    with pytest.raises(Problem, match="body-too-deep"):
        read_body(raw, "application/json")
