"""What the rows about an authorised read are measured on."""

from uuid import uuid4

from bench.authorised import permit
from openroots.testing import Nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"


def test_the_token_reads_by_a_relationship(openroots: Nation) -> None:
    """A read that is refused is fast, and would be the wrong thing to time."""
    token = openroots.run(permit(openroots.house))
    given = {"Authorization": f"Bearer {token}", "X-Request-ID": str(uuid4())}
    told = openroots.ask("GET", JANE, headers=given)
    assert told.status == 200
    assert "relationship:referral" in openroots.audit()[-1]["rules"]
