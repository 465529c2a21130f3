"""Pages of the register say how standards stand, as of any day, and take a say of a draft."""

import re
import shutil
from html import escape
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from openroots.testing import KEY, Nation, open_nation
from tests.pages.lived_in import JANE, consult
from tests.pages.reading import hidden_in, words_of
from tests.services.standards_register.office import MANDATE, PLAIN, SAFETY, Office

FORM = {"kind": "question", "text": "Who is it for?", "section": "1", "quote": "short"}
FORM |= {"name": "A. Reader"}
PAGES = [  # which tell of any day
    *("/standards", "/standards/plain-words", "/suppliers/Hillside"),
    *("/changes", "/programmes", "/programmes/standards"),
]
ONCE = "7b0d1d5e-55a6-4a3b-9d0c-0d2f1e0b1a11"


def seen(reader: httpx.Client, path: str, status: int = 200) -> str:
    """What is read on a page."""
    answer = reader.get(path)
    assert answer.status_code == status, answer.text
    return words_of(answer.text)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2027-01-11", "1 March 2027 Mandated: warns"),
        ("2027-03-01", "1 March 2027 On this day Mandated: warns"),
        ("2028-02-01", "1 September 2027 Now Mandated: refuses"),
    ],
)
def test_a_standard_is_told_as_it_stood_on_a_day(reader: httpx.Client, day: str, told: str) -> None:
    """Where it stood then, since when, and what was still to come."""
    assert told in seen(reader, f"/standards/plain-words?on={day}")


@pytest.mark.parametrize("path", ["/standards", "/standards/plain-words", "/suppliers/Hillside"])
def test_the_day_that_is_shown_is_told_in_words(reader: httpx.Client, path: str) -> None:
    """What the field of a date looks like is up to the browser: 02/01/2028 may be in January."""
    assert "1 February 2028 is today, by the date here." in seen(reader, path)
    then = seen(reader, f"{path}?on=2028-01-02")
    assert "This is as of 2 January 2028; it is 1 February 2028 here." in then


def test_nothing_is_told_of_a_day_before_it_was_known(reader: httpx.Client) -> None:
    """A draft is not there before it was written, nor a comment before it was made."""
    assert reader.get("/standards/kind-letters?on=2028-01-19").status_code == 404
    assert "Far too short." not in seen(reader, "/standards/kind-letters?on=2028-01-20")
    assert "Kind letters" not in seen(reader, "/standards?on=2028-01-19")


def test_the_list_counts_standards_by_stage(reader: httpx.Client) -> None:
    """One that is mandated anywhere is counted as that; a draft in consultation as such."""
    page = seen(reader, "/standards")
    stages = reader.get("/standards-register/standards").json()["stages"]
    count = {stage["stage"]: stage["standards"] for stage in stages}
    assert count["consultation"] >= 1
    assert count["mandated"] >= 1
    assert f"Consultation {count['consultation']} " in page
    assert f"Mandated {count['mandated']} " in page
    assert "Letters are kind" in page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("query", ["on=2027-02-30", "on=", "on=2027-01-01&on=2027-01-02"])
def test_a_day_that_is_none_is_refused_on_the_page(
    reader: httpx.Client, path: str, query: str
) -> None:
    """In words for people, with an example and the form to ask for another day."""
    page = seen(reader, f"{path}?{query}", 400)
    assert "There is a problem Enter one day that the calendar has" in page
    assert "such as 2027-04-01" in page
    assert "Show this day" in page
    assert "on=" not in page  # a parameter, for programs
    html = reader.get(f"{path}?{query}").text
    assert html.count('href="#on"') == html.count('aria-describedby="on-error"') == 1


@pytest.mark.parametrize("path", PAGES)
def test_what_links_of_others_add_to_an_address_is_passed_over(
    reader: httpx.Client, path: str
) -> None:
    """A page is shown, as of the day that was asked for; the API refuses what it does not know."""
    page = seen(reader, f"{path}?utm_source=a%20letter&%66bclid=%ff&on=2028-01-30&o")
    assert "This is as of 30 January 2028" in page
    assert reader.get("/standards-register/standards?utm_source=x").status_code == 400


def test_a_consultation_shows_what_was_said_where_and_what_was_done(reader: httpx.Client) -> None:
    """Under the section that it is about, with the words quoted and the answer; and by theme."""
    page = seen(reader, "/standards/kind-letters")
    said = page.index("Objection A. Writer , 21 January 2028")
    assert page.index("1 Words Words are short and known.") < said
    assert "short Far too short. Accepted on 21 January 2028 It is longer." in page[said:]
    assert "You said: It is too short. We did: We made it longer." in page
    assert "closes on 17 February 2028" in page


