"""The page on which somebody made up is picked: for people, and for programs that fill it in."""

import re
from base64 import b64encode
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from openroots.app import open_house
from openroots.identity import jose
from openroots.settings import Settings
from openroots.testing import Nation
from tests.services.authorisation.desk import (
    APP,
    CALLBACK,
    CIS2,
    DOCTOR,
    JANE,
    NHS_LOGIN,
    OTHER,
    authorize,
    id_token,
    path_of,
    post,
    query_of,
    words,
)
from tests.services.authorisation.test_code import VERIFIER, WITH_PKCE

ASKED = {"response_type": "code", "client_id": APP.key, "redirect_uri": CALLBACK, "state": "s"}


class Page(HTMLParser):
    """What a program sees of a page: its language, labels, fields and forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such element."""
        return [attributes for name, attributes in self.seen if name == tag]


@pytest.mark.parametrize(("realm", "name"), [(CIS2, "Amara Quill"), (NHS_LOGIN, "Jane")])
def test_the_page_lists_people_and_can_be_read_aloud(shared: Nation, realm: str, name: str) -> None:
    """It has a language, a title, one heading, a label for each field, and no script."""
    told = shared.ask("GET", f"{realm}/authorize?{urlencode(ASKED)}")
    assert told.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in told.headers["content-security-policy"]
    text = told.raw.decode()
    page = Page(text)
    assert page.all("html") == [{"lang": "en-GB"}]
    assert (len(page.all("h1")), len(page.all("title")), page.all("script")) == (1, 1, [])
    fields = {each["id"] for each in (*page.all("input"), *page.all("select"))}
    assert fields == {each["for"] for each in page.all("label")}
    assert name in text
    assert "made up" in text


def test_a_form_is_all_that_a_program_needs(shared: Nation) -> None:
    """As one that knows the published mock: the form `kc-form-login`, its action, a username."""
    text = shared.ask("GET", path_of(authorize(shared))).raw.decode()
    [form] = [each for each in Page(text).all("form") if each.get("id") == "kc-form-login"]
    back = post(shared, str(form["action"]), {"username": DOCTOR})
    assert "code" in query_of(shared.ask("GET", path_of(back)))


@pytest.mark.parametrize(("hint", "kind"), [(DOCTOR, "cis2"), (JANE, "nhs-login")])
def test_who_is_named_beforehand_is_not_asked(shared: Nation, hint: str, kind: str) -> None:
    """`login_hint` logs in whoever it is: a patient by an NHS number, or a member of staff."""
    page = path_of(authorize(shared, login_hint=hint))
    assert f"/{kind}/" in page
    assert "code" in query_of(shared.ask("GET", path_of(shared.ask("GET", page))))


@pytest.mark.parametrize(
    ("realm", "form"),
    [
        (CIS2, {"username": "910000000099"}),
        (CIS2, {"username": JANE}),
        (CIS2, {"username": ""}),
        (CIS2, {"username": '"><script>alert(1)</script>'}),
        (CIS2, {"username": DOCTOR, "level": "P9"}),
        (NHS_LOGIN, {"username": "9999999999"}),
        (NHS_LOGIN, {"username": JANE, "level": "P10"}),
        (NHS_LOGIN, {"username": JANE, "acts_for": JANE}),
        (NHS_LOGIN, {"username": JANE, "acts_for": "9999999999"}),
    ],
)
def test_who_is_nobody_is_told_on_the_page(
    shared: Nation, realm: str, form: dict[str, str]
) -> None:
    """What was typed in is not repeated there."""
    told = post(shared, f"{realm}/authorize?{urlencode(ASKED)}", form)
    text = told.raw.decode()
    assert (told.status, 'role="alert"' in text, "<script>" in text) == (200, True, False)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"client_id": ""}, 400),
        ({"client_id": "nobody"}, 401),
        ({"client_id": "openroots-platform"}, 400),
        ({"redirect_uri": ""}, 400),
        ({"redirect_uri": "https://evil.example"}, 400),
        ({"state": ""}, 302),
        ({"response_type": "token"}, 302),
    ],
)
def test_the_login_page_knows_whose_people_it_sends_where(
    shared: Nation, changed: dict[str, str], status: int
) -> None:
    """As the authorisation server does."""
    query = urlencode(ASKED | changed)
    assert shared.ask("GET", f"{CIS2}/authorize?{query}").status == status
    assert shared.ask("GET", f"/oauth2-mock/simulated_auth/x/authorize?{query}").status == 404


def test_an_attribute_cannot_be_broken_out_of(shared: Nation) -> None:
    """What stands in the address stands in the form's action in no way that means anything."""
    query = urlencode(ASKED | {"state": '"><script>alert(1)</script>', "x": "'\"<>&"})
    text = shared.ask("GET", f"{CIS2}/authorize?{query}").raw.decode()
    assert "<script" not in text
    assert re.search(r'action="[^"<>]*"', text)


