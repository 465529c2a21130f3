"""An application had somebody log in by itself, and brings their ID token."""

from datetime import timedelta
from typing import Any

import pytest

from openroots.identity import jose
from openroots.identity.issuers import KID
from openroots.identity.keypairs import new_pair
from openroots.storage import Change
from openroots.testing import Nation
from tests.gateway.door import Door
from tests.services.authorisation.desk import (
    APP,
    DOCTOR,
    JANE,
    JAYNE,
    NHS_LOGIN,
    OTHER,
    application,
    assertion,
    exchange,
    id_token,
    post,
    reads,
    renew,
    unsigned,
    vouched,
    words,
)

BAD, REQUEST = 400, "invalid_request"
LEVEL = "Missing or invalid level of assurance in {} JWT"
PERSON = "Missing or unknown person in {} JWT"


def test_the_id_token_of_a_patient_is_exchanged(shared: Nation) -> None:
    """For tokens with which they read their own record, and nobody else's; they can be renewed."""
    told = exchange(shared, id_token(shared))
    assert told.body["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert (told.body["expires_in"], told.body["refresh_token_expires_in"]) == ("599", "3599")
    assert (reads(shared, told), reads(shared, told, JAYNE)) == (200, 403)
    again = renew(shared, told.body["refresh_token"])
    assert (reads(shared, again), reads(shared, again, JAYNE)) == (200, 403)


def test_the_id_token_of_a_member_of_staff_is_exchanged(shared: Nation) -> None:
    """At the level at which they logged in."""
    told = exchange(shared, id_token(shared, DOCTOR))
    assert (told.body["refresh_token_expires_in"], reads(shared, told)) == ("43199", 200)


def test_who_acts_for_a_patient_is_not_told_beside_their_token(shared: Nation) -> None:
    """Else the application had a token of the patient where it asked for one of a proxy."""
    told = exchange(shared, id_token(shared), actor_token=id_token(shared, JAYNE))
    assert words(told) == (BAD, REQUEST, "actor_token is not supported")


def test_an_id_token_may_be_brought_again_while_its_session_goes_on(shared: Nation) -> None:
    """Until it ends: then for nothing."""
    text = id_token(shared)
    first, second = exchange(shared, text), exchange(shared, text)
    assert [reads(shared, each) for each in (first, second)] == [200, 200]
    renew(shared, first.body["refresh_token"])
    renew(shared, first.body["refresh_token"])
    assert [reads(shared, each) for each in (first, second)] == [401, 401]
    over = exchange(shared, text)
    assert words(over) == (401, REQUEST, "The session of the subject_token JWT has ended")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"subject_token_type": None}, "missing or invalid subject_token_type"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "missing or invalid"),
        ({"subject_token": None}, "Missing subject_token"),
        ({"subject_token": "a.b.c"}, "Malformed JWT in subject_token"),
        ({"client_assertion": None}, "Missing client_assertion"),
        ({"client_assertion_type": "x"}, "Missing or invalid client_assertion_type"),
    ],
)
def test_what_the_exchange_needs_is_told_one_by_one(
    shared: Nation, changed: dict[str, Any], expected: str
) -> None:
    """Each with the words of its own."""
    told = exchange(shared, "", **changed)
    assert words(told)[:2] == (BAD, REQUEST)
    assert words(told)[2].startswith(expected)


NOW = 1795262400