def test_a_standard_shows_waves_plans_and_who_meets_it(reader: httpx.Client) -> None:
    """Its decisions, what eases it for whom, and the applications with their suppliers."""
    page = seen(reader, "/standards/plain-words")
    for told in (
        "Warns from 1 March 2027 Refuses from 1 September 2027 it is time",
        "Work-off plan until 1 March 2028 It is big. For heron",
        "wren Hillside Meets 5 met it, 0 did not",
        "alder Meadow Systems Does not meet",
    ):
        assert told in page


def test_what_names_no_application_is_not_said_to_be_for_everybody(openroots: Nation) -> None:
    """But a brake, which is: a sign-off is about its plan, and an override about its standard."""
    office = Office(openroots).on("2027-01-11")
    office.publish()
    office.application("heron")
    office.post(f"{PLAIN}/exemptions", {"kind": "override", "reason": "in time"}, SAFETY)
    plan = {"kind": "plan", "applications": ["heron"], "due": "2027-12-01", "reason": "late"}
    plan = office.post(f"{PLAIN}/exemptions", plan)["id"]
    office.post(f"/exemptions/{plan}/sign-offs", {"reason": "no harm"}, SAFETY)
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        page = seen(client, PLAIN)
        assert "Override in time Made on" in page
        assert f"Sign-off no harm Made on 11 January 2027 About {plan}" in page
        assert "For Everybody" not in page
        office.post(f"{PLAIN}/exemptions", {"kind": "brake", "reason": "halt"}, SAFETY)
        assert "Clinical-safety brake halt For Everybody" in seen(client, PLAIN)


def test_two_plans_until_the_same_day_are_no_landmarks_of_the_same_name(openroots: Nation) -> None:
    """Whoever goes from landmark to landmark by ear could not tell one from the other."""
    office = Office(openroots).on("2027-01-11")
    office.publish()
    for name in ("heron", "alder"):
        office.application(name)
        plan = {"kind": "plan", "applications": [name], "due": "2027-12-01", "reason": "late"}
        office.post(f"{PLAIN}/exemptions", plan)
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        page = client.get(PLAIN).text
    assert words_of(page).count("Work-off plan until 1 December 2027") == 2
    assert 'aria-labelledby="plan-' not in page


@pytest.mark.parametrize(
    ("supplier", "day", "words"),
    [
        ("Meadow Systems", "2028-01-30", "Grey Nothing was seen lately"),
        ("Meadow Systems", "2028-01-31", "Red A mandated standard is not met"),
        ("Hillside", "2028-01-31", "Green Everything that was seen lately meets"),
    ],
)
def test_a_supplier_shows_its_colour_on_a_day(
    reader: httpx.Client, supplier: str, day: str, words: str
) -> None:
    """Red where a mandated standard is not met on that day, green where all that was seen is."""
    assert words in seen(reader, f"/suppliers/{supplier}?on={day}")


def test_what_is_only_counted_yet_is_not_said_to_be_met(openroots: Nation) -> None:
    """While nothing is asked of it, an application that does not meet a standard is neither red
    nor green, and not unseen."""
    office = Office(openroots).on("2027-01-11")
    office.publish()
    office.application("heron", supplier="Heron & Sons")
    office.sent("heron", "2027-01-10", not_met=5)
    office.sent("heron", "2027-01-10", met=5, standard="request-identity")
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        page = seen(client, "/suppliers/Heron & Sons")
    assert "Grey What was seen lately does not meet a standard by which calls are only" in page
    assert "Plain words Calls are counted Not met: only counted yet last seen" in page


def test_a_mandate_that_is_taken_back_is_told_by_its_number(openroots: Nation) -> None:
    """Each decision has its own, so that it can be seen which one was taken back."""
    office = Office(openroots).on("2027-01-11")
    office.publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    office.post(f"{PLAIN}/take-backs", {"reason": "it was one"})
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        page = seen(client, "/standards/plain-words")
    assert "11 January 2027 Mandate made-00000001 Hospital Published" in page
    assert "11 January 2027 Take back made-00000002 Those of made-00000001" in page


def test_a_plan_shows_as_amber_beside_what_is_red(reader: httpx.Client) -> None:
    """Heron has a plan and is warned; alder has none and is refused."""
    page = seen(reader, "/suppliers/Meadow Systems")
    assert "Not met: to be put right" in between(page, "heron Hospital", "Refused from")
    assert "Plain words Calls are refused Not met: refused" in page