def test_an_id_token_can_be_checked_with_what_is_published(shared: Nation) -> None:
    """Its issuer describes itself where clients look, and publishes its keys there."""
    token = jose.opened(id_token(shared))
    told = shared.ask("GET", f"{NHS_LOGIN}/.well-known/openid-configuration").body
    assert told["issuer"] == token.claims["iss"]
    [key] = shared.ask("GET", f"{NHS_LOGIN}/certs").body["keys"]
    assert jose.is_signed(token, key)
    assert (token.claims["vot"], token.claims["nonce"]) == ("P9.Cp.Cd", "n")
    assert "gender" not in token.claims


@pytest.mark.parametrize("realm", [CIS2, NHS_LOGIN])
def test_it_says_of_itself_what_is_so(shared: Nation, realm: str) -> None:
    """What is left out has a meaning too: its only grant and its only way of answering are told.
    Its scopes are those that the platform asks it for, and each way to prove a client is one."""
    told = shared.ask("GET", f"{realm}/.well-known/openid-configuration").body
    assert told["grant_types_supported"] == ["authorization_code"]
    assert told["response_modes_supported"] == ["query"]
    more = "nationalrbacaccess" if realm == CIS2 else "profile"
    assert told["scopes_supported"] == ["openid", more]
    assert "client_secret_basic" in told["token_endpoint_auth_methods_supported"]
    secret = b64encode(f"{APP.key}:{APP.secret}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK}
    known = post(shared, f"{realm}/token", form, authorization=f"Basic {secret}")
    assert known.body["error_description"] == "authorization_code is invalid"


def test_at_p0_nobody_knows_whose_number_it_would_be(shared: Nation) -> None:
    """Nor their name or birth date."""
    told = jose.opened(id_token(shared, JANE, "P0")).claims
    assert {"nhs_number", "family_name", "birthdate"}.isdisjoint(told)


def test_a_live_world_has_no_such_page(openroots: Nation) -> None:
    """And says to an application that nobody can log in there yet."""
    state = openroots.house.settings.state.parent / "live"
    house = openroots.run(open_house(Settings(state=state, mode="live", people=0)))
    served = [service.base for service in house.gateway.services]
    assert "/oauth2" in served
    assert not any(base.startswith("/oauth2-mock") for base in served)
    openroots.run(house.close())


@pytest.mark.parametrize("field", ["username", "level"])
def test_a_field_comes_once(shared: Nation, field: str) -> None:
    """Two of one are one too many."""
    body = f"username={DOCTOR}&{field}=a&{field}=b".encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    told = shared.ask("POST", f"{CIS2}/authorize?{urlencode(ASKED)}", body, headers=form)
    assert words(told)[:2] == (400, "invalid_request")


def form_of(nation: Nation, asked: dict[str, str]) -> dict[str, str]:
    """The form by which a code is redeemed that the login page for staff was so asked for."""
    back = post(nation, f"{CIS2}/authorize?{urlencode(asked)}", {"username": DOCTOR})
    return {
        "grant_type": "authorization_code",
        "client_id": APP.key,
        "client_secret": APP.secret,
        "redirect_uri": CALLBACK,
        "code": query_of(back)["code"],
    }


@pytest.mark.parametrize(
    ("asked", "changed", "status"),
    [
        (WITH_PKCE, {"code_verifier": VERIFIER}, 200),
        (WITH_PKCE, {"code_verifier": "w" * 43}, 400),
        (WITH_PKCE, {}, 400),
        ({}, {"code_verifier": VERIFIER}, 400),
        ({}, {"grant_type": "refresh_token"}, 400),
        ({}, {"grant_type": ""}, 400),
        ({}, {"code": ""}, 400),
    ],
)
def test_a_login_page_asks_for_the_verifier_of_its_challenge(
    shared: Nation, asked: dict[str, str], changed: dict[str, str], status: int
) -> None:
    """As the authorisation server does; and it knows one grant."""
    told = post(shared, f"{CIS2}/token", form_of(shared, ASKED | asked) | changed)
    assert (told.status, "id_token" in told.body) == (status, status == 200)


def test_a_login_page_says_where_its_endpoints_are(shared: Nation) -> None:
    """Each of them is there, for a client that goes by nothing else."""
    told = shared.ask("GET", f"{CIS2}/.well-known/openid-configuration").body
    found = {name: told[name] for name in told if name.endswith(("_endpoint", "_uri"))}
    assert found == {
        "authorization_endpoint": f"http://localhost{CIS2}/authorize",
        "token_endpoint": f"http://localhost{CIS2}/token",
        "jwks_uri": f"http://localhost{CIS2}/certs",
    }


def test_an_id_token_is_for_whom_its_code_was_given_where_it_was(shared: Nation) -> None:
    """Neither another client nor the other login service has it; then the right one still does."""
    form = form_of(shared, ASKED)
    other = {"client_id": OTHER.key, "client_secret": OTHER.secret}
    for realm, changed in ((CIS2, other), (NHS_LOGIN, {})):
        refused = words(post(shared, f"{realm}/token", form | changed))
        assert refused == (400, "invalid_grant", "authorization_code is invalid")
    elsewhere = words(post(shared, f"{CIS2}/token", form | {"redirect_uri": f"{CALLBACK}/other"}))
    assert elsewhere[:2] == (400, "invalid_request")
    assert "id_token" in post(shared, f"{CIS2}/token", form).body
    again = words(post(shared, f"{CIS2}/token", form))
    assert again == (400, "invalid_grant", "authorization_code is invalid")
