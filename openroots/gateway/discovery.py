"""The documents by which clients find out where to get tokens, at the places where they look.

For OAuth and OpenID clients (below the authorisation server's base, and at the root of the origin)
and for SMART on FHIR clients (below the base of each FHIR API). Made of the declarations: what is
not served is not named.

Source: RFC 8414 (OAuth 2.0 Authorization Server Metadata); OpenID Connect Discovery 1.0; SMART App
Launch 2.2, `.well-known/smart-configuration`.
"""

from collections.abc import Iterable, Mapping

import orjson

from openroots.gateway.wire import Answer
from openroots.identity.jose import RS512
from openroots.problem import Json
from openroots.service import Service
from openroots.service.request import origin_of

MARK = "/.well-known/"
OF_SERVERS = ("openid-configuration", "oauth-authorization-server")
SMART = "smart-configuration"
# What a client may be told of, and the path of the endpoint that does it.
ENDPOINTS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "jwks_uri": "/jwks",
}
GRANTS = [
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]
WAYS = ["private_key_jwt", "client_secret_post", "client_secret_basic"]
HEADERS = [(b"content-type", b"application/json"), (b"access-control-allow-origin", b"*")]


def described(path: str, headers: Mapping[str, str], services: Iterable[Service]) -> Answer | None:
    """The document at this path, or None where there is none."""
    before, mark, rest = path.partition(MARK)
    if not mark:
        return None
    name, _, after = rest.partition("/")
    by_base = {service.base: service for service in services}
    servers = [base for base, service in by_base.items() if _gives_tokens(service)]
    origin = origin_of(headers)
    if name in OF_SERVERS:
        if before and after:
            return None
        base = f"/{after}" if after else before or next(iter(servers), "")
        return _answer(server(by_base[base], origin)) if base in servers else None
    api = by_base.get(before)
    if name == SMART and not after and api is not None and api.fhir and servers:
        return _answer(smart(by_base[servers[0]], origin))
    return None


def server(service: Service, origin: str) -> Json:
    """What an authorisation server says of itself."""
    issuer = origin + service.base
    paths = {endpoint.path for endpoint in service.endpoints}
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in ENDPOINTS.items() if path in paths},
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GRANTS,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [RS512],
        "scopes_supported": ["openid", "nhs-login", "nhs-cis2"],
        "token_endpoint_auth_methods_supported": WAYS,
        "token_endpoint_auth_signing_alg_values_supported": [RS512],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": False,
        # Left out, these would say the contrary.
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def smart(service: Service, origin: str) -> Json:
    """What a FHIR API says of where to get tokens for it."""
    whole = server(service, origin)
    names = (
        *("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint"),
        *("revocation_endpoint", "introspection_endpoint", "grant_types_supported"),
        *("response_types_supported", "code_challenge_methods_supported"),
        *("token_endpoint_auth_methods_supported", "scopes_supported"),
        "token_endpoint_auth_signing_alg_values_supported",
    )
    told = {name: whole[name] for name in names if name in whole}
    return told | {"capabilities": ["client-confidential-asymmetric"]}


def _gives_tokens(service: Service) -> bool:
    return any(endpoint.path == "/token" for endpoint in service.endpoints)


def _answer(body: Json) -> Answer:
    return Answer(200, list(HEADERS), orjson.dumps(body))
