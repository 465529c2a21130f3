"""A world's time, its faults and who is loaded into it are in hand by forms alone."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from openroots.gateway.tooling import TOKEN_FILE
from openroots.testing import Nation, open_nation
from tests.pages.reading import words_of

RECORD = "/personal-demographics/FHIR/R4/Patient/"
PEOPLE = """nhs_number,family_name,given_names,gender,birth_date,address_line_1,postcode
9000000106,Ashworth,Mary Ann,female,1984-03-02,4 Mill Lane,LS1 4AP
,Ashworth,Tim,either,1984-03-02,4 Mill Lane,LS1 4AP
4010232137,Ashworth,Tom,male,1984-03-02,4 Mill Lane,LS1 4AP
"""

Sends = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """A world that these tests move and trouble."""
    nation = open_nation(tmp_path_factory.mktemp("this-world") / "state", people=20)
    yield nation
    nation.close()


@pytest.fixture
def send(world: Nation) -> Sends:
    """Send a form to a page; the status, and what the page says."""
    token = (world.house.settings.state / TOKEN_FILE).read_text("ascii").strip()
    return sending(world.url, token)


def sending(url: str, token: str) -> Sends:
    """The same, wherever a world's pages are."""

    def sent(page: str, **form: str) -> tuple[int, str]:
        answer = httpx.post(f"{url}/{page}", data={"token": token, **form}, timeout=60)
        return answer.status_code, words_of(answer.text)

    return sent


def test_the_time_is_shown_moved_and_put_back(world: Nation, send: Sends) -> None:
    """What is no time is told, and moves nothing."""
    assert "21 November 2026" in send("clock")[1]
    status, told = send("clock", to="2027-05-03")
    assert (status, "The time was moved." in told, "3 May 2027" in told) == (200, True, True)
    assert world.house.world.time.now().date().isoformat() == "2027-05-03"
    status, told = send("clock", to="soon")
    assert (status, "There is a problem" in told, "3 May 2027" in told) == (400, True, True)
    assert "3 May 2027" not in send("clock", to="real")[1]


def test_a_fault_is_put_in_place_strikes_and_is_taken_away(world: Nation, send: Sends) -> None:
    """One by its button, or all."""
    assert "every request is answered as it should be" in send("faults")[1]
    added = {"ask": "add", "endpoint": "demographics.*", "every": "2", "row": "rate-limited"}
    assert send("faults", **added, do="fail")[0] == 400  # there is no such row
    for row in ("", "not-found"):
        status, told = send("faults", **{**added, "row": row, "do": "fail"})
        assert (status, "The fault is in place." in told) == (200, True), told
        assert "One in 2 requests" in told
    met = [httpx.get(f"{world.url}{RECORD}9000000009", headers=ids(n)) for n in range(2)]
    assert sorted(each.status_code == 200 for each in met) == [False, True]
    first = world.house.world.faults[0]["id"]
    assert "The fault is gone." in send("faults", ask="clear", id=first)[1]
    assert len(world.house.world.faults) == 1
    assert "All faults are gone." in send("faults", ask="clear")[1]
    assert world.house.world.faults == []


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"every": "often"}, "every"),
        ({"ms": "-1"}, "ms"),
        ({"endpoint": "none.such"}, "endpoint"),
        ({"application": "nobody"}, "application"),
    ],
)
def test_a_fault_that_cannot_be_is_told_beside_its_field(
    world: Nation, send: Sends, wrong: dict[str, str], name: str
) -> None:
    """And what was typed in is still there."""
    token = (world.house.settings.state / TOKEN_FILE).read_text("ascii").strip()
    form = {"token": token, "ask": "add", "do": "slow", "endpoint": "*", **wrong}
    page = httpx.post(f"{world.url}/faults", data=form, timeout=60)
    assert page.status_code in (400, 404)
    assert f'href="#{name}"' in page.text
    assert re.search(rf'id="{name}-error"', page.text)
    assert re.search(r'value="slow"\s+checked', page.text)
    assert world.house.world.faults == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a step, a day, a moment, a rate or real."),
        ("soon", "'soon' is not a step, a day, a moment, a rate or real."),
    ],
)
def test_a_mistake_in_one_field_is_one_line_in_the_words_of_the_form(
    world: Nation, send: Sends, typed: str, said: str
) -> None:
    """The summary links to the field once, and does not call it by the name that programs use."""
    token = (world.house.settings.state / TOKEN_FILE).read_text("ascii").strip()
    page = httpx.post(f"{world.url}/clock", data={"token": token, "to": typed}, timeout=60).text
    assert page.count('href="#to"') == 1
    assert words_of(page).count(f"{said} Give +14d") == 1
    assert f"Error: {said}" in words_of(page)


def test_people_are_checked_then_loaded_with_why_the_others_are_not(
    world: Nation, send: Sends
) -> None:
    """To check keeps nobody; a number that may be somebody's is taken where that is said."""
    told = send("people", ask="check", text=PEOPLE)[1]
    assert "1 person could be kept; nobody was." in told
    told = send("people", ask="load", text=PEOPLE)[1]
    assert "1 person kept." in told
    assert "9000000106" in told.replace(" ", "")
    assert "Who is not kept" in told
    at = f"{world.url}{RECORD}"
    assert httpx.get(f"{at}9000000106", headers=ids(7)).status_code == 200
    assert httpx.get(f"{at}4010232137", headers=ids(8)).status_code == 404
    send("people", ask="load", text=PEOPLE, any_number="yes")
    assert httpx.get(f"{at}4010232137", headers=ids(9)).status_code == 200


def test_who_is_not_loaded_for_a_wrong_value_is_told_which_is_right(send: Sends) -> None:
    """Beside what is wrong, where the service has no more words for it."""
    told = send("people", ask="check", text=PEOPLE)[1]
    wrong = "Invalid value - 'either' in field 'gender'"
    assert f"{wrong} Give one of male, female, unknown; in CSV also M, F or U." in told
    told = send("people", ask="check", text=PEOPLE.replace("Ashworth,Tim,either", ",Tim,male"))[1]
    assert "Missing value - 'name/0/family' Add it." in told


def test_a_list_of_which_nobody_can_be_kept_is_no_success(send: Sends) -> None:
    """The reasons follow, by line."""
    nobody = "\n".join(PEOPLE.splitlines()[::2])
    for ask in ("check", "load"):
        told = send("people", ask=ask, text=nobody)[1]
        assert "There is a problem Nobody of these can be kept." in told
        assert ("Success" in told, "Who is not kept" in told) == (False, True)


def test_what_is_no_list_of_people_is_told_and_stays_to_be_mended(send: Sends) -> None:
    """Nothing at all, too."""
    for text in ("", "hello", "{"):
        status, told = send("people", ask="load", text=text)
        assert (status, "There is a problem" in told) == (400, True), text
        assert text in told


def test_a_sandbox_has_these_pages_with_its_own_token(world: Nation, send: Sends) -> None:
    """What is done there is done there alone."""
    made = world.sandbox("seat-3")
    there = sending(made["url"], made["token"])
    assert "3 May 2027" in there("clock", to="2027-05-03")[1]
    assert "The fault is in place." in there("faults", ask="add", endpoint="*", do="slow")[1]
    assert "1 person kept." in there("people", ask="load", text=PEOPLE)[1]
    assert "3 May 2027" not in send("clock")[1]
    assert world.house.world.faults == []


def ids(number: int) -> dict[str, str]:
    """The headers of a request, with an id of its own."""
    return {"x-request-id": f"b0a4d0e2-1d2c-4f7e-9a57-9a1c0d6c4a{number:02d}"}
