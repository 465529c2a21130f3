"""Where clients look to find out where to get tokens."""

import httpx
import pytest

from openroots.testing import Nation

PDS = "/personal-demographics/FHIR/R4"


@pytest.mark.parametrize(
    "path",
    [
        "/oauth2/.well-known/openid-configuration",
        "/oauth2/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/oauth2",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    ],
)
def test_the_authorisation_server_describes_itself_where_clients_look(
    openroots: Nation, path: str
) -> None:
    """Its issuer is the address that it is reached by; each endpoint that it names is there."""
    told = httpx.get(openroots.url + path).json()
    assert told["issuer"] == f"{openroots.url}/oauth2"
    assert told["token_endpoint"] == f"{openroots.url}/oauth2/token"
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["request_uri_parameter_supported"] is False
    named = [url for name, url in told.items() if name.endswith(("_endpoint", "_uri"))]
    assert {httpx.get(url).status_code for url in named}.isdisjoint({404, 500})


def test_the_twin_describes_itself_too(openroots: Nation) -> None:
    """Below its own base."""
    told = httpx.get(f"{openroots.url}/oauth2-mock/.well-known/openid-configuration").json()
    assert told["issuer"] == f"{openroots.url}/oauth2-mock"


def test_a_fhir_api_says_where_to_get_tokens_for_it(openroots: Nation) -> None:
    """To SMART clients: as JSON, without a token or any header."""
    answer = httpx.get(f"{openroots.url}{PDS}/.well-known/smart-configuration")
    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert told["token_endpoint"] == f"{openroots.url}/oauth2/token"
    assert told["capabilities"] == ["client-confidential-asymmetric"]
    assert {"grant_types_supported", "code_challenge_methods_supported"} <= told.keys()


@pytest.mark.parametrize(
    "path",
    [
        f"{PDS}/.well-known/openid-configuration",
        "/oauth2/.well-known/smart-configuration",
        "/.well-known/smart-configuration",
        "/.well-known/openid-configuration/nothing",
        "/oauth2/.well-known/openid-configuration/oauth2",
        "/nothing/.well-known/openid-configuration",
    ],
)
def test_nothing_is_described_elsewhere(openroots: Nation, path: str) -> None:
    """What is not there is not made up."""
    assert httpx.get(openroots.url + path).status_code in (400, 404)


def test_public_keys_are_published(openroots: Nation) -> None:
    """Those with which this world signs, without their private halves."""
    [key, *_] = openroots.ask("GET", "/oauth2/jwks").body["keys"]
    assert "x" in key
    assert "d" not in key


@pytest.mark.parametrize("name", ["NHSD-Identity-UUID", "nhsd-asid", "NHSD-Application-ID"])
def test_what_the_platform_tells_its_services_is_nobodys_word_from_outside(
    openroots: Nation, name: str
) -> None:
    """Such a header of a client is not seen by any service, once or twice."""
    service = openroots.house.gateway.service(PDS)
    assert service is not None
    raw = [(name.lower().encode(), b"mine"), (name.lower().encode(), b"yours")]
    exchange = openroots.house.gateway.begin(service, "GET", PDS, b"", raw)
    assert exchange.headers == {}
    assert exchange.repeated == ""