def test_a_supplier_has_a_calendar_of_its_phase_out(reader: httpx.Client) -> None:
    """A link for each application, which a calendar can read."""
    page = reader.get("/suppliers/Meadow Systems").text
    assert 'href="/standards-register/calendar.ics?application=alder"' in page
    calendar = reader.get("/standards-register/calendar.ics?application=alder")
    assert calendar.text.startswith("BEGIN:VCALENDAR")


def test_a_supplier_is_found_by_name(reader: httpx.Client) -> None:
    """Its page is next; without a name one is asked for, and an unknown one is not there."""
    found = reader.get("/suppliers?name=Meadow Systems", follow_redirects=True)
    assert found.url.path == "/suppliers/Meadow Systems"
    assert "Enter the name of a supplier" in seen(reader, "/suppliers?name=", 400)
    assert reader.get("/suppliers/Nobody").status_code == 404


@pytest.mark.parametrize("name", ["Nobody", "A/B", "..", "<b>Nobody"])
def test_a_supplier_that_is_not_there_is_told_beside_the_form(
    reader: httpx.Client, name: str
) -> None:
    """With what was typed in, so that it can be put right."""
    page = reader.get("/suppliers", params={"name": name})
    assert page.status_code == 404
    assert "No application here is of a supplier of this name." in words_of(page.text)
    assert f'value="{escape(name)}"' in page.text


def test_a_supplier_may_have_a_slash_in_its_name(openroots: Nation) -> None:
    """As those of Denmark do: it is found by its name, and the links to it lead there."""
    name = "Sundhed A/S & Co?"
    Office(openroots).application("vejle", supplier=name)
    with httpx.Client(base_url=openroots.url, follow_redirects=True) as client:
        found = client.get("/suppliers", params={"name": name})
        assert found.url.raw_path == b"/suppliers/Sundhed%20A%2FS%20%26%20Co%3F"
        assert f"Supplier {name}" in words_of(found.text)
        told = client.get(f"/standards-register/suppliers/{quote(name, safe='')}").json()
    assert told["supplier"] == name
    assert [one["application"] for one in told["applications"]] == ["vejle"]


def test_what_changes_next_is_told_by_day(reader: httpx.Client) -> None:
    """As it was known on the day that is asked for."""
    page = seen(reader, "/changes?on=2027-01-12")
    assert "1 September 2027 Standard Stage Care settings Plain words Mandated: refuses" in page
    assert "Plain words" not in seen(reader, "/changes?on=2027-10-01")


def test_a_standard_that_changes_is_shown_as_of_the_same_day(reader: httpx.Client) -> None:
    """Its page says what it said on the day on which the change was still to come."""
    page = reader.get("/changes?on=2027-01-12").text
    assert 'href="/standards/plain-words?on=2027-01-12"' in page
    assert "?on=" not in between(reader.get("/changes").text, "<main", "</main")


def test_a_stage_has_one_colour_on_all_pages(nation: Nation, visitor: httpx.Client) -> None:
    """A tag that is green on one page and blue on the next would seem to mean two things."""
    found: dict[str, set[str]] = {}
    for path in ("/", "/standards", "/standards/usual-name", "/changes", "/standards/read-codes"):
        for colour, text in re.findall(r'nhsuk-tag--(\w+)">\s*(.*?)\s*<', visitor.get(path).text):
            found.setdefault(text, set()).add(colour)
    assert {"Published", "Trial", "Mandated: refuses"} <= set(found)
    assert [text for text, colours in found.items() if len(colours) > 1] == []


def test_a_mandate_that_was_taken_back_is_told_as_that(openroots: Nation) -> None:
    """Also where it was the only one."""
    office = Office(openroots).on("2027-01-11")
    office.publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        assert "No longer in force" not in seen(client, PLAIN)
        office.post(f"{PLAIN}/take-backs", {"reason": "not yet"})
        assert "it is time No longer in force" in seen(client, PLAIN)


def test_a_comment_is_made_by_form_once(openroots: Nation) -> None:
    """It is published under its section; the same form sent twice makes one; markup stays text."""
    consult(Office(openroots))
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        form = FORM | {"text": "<b>Who</b> is it for?", "request_id": ONCE}
        answers = [client.post("/standards/kind-letters", data=form) for _ in range(2)]
        page = client.get("/standards/kind-letters").text
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Thank you." in answers[0].text
    assert page.count("&lt;b&gt;Who&lt;/b&gt; is it for?") == 1


