"""The platform's OAuth 2.0 server: where applications get their access tokens.

By an assertion that they sign, for themselves; for a member of staff or a patient who logs in, by a
code or by the ID token of that login. Tokens are opaque, so that each can be taken back at once.
Twins stand where the published platform has them for made-up people, with the page on which one is
picked.

Source: NHS England identity service API, `/oauth2`; RFC 6749, RFC 9700 (best practice).
"""

from openroots.plain import plain_dialect
from openroots.service import Service
from openroots.services.authorisation.failures import FAILURES, ROWS, render

__all__ = ["service"]

service = Service(
    name="authorisation",
    title="Authorisation (OAuth 2.0)",
    base="/oauth2",
    words="Access tokens for applications and the people who use them.",
    source="https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation",
    checked="2026-11-21",
    dialect=plain_dialect("OAuth 2.0", render, rows=ROWS),
    stray="",
    limits=(),
    own_failures=FAILURES,
    differences=(
        "An ID token is exchanged only by the client that it was given to, or by one to which "
        "that client is linked in its registration.",
        "A jti is spent by a signed assertion only; scopes are given at the very level of the "
        "login; who acts for a patient is held to an ID token of their own that is in force.",
        "An assertion may name the issuer in aud in place of the token endpoint; nobody besides.",
        "PKCE (S256) is held to where a code was asked for with it, and refused where it was not.",
        "A refresh token or code that comes twice ends all that came of the same login.",
        "Tokens, refresh tokens and codes that an application was given before it was revoked stay "
        "refused when it is approved again; its own keys and secrets do not.",
        "A client may send its secret in the header Authorization too.",
        "Keys that a client publishes at an address are fetched anew after a minute, and a key "
        "that is not among them is looked for once more, every five seconds at the most. "
        "One that is gone from there signs for a minute more at most; tokens that it has got last "
        "as long as they were given for, unless they are revoked or the application is. A key that "
        "was uploaded ends at once, with its tokens.",
        "Revocation, introspection, public keys and discovery documents are ours.",
        "After 20 wrong secrets for one client within a minute, more are refused until it is over, "
        "and so is the right one: a client with a key pair cannot be kept out so.",
        "Parameters of a request to log in that come in a JWT, and a response_mode other than "
        "query, are refused.",
        "People log in on a page of OpenRoots, in made-up worlds only.",
    ),
)

# Each of these declares its endpoints on the service above as it is imported.
import openroots.services.authorisation.afterwards  # noqa: E402
import openroots.services.authorisation.authorize  # noqa: E402
import openroots.services.authorisation.keys  # noqa: E402
import openroots.services.authorisation.token  # noqa: E402
import openroots.services.authorisation.userinfo  # noqa: E402

service.twin(
    "/oauth2-mock",
    name="authorisation-mock",
    title="Authorisation with made-up people (OAuth 2.0)",
    made_up=True,
)

import openroots.services.authorisation.login  # noqa: E402, F401
