"""Who the member of staff is, for the application whose user they are.

Source: NHS CIS2 Authentication, user information; NHS England identity service API, `/userinfo`.
"""

from openroots.identity import applications, scopes
from openroots.identity.staff import is_still_there, staff_of
from openroots.identity.tokens import Token, stands, token_of
from openroots.problem import Json, Problem
from openroots.service import OPENLY, HeaderRule, Reply, Request
from openroots.services.authorisation import service
from openroots.services.authorisation.issuing import NOT_STORED, Person, turned_out
from openroots.storage import Snapshot

BEARER = HeaderRule(
    "Authorization",
    "The access token: `Bearer ...`.",
    missing="token-missing",
    example="Bearer TOKEN",
)


@service.endpoint(
    "GET",
    "/userinfo",
    access=OPENLY,
    headers=(BEARER,),
    reads=6,
    fails=("token-wrong", "userinfo-other", "token-expired"),
)
def get_user_information(request: Request, db: Snapshot) -> Reply:
    """Get who the member of staff is.

    With a token that was got for a code, and no other.
    """
    token, application = _token(request, db)
    if token.expires <= request.wall:
        raise Problem("token-expired")
    staff = staff_of(token.user, db) if token.user and token.combined else None
    if staff is None:
        raise Problem("userinfo-other")
    person = Person(scopes.WORKER, token.user, token.assurance, token.assurance, token.session)
    caller = turned_out(application, person)
    return Reply(_information(staff), headers=NOT_STORED, about=(), caller=caller)


def _token(request: Request, db: Snapshot) -> tuple[Token, Json]:
    """The token that is sent, and the application that it was given to."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    token = token_of(text.strip(), db) if scheme.lower() == "bearer" else None
    application = applications.by_id(token.application, db) if token else None
    if token is None or application is None or not stands(token, application, db):
        raise Problem("token-wrong")
    if not is_still_there(scopes.kind_of(token.scopes), token.user, db):
        raise Problem("token-wrong")
    return token, application


def _information(staff: Json) -> Json:
    """As CIS2 tells it. A role of ours names one organisation, and no organisation's own roles."""
    roles = staff.get("roles", [])
    # Ours have no id for somebody's place in an organisation: that of their first role stands in.
    places = {role["organisation"]: role["id"] for role in reversed(roles)}
    orgs = [
        {"person_orgid": places[org], "org_code": org, "org_name": org}
        for org in dict.fromkeys(role["organisation"] for role in roles)
    ]
    return {
        "sub": staff["id"],
        "uid": staff["id"],
        "nhsid_useruid": staff["id"],
        "name": staff["name"],
        "given_name": staff["given_name"],
        "family_name": staff["family_name"],
        "idassurancelevel": "3",
        "nhsid_nrbac_roles": [_role(role, places) for role in roles],
        "nhsid_org_memberships": orgs,
        "nhsid_org_roles": [],
        "nhsid_user_orgs": orgs,
    }


def _role(role: Json, places: Json) -> Json:
    activities, teams = role.get("activities", []), role.get("teams", [])
    return {
        "person_orgid": places[role["organisation"]],
        "person_roleid": role["id"],
        "org_code": role["organisation"],
        "role_name": role["name"],
        "role_code": role["code"],
        "activities": activities,
        "activity_codes": activities,
        "workgroups": teams,
        "workgroups_codes": teams,
        "aow": [],
        "aow_codes": [],
    }
