"""How asking can be refused: reading and searching.

For the table of the service. What is said of a header, a path or a token is said to writers too.

Source: PDS FHIR API, the error tables of its specification and the answers that its tests expect.
"""

from openroots.problem import Failure
from openroots.services.demographics.failures.wording import GUIDANCE, refused_value


def _search(words: str, mend: str, *, ours: bool = False) -> Failure:
    told = f"Invalid search data provided - '{words}'"
    return refused_value(
        "INVALID_SEARCH_DATA", "Search data is invalid", told, ours=ours, mend=mend
    )


ASKING = {
    "resource-id-invalid": Failure(
        400,
        "INVALID_RESOURCE_ID",
        "value",
        "Resource Id is invalid",
        mend="An NHS number is ten digits; the last one checks the others.",
    ),
    "header-missing": Failure(
        400,
        "MISSING_VALUE",
        "required",
        "Required value is missing",
        "Invalid request with error - {header} header must be supplied to access this resource",
        mend="Send a new UUID with each new request, by curl so: "
        """-H "{header}: $(uuidgen)".""",
    ),
    "header-invalid": refused_value(
        "INVALID_VALUE",
        "Provided value is invalid",
        "Invalid value - '{value}' in header '{header}'",
        mend="""Send a UUID, by curl so: -H "{header}: $(uuidgen)".""",
    ),
    "role-invalid": refused_value(
        "INVALID_VALUE",
        "Provided value is invalid",
        "Invalid value - '{value}' in header 'NHSD-Session-URID'. Refer to the guidance for this "
        f"header in our API Specification {GUIDANCE}",
        mend="Send the id of one of the user's own roles, which /oauth2/userinfo names as "
        "person_roleid. Who has a single role may leave the header out.",
    ),
    "update-refused": Failure(
        403,
        "INVALID_METHOD",
        "forbidden",
        "Cannot update resource with {access} access token",
        "Your app has insufficient permissions to use this method. Please contact support.",
        mend="Update in healthcare worker or patient access.",
    ),
    "not-found": Failure(
        404, "RESOURCE_NOT_FOUND", "not-found", "Resource not found", severity="information"
    ),
    "invalidated": Failure(
        404,
        "INVALIDATED_RESOURCE",
        "processing",
        "Resource that has been marked as invalid was requested - "
        "invalid resources cannot be retrieved",
    ),
}
SEARCHES = {
    "search-empty": Failure(
        400,
        "UNSUPPORTED_SERVICE",
        "processing",
        "Unsupported Service",
        mend="Give at least family and birthdate.",
    ),
    "search-too-little": _search(
        "No searches were performed as the search criteria did not meet the minimum requirements",
        "Give family and birthdate. A wildcard may follow the first two characters of the family "
        "name, the postcode and the first given name.",
    ),
    "search-not-fuzzy": _search(
        "A fuzzy search was requested however the data given did not meet the fuzzy search "
        "criteria",
        "Give birthdate with given and family, or with gender, postcode and one of the names; "
        "no wildcards.",
    ),
    "postcode-twice": _search(
        "address-postcode and address-postalcode must not be given together",
        "Give address-postalcode alone.",
        ours=True,
    ),
    "too-many-results": Failure(
        403,
        "INVALID_VALUE",
        "token",
        "Cannot retrieve more than one result with {access} access token",
        "Your app has insufficient permissions to perform this search. Please contact support.",
        mend="Leave _max-results out, or send 1.",
    ),
    "too-many-matches": Failure(
        200,
        "TOO_MANY_MATCHES",
        "multiple-matches",
        "Too Many Matches",
        severity="information",
        mend="Say more of the person: a given name, a gender, a postcode.",
    ),
}
