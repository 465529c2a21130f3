"""Lifecycle: what is in the way of a case, as far as only a guard can tell."""

from datetime import date, datetime, timedelta

from openroots.register.case import Case, Subject
from openroots.register.fact import Fact
from openroots.register.lifecycle import Situation, unanswered
from openroots.register.programme import load_programmes
from tests.register.samples import moment

PRODUCT = Subject("product", "heron", "Heron")
SEEN = moment("2027-01-01")
ACCREDITATION = load_programmes()["app-accreditation"]


def fact(key: str, value: object, source: str = "attested", seen: datetime = SEEN) -> Fact:
    return Fact(f"f.{key}", "product:heron", key, value, source, seen, "x")


def missing(on: date, *facts: Fact) -> set[str]:
    """The facts that are asked for and are not known well enough on a day."""
    case = Case("app-accreditation.heron", ACCREDITATION.id, "2.0", PRODUCT, SEEN, ())
    rule = next(iter(ACCREDITATION.stage.values()))
    situation = Situation(ACCREDITATION, case, rule, on, facts)
    return {one.fact for one in unanswered(situation)}


def test_an_answer_that_has_grown_too_old_is_none() -> None:
    """Each question says for how long; what does not age is good on any day."""
    log = fact("product.hazard_log", "https://example.org/log")
    officer = fact("product.cso", "A nurse, NMC")
    last = SEEN.date() + timedelta(days=730)
    asked = {"product.hazard_log", "product.cso"}
    assert missing(last, log, officer).isdisjoint(asked)
    assert missing(last + timedelta(days=1), log, officer) & asked == {"product.hazard_log"}


def test_an_answer_counts_from_whom_it_is_asked() -> None:
    """A registration that its holder only says to have is not that of the registry."""
    on, key = SEEN.date(), "org.ico_registration"
    assert key in missing(on, fact(key, "ZA123456"))
    assert key not in missing(on, fact(key, "ZA123456", "registry"))


def test_what_does_not_apply_is_not_asked() -> None:
    """Of a product that handles no data about people nobody asks where it keeps them."""
    on, about = SEEN.date(), {"product.dpia", "product.data_location"}
    touches = "product.personal_data"
    assert about <= missing(on, fact(touches, True))
    assert about.isdisjoint(missing(on, fact(touches, False)))
