"""Codes of a record are kept with what they mean, whatever a client calls them."""

import pytest

from openroots.fhir.patient import UK_CODES, UK_CORE
from openroots.problem import Json
from openroots.services.demographics.codes import LANGUAGES
from tests.services.demographics.desk import JANE, MINIMAL, Desk
from tests.services.demographics.patches import add, op

TELEPHONE = {"system": "phone", "value": "01632960587"}


def coded(url: str, code: str, **others: str) -> Json:
    """A part of an extension that is this code."""
    return {"url": url, "valueCodeableConcept": {"coding": [{"code": code, **others}]}}


@pytest.mark.parametrize(
    ("extension", "part", "code", "words"),
    [
        ("NHSCommunication", "language", "pa", "Panjabi; Punjabi"),
        ("NHSCommunication", "language", "q4", "British Sign Language"),
        ("ContactPreference", "PreferredContactMethod", "8", "No Telephone contact"),
        ("ContactPreference", "PreferredWrittenCommunicationFormat", "12", "Braille"),
    ],
)
@pytest.mark.parametrize("others", [{}, {"display": "Telephone"}])
def test_a_code_is_kept_in_the_words_of_its_system(
    desk: Desk, extension: str, part: str, code: str, words: str, others: dict[str, str]
) -> None:
    """Whoever reads the record is told what the code means, not what somebody took it for."""
    sent = {"url": UK_CORE + extension, "extension": [coded(part, code, **others)]}
    [kept] = desk.patch(MINIMAL, *add("extension", sent)).body["extension"]
    [coding] = kept["extension"][0]["valueCodeableConcept"]["coding"]
    name = "HumanLanguage" if part == "language" else part
    assert coding == {"system": UK_CODES + name, "code": code, "display": words}


def test_a_code_that_is_changed_alone_has_its_own_words(desk: Desk) -> None:
    """The words of the code before would tell another language than the code does."""
    named = op("replace", "/extension/4/url", UK_CORE + "NHSCommunication")
    coding = "/extension/4/extension/0/valueCodeableConcept/coding/0"
    told = desk.patch(JANE, named, op("replace", f"{coding}/code", "de"))
    [language, _] = told.body["extension"][4]["extension"]
    [kept] = language["valueCodeableConcept"]["coding"]
    assert (kept["code"], kept["display"]) == ("de", "German")


@pytest.mark.parametrize("others", [{}, {"display": "Next of kin"}])
def test_an_emergency_contact_is_called_one(desk: Desk, others: dict[str, str]) -> None:
    """The only role that a contact can have is told in the words that it has."""
    contact = {
        "relationship": [{"coding": [{"code": "C", **others}]}],
        "telecom": [TELEPHONE],
    }
    [kept] = desk.patch(MINIMAL, *add("contact", contact)).body["contact"]
    system = "http://terminology.hl7.org/CodeSystem/v2-0131"
    coding = {"system": system, "code": "C", "display": "Emergency Contact"}
    assert kept["relationship"] == [{"coding": [coding]}]


def test_english_is_no_language_that_is_preferred() -> None:
    """It is in the code system, and may not be sent."""
    assert "en" not in LANGUAGES
    assert (LANGUAGES["cy"], LANGUAGES["fr"]) == ("Welsh", "French")
