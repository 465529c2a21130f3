"""Files of people who are sought, a line at a time."""

from io import BytesIO

import pytest

from openroots.loading.sought import sought, wanted_of
from openroots.tracing import Wanted, keys

HEAD = "Ref,family name,former_family_name,Forenames,Sex,DOB,address 1,Post Code,former postcode"


def found(*lines):
    head = HEAD.replace("Ref", "reference").replace("Post Code", "postcode")
    return list(sought(BytesIO("\n".join((head, *lines)).encode("utf-8", "surrogateescape"))))


def test_a_line_is_what_is_told_of_somebody():
    """With former names and addresses beside the present ones."""
    [one] = found("7,Roe,Moss,Ann Mary,F,1984-03-02,1 Mill Lane,LS1 4AP,YO1 7AA")
    assert one.patient is not None
    assert one.patient["reference"] == "7"
    wanted = wanted_of(one.patient)
    same = Wanted("Roe", ("Ann", "Mary"), "1984-03-02", "female", "LS14AP", ("1 Mill Lane",))
    assert (wanted.family, wanted.given, wanted.gender) == (same.family, same.given, "female")
    assert wanted.postcode == same.postcode
    assert [name.family for name in wanted.called] == ["roe", "moss"]
    assert len(wanted.lived) == 2
    assert set(keys(same)) < set(keys(wanted))


def test_a_line_that_tells_too_little_is_told_and_the_next_is_read():
    """Somebody without a name or a birth date is nobody."""
    told = found(
        "1,,,,F,1984-03-02,,,",
        "2,Roe,,Ann,F,,,,",
        "3,Roe,,,X,1984-03-02,,,",
        "4,Roe,,,,1984-03-02,,,",
    )
    assert [one.line for one in told] == [2, 3, 4, 5]
    assert [one.wrong.why if one.wrong else "" for one in told] == [
        "it tells too little of anybody: family_name is not told",
        "it tells too little of anybody: birth_date is not told",
        "gender: 'x' is not a gender of FHIR",
        "",
    ]


@pytest.mark.parametrize(
    ("family", "why"),
    [
        ("x" * 201, "family_name is longer than 200 characters"),
        ("Ro\0e", "family_name holds control characters"),
        ("Ro\x07e", "family_name holds control characters"),
    ],
)
def test_a_value_that_is_no_text_is_refused(family, why):
    """One value is a few words; what the line is called is given back."""
    [one] = found(f"1,{family},,Ann,F,1984-03-02,,,")
    assert one.wrong is not None
    assert one.wrong.why == why
    assert one.said["reference"] == "1"


def test_a_line_of_more_or_fewer_columns_is_called_what_it_is_called():
    """What stands in the first column is given back, unless it is that which cannot be read."""
    few, many, first = found(
        "1,Roe", "2,Roe,,Ann,F,1984-03-02,,,,,", "\udcff,Roe,,Ann,F,1984-03-02,,,"
    )
    assert [one.wrong is not None for one in (few, many, first)] == [True] * 3
    assert [one.said.get("reference") for one in (few, many, first)] == ["1", "2", None]


def test_a_value_may_have_spaces_of_any_kind():
    """Line ends, tabs and spaces that do not break are spaces; what joins no letters is kept."""
    [one] = found('1,"Van\nder\u00a0Berg",,Ann\tMa\u200cry,F,1984-03-02,,,')
    assert one.patient is not None
    wanted = wanted_of(one.patient)
    assert (wanted.family, wanted.given) == ("van der berg", ("ann", "ma\u200cry"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"born": "20101022"},
        {"born": "2010-W42-5"},
        {"born": None},
        {"family": "Ro\0e"},
        {"given": ["x" * 201]},
        {"postcode": ["LS1 6AE"]},
        {"family": "", "given": []},
        {"postcodes": "LS1 6AE"},
        {"gender": "woman"},
    ],
)
def test_what_is_told_in_another_form_is_refused(wrong):
    """A date as year, month and day; texts of words: else nobody would be found, in silence."""
    with pytest.raises(ValueError, match="."):
        wanted_of({"family": "Roe", "given": ["Ann"], "born": "1984-03-02"} | wrong)
