"""Files of people who are sought, a line at a time."""

from io import BytesIO

from openroots.loading.sought import sought, wanted_of
from openroots.tracing import Wanted, keys

HEAD = "Ref,family name,former_family_name,Forenames,Sex,DOB,address 1,Post Code,former postcode"


def found(*lines):
    head = HEAD.replace("Ref", "reference").replace("Post Code", "postcode")
    return list(sought(BytesIO("\n".join((head, *lines)).encode())))


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


def test_a_value_without_end_is_refused():
    """One value is a few words."""
    [one] = found(f"1,{'x' * 300},,Ann,F,1984-03-02,,,")
    assert one.wrong is not None
    assert "longer than 200" in one.wrong.why