def test_a_name_turns_no_letters_but_its_own(openroots: Nation) -> None:
    """One that is written from the right leaves the day beside it as it is."""
    consult(Office(openroots))
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        page = client.post("/standards/kind-letters", data=FORM | {"name": "A\u202eReader"}).text
    assert "<bdi>A\u202eReader</bdi>, 1 February 2028" in page


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": ""}, "Choose what your comment is."),
        ({"text": ""}, "Write your comment."),
        ({"text": f"Ask {JANE}."}, "Your comment holds an NHS number. Write about no person"),
        ({"text": "x" * 10_001}, "Your comment is longer than 10000 characters."),
        ({"quote": "not there"}, "does not say what is quoted"),
        ({"section": ""}, "Choose the section that these words are copied from."),
        ({"section": "9"}, "There is no section 9"),
        ({"key": "no-such-key"}, "neither a key nor a token"),
        ({"key": "schlüssel"}, "neither a key nor a token"),
    ],
)
def test_a_comment_that_cannot_be_made_is_told_why(
    reader: httpx.Client, changed: dict[str, str], told: str
) -> None:
    """In words, and what was typed in is still there, but for the key."""
    answer = reader.post("/standards/kind-letters", data=FORM | changed)
    assert 400 <= answer.status_code < 500
    assert told in words_of(answer.text)
    assert answer.headers["cache-control"] == "no-store"
    assert (changed | FORM)["name" if "text" in changed else "text"] in answer.text
    assert changed.get("key", "no-key") not in answer.text
    (field,) = changed
    assert answer.text.count(f'href="#{field}"') == 1
    assert answer.text.count(f'id="{field}-error"') == 1


def test_a_comment_that_is_changed_after_the_way_back_is_asked_for_again(openroots: Nation) -> None:
    """The form that a browser brings back bears the id of the comment that was made by it."""
    consult(Office(openroots))
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        path, form = "/standards/kind-letters", FORM | {"request_id": ONCE}
        client.post(path, data=form)
        again = client.post(path, data=form | {"text": "And by when?"})
        assert "You sent this form before, and it said something else." in words_of(again.text)
        assert "X-Request-ID" not in again.text
        (id,) = hidden_in(again.text, "request_id")
        made = client.post(path, data=form | {"text": "And by when?", "request_id": id})
    assert (again.status_code, made.status_code) == (400, 200)


def test_a_comment_after_the_consultation_is_told_so_and_leads_nowhere(openroots: Nation) -> None:
    """The form is no longer there; so nothing leads to it."""
    office = Office(openroots)
    consult(office)
    office.on("2028-03-01")
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        answer = client.post("/standards/kind-letters", data=FORM)
    assert answer.status_code == 409
    assert "kind-letters is not in consultation on 2028-03-01." in words_of(answer.text)
    assert 'href="#' not in answer.text.partition("There is a problem")[2].partition("<h1")[0]


def test_there_is_no_say_where_no_consultation_is_open(reader: httpx.Client) -> None:
    """No form is shown, and one that is sent all the same is refused."""
    assert "Say what you think" not in seen(reader, "/standards/plain-words")
    answer = reader.post("/standards/plain-words", data={"kind": "comment", "text": "Well."})
    assert answer.status_code == 409
    assert "not in consultation" in words_of(answer.text)


def between(page: str, start: str, end: str) -> str:
    """What stands after `start`, up to the second `end` after it."""
    return end.join(page.partition(start)[2].split(end)[:2])


def test_where_nobody_comments_without_a_key_one_is_asked_for(
    openroots_seeded: Path, tmp_path: Path
) -> None:
    """Beside its field, which is shown then."""
    state = tmp_path / "real"
    shutil.copytree(openroots_seeded, state)
    nation = open_nation(state)
    consult(Office(nation))
    nation.close()
    nation = open_nation(state, auth="real")
    nation.move_clock("2028-02-01")
    with httpx.Client(base_url=nation.url, timeout=60) as client:
        page = client.post("/standards/kind-letters", data=FORM)
        keyed = client.post("/standards/kind-letters", data=FORM | {"key": KEY})
    nation.close()
    assert (page.status_code, keyed.status_code) == (401, 200)
    assert "Enter the key of your application, or Bearer" in words_of(page.text)
    assert 'href="#key"' in page.text
    assert re.search(r"<details[^>]* open>", page.text)
