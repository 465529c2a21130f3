"""Some made-up people have what only some applications are shown, and are as credible as others."""

from openroots.fhir.patient import NOMINATED_PHARMACY, REMOVAL, code, extension
from openroots.population import Person
from openroots.population.hidden import with_an_empty_line
from openroots.services.demographics.views import ALWAYS_CONFIDENTIAL, CONFIDENTIAL_REASONS
from tests.population.nation import PEOPLE


def of_kind(people: list[Person], kind: str) -> list[Person]:
    return [person for person in people if kind in person.kinds]


def test_some_were_removed_for_reasons_that_can_be_told_to_a_few(people: list[Person]) -> None:
    """One in 250, but for the dead, for both of the reasons that are not kept from everybody."""
    removed = of_kind(people, "removed-in-confidence")
    assert 0.9 * PEOPLE < 250 * len(removed) <= PEOPLE
    reasons = set()
    for person in removed:
        reason, since = extension(person.patient, REMOVAL)["extension"]
        reasons.add(code(reason["valueCodeableConcept"]))
        assert since["valuePeriod"]["start"] >= person.patient["birthDate"]
    assert reasons == CONFIDENTIAL_REASONS - ALWAYS_CONFIDENTIAL


def test_who_was_removed_in_confidence_is_recorded_as_others_who_were(people: list[Person]) -> None:
    """They have no practice and no pharmacy, but an organisation that had them last."""
    removed = of_kind(people, "removed")
    for one in of_kind(people, "removed-in-confidence"):
        assert one in removed
        assert "generalPractitioner" not in one.patient
        assert one.patient["managingOrganization"]["identifier"]["period"]["end"]
        urls = [item["url"] for item in one.patient["extension"]]
        assert (urls[0], NOMINATED_PHARMACY in urls) == (REMOVAL, False)


def test_some_addresses_have_an_empty_line(people: list[Person]) -> None:
    """Of some households, but not where the house has a name: the line for it is the empty one."""
    found = of_kind(people, "empty-line")
    assert 0.005 < len(found) / PEOPLE < 0.02
    for person in found:
        name, street, *_ = lines = person.patient["address"][0]["line"]
        assert (name, street[0].isdigit(), len(lines) <= 5) == ("", True, True)


def test_a_house_with_a_name_has_no_empty_line() -> None:
    """Where the first line is said, there is nothing to leave empty."""
    lines = ["Ashgrove", "86 Kings Street", "Alderbrook"]
    named = {"address": [{"use": "home", "line": lines}]}
    assert with_an_empty_line(named) is named