@pytest.mark.parametrize(
    ("user", "changed", "expected"),
    [
        (JANE, {"iss": None}, (400, "Missing or non-matching 'iss'/'sub' claims in {} JWT")),
        (JANE, {"sub": None}, (400, "Missing or non-matching 'iss'/'sub' claims in {} JWT")),
        (JANE, {"iss": "https://evil.example"}, (401, "Invalid 'iss'/'sub' claims in {} JWT")),
        (JANE, {"iss": "http://["}, (401, "Invalid 'iss'/'sub' claims in {} JWT")),
        (JANE, {"aud": None}, (401, "Missing 'aud' claim in {} JWT")),
        (JANE, {"aud": OTHER.key}, (401, "Invalid 'aud' claim in {} JWT")),
        (JANE, {"aud": [APP.key, OTHER.key]}, (401, "Invalid 'aud' claim in {} JWT")),
        (JANE, {"aud": []}, (401, "Invalid 'aud' claim in {} JWT")),
        (JANE, {"exp": None}, (400, "Missing 'exp' claim in {} JWT")),
        (JANE, {"exp": "soon"}, (400, "Invalid 'exp' claim in {} JWT - must be an integer")),
        (JANE, {"exp": NOW}, (400, "Invalid 'exp' claim in {} JWT - JWT has expired")),
        (JANE, {"nbf": NOW + 90}, (400, "Invalid 'nbf' claim in {} JWT - in the future")),
        *(
            (JANE, {"vot": wrong}, (400, LEVEL))
            for wrong in (None, 9, "", "P9 ", "P1.Cp", "P9.Cx", "xP9", "P9P5", ":P9:", "p9")
        ),
        (JANE, {"identity_proofing_level": "P5"}, (400, LEVEL)),
        (JANE, {"identity_proofing_level": "P99"}, (400, LEVEL)),
        *((JANE, {"nhs_number": wrong}, (401, PERSON)) for wrong in (None, 9000000009, "9", "")),
        *(
            (DOCTOR, {"authentication_assurance_level": wrong}, (400, LEVEL))
            for wrong in (None, 3, "4", "", "33", "aal3")
        ),
        (DOCTOR, {"sub": "910000000099"}, (401, PERSON)),
    ],
)
def test_a_claim_of_an_id_token_that_is_wrong_is_told(
    shared: Nation, user: str, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Although the login service signed it."""
    told = exchange(shared, vouched(shared, id_token(shared, user), **changed))
    assert words(told) == (expected[0], REQUEST, expected[1].format("subject_token"))


@pytest.mark.parametrize("level", ["P5", "P0", "aal1"])
def test_a_level_is_taken_for_what_it_is(shared: Nation, level: str) -> None:
    """Nobody's P5 opens what is for P9, whatever they have reached before."""
    user = DOCTOR if level == "aal1" else JANE
    text = id_token(shared, user, level)
    if user == JANE:
        text = vouched(shared, text, identity_proofing_level="P9")
    assert words(exchange(shared, text))[:2] == (401, "unauthorized_client")


def test_a_product_for_a_lower_level_is_for_that_level_alone(openroots: Nation) -> None:
    """One that has scopes of P5 and no others gives P5 a token, and P9 none."""
    scope = "urn:nhsd:apim:user-nhs-login:P5:personal-demographics-service"
    body, version = application(openroots)
    product = {"id": "five", "name": "Five", "scopes": [scope], "approval": "manual"}
    openroots.holds(
        Change("Product", "five", product, 0),
        Change("Application", APP.id, {**body, "products": ["five"]}, version),
    )
    assert exchange(openroots, id_token(openroots, JANE, "P5")).status == 200
    assert words(exchange(openroots, id_token(openroots)))[:2] == (401, "unauthorized_client")


def test_an_id_token_must_be_signed_by_its_login_service(shared: Nation) -> None:
    """Not by another key of the same name, by none, nor by an application."""
    told = jose.opened(id_token(shared)).claims
    header = {"alg": "RS512", "typ": "JWT", "kid": KID}
    key = "public_key error"
    forged = exchange(shared, jose.signed(told, new_pair(KID).private, KID))
    assert words(forged) == (401, key, "JWT signature verification failed")
    bare = exchange(shared, unsigned({**header, "alg": "none"}, told))
    assert words(bare)[:2] == (BAD, REQUEST)
    strange = exchange(shared, unsigned({**header, "kid": "other"}, told, b"a"))
    assert words(strange)[0] == 401
    assert words(exchange(shared, assertion(shared)))[0] == 401


def test_another_clients_id_token_needs_a_link(openroots: Nation) -> None:
    """In the registration of who brings it: then the two are one."""
    text = vouched(openroots, id_token(openroots), aud="at-the-login-service")
    assert words(exchange(openroots, text))[2] == "Invalid 'aud' claim in subject_token JWT"
    linked = {"linked_clients": ["at-the-login-service"]}
    assert Door(openroots).post(f"/applications/{APP.id}", linked)["linked_clients"]
    assert exchange(openroots, text).status == 200
    Door(openroots).post(f"/applications/{APP.id}", {"linked_clients": []})
    assert exchange(openroots, text).status == 401


def test_an_id_token_ends_by_wall_time(openroots: Nation) -> None:
    """An hour after the login."""
    text = id_token(openroots)
    openroots.wall.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    assert words(exchange(openroots, text))[2].endswith("JWT has expired")


def test_who_acts_for_a_patient_is_named_in_the_token(openroots: Nation) -> None:
    """The patient is whom it is about; the audit log says that somebody acts for them."""
    told = exchange(openroots, id_token(openroots, JAYNE, acts_for=JANE))
    assert told.status == 200
    entry = openroots.audit()[-1]
    assert (entry["access"], entry["acting"]) == ("patient", [JANE, JAYNE])


@pytest.mark.parametrize(
    "act",
    [{}, {"sub": 7}, {"sub": ""}, {"sub": "a.b.c"}, "text", 0],
)
def test_what_names_nobody_acts_for_nobody(shared: Nation, act: Any) -> None:
    """An `act` that holds no ID token is refused, not passed over."""
    text = vouched(shared, id_token(shared), act=act)
    assert words(exchange(shared, text))[0] == BAD


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"exp": NOW - 1}, 400),
        ({"exp": None}, 400),
        ({"aud": "another"}, 401),
        ({"iss": "https://evil.example"}, 401),
        ({"vot": "P5.Cp"}, 400),
        ({"vot": "P9.Cp"}, 400),
        ({"vot": None}, 400),
        ({"nhs_number": JANE}, 401),
        ({"nhs_number": None}, 401),
        ({"act": {"sub": "a.b.c"}}, 401),
    ],
)
def test_who_acts_is_held_to_an_id_token_of_their_own(
    shared: Nation, changed: dict[str, Any], status: int
) -> None:
    """In force, for the same client, at the same level, of somebody else than the patient, and not
    of one for whom another acts in turn."""
    outer = id_token(shared, JAYNE, acts_for=JANE)
    inner = jose.opened(outer).claims["act"]["sub"]
    spoilt = vouched(shared, outer, act={"sub": vouched(shared, inner, **changed)})
    assert exchange(shared, spoilt).status == status
    head, body, _ = inner.split(".")
    forged = vouched(shared, outer, act={"sub": f"{head}.{body}.AAAA"})
    assert words(exchange(shared, forged))[2] == "JWT signature verification failed"


def test_the_login_service_gives_an_id_token_to_its_client_alone(shared: Nation) -> None:
    """For its own code, once; the code is none at the authorisation server."""
    form = {"grant_type": "authorization_code", "code": "none", "client_id": APP.key}
    told = post(shared, f"{NHS_LOGIN}/token", form | {"client_secret": APP.secret})
    assert words(told) == (400, "invalid_grant", "authorization_code is invalid")
