"""Who the member of staff is, as their application is told, and nobody else."""

from datetime import timedelta

from openroots.testing import Nation
from tests.services.authorisation.desk import (
    APP,
    DOCTOR,
    JANE,
    bearer,
    code_for,
    exchange,
    id_token,
    redeem,
    renew,
    words,
)

OF_TWO_ROLES = "910000000023"
OF_NONE = "910000000056"


def test_userinfo_tells_who_the_member_of_staff_is(shared: Nation) -> None:
    """To the application that got its token for a code; to no other."""
    tokens = redeem(shared, code_for(shared))
    told = shared.ask("GET", "/oauth2/userinfo", headers=bearer(tokens))
    assert (told.body["nhsid_useruid"], told.body["name"]) == (DOCTOR, "Amara Quill")
    [role] = told.body["nhsid_nrbac_roles"]
    assert (role["org_code"], role["role_code"]) == ("Y90001", "R8000")
    entry = shared.audit()[-1]
    assert (entry["application"], entry["user"]) == (APP.id, DOCTOR)
    patient = redeem(shared, code_for(shared, JANE))
    refused = shared.ask("GET", "/oauth2/userinfo", headers=bearer(patient))
    assert words(refused)[:2] == (400, "invalid_request")
    assert words(refused)[2].startswith(
        "The Userinfo endpoint is only supported for Combined Auth integrations."
    )
    apart = exchange(shared, id_token(shared, DOCTOR))
    other = shared.ask("GET", "/oauth2/userinfo", headers=bearer(apart))
    assert words(other) == words(refused)
    alone = shared.ask("GET", "/oauth2/userinfo", headers=shared.token())
    assert words(alone)[0] == 400
    for wrong in ("", "Bearer", "Bearer x", "Basic x"):
        headers = {"authorization": wrong} if wrong else {}
        told = shared.ask("GET", "/oauth2/userinfo", headers=headers)
        assert (told.status, told.headers["www-authenticate"][:6]) == (401, "Bearer")


def test_userinfo_names_each_role_by_its_own_id_and_their_place_by_another(shared: Nation) -> None:
    """As CIS2 does: a client looks up the place of a role among the memberships."""
    told = shared.ask("GET", "/oauth2/userinfo", headers=bearer(redeem(shared, code_for(shared))))
    [role] = told.body["nhsid_nrbac_roles"]
    assert {
        "activities",
        "activity_codes",
        "workgroups",
        "workgroups_codes",
        "aow",
        "aow_codes",
    } < {*role}
    two = redeem(shared, code_for(shared, OF_TWO_ROLES))
    told = shared.ask("GET", "/oauth2/userinfo", headers=bearer(two))
    roles, orgs = told.body["nhsid_nrbac_roles"], told.body["nhsid_org_memberships"]
    assert [one["person_roleid"] for one in roles] == ["910000001022", "910000001033"]
    assert [one["person_orgid"] for one in roles] == [one["person_orgid"] for one in orgs]
    assert [one["org_code"] for one in orgs] == ["Y90001", "Y90002"]
    assert told.body["nhsid_user_orgs"] == orgs


def test_userinfo_of_who_has_no_role_lists_none(shared: Nation) -> None:
    """Each list is there, and empty."""
    tokens = redeem(shared, code_for(shared, OF_NONE))
    told = shared.ask("GET", "/oauth2/userinfo", headers=bearer(tokens)).body
    lists = {name: value for name, value in told.items() if isinstance(value, list)}
    assert lists == dict.fromkeys(
        ("nhsid_nrbac_roles", "nhsid_org_memberships", "nhsid_org_roles", "nhsid_user_orgs"), []
    )


def test_userinfo_is_not_told_by_a_token_that_has_run_out(openroots: Nation) -> None:
    """Who has renewed it is told again."""
    tokens = redeem(openroots, code_for(openroots))
    openroots.wall.advance(timedelta(seconds=int(tokens.body["expires_in"])))  # type: ignore[attr-defined]
    refused = openroots.ask("GET", "/oauth2/userinfo", headers=bearer(tokens))
    assert words(refused) == (401, "access_denied", "Access Token expired")
    renewed = renew(openroots, tokens.body["refresh_token"])
    assert openroots.ask("GET", "/oauth2/userinfo", headers=bearer(renewed)).status == 200
