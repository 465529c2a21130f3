"""Every way in which a signed token is refused: an assertion, an ID token, a logout token.

For the endpoints of the authorisation server. `{jwt}` is `client_assertion`, `subject_token`,
`act.sub` or `logout_token`.

Source: NHS England identity service API, its end-to-end tests; RFC 7515, RFC 7523.
"""

from openroots.identity.jose import LARGEST as MOST
from openroots.problem import Failure

KEYS_TOLD = (
    "openroots up tells those of the ready-made ones, openroots app create that of a new one, and "
    "openroots app rotate-key ID --secret makes others."
)
A_JTI = "Make a new UUID for each assertion and say it in jti."
AN_END = (
    "It says in exp when it ends: a whole number of seconds since 1970 in UTC, at most now + 300."
)


def bad(words: str, mend: str = "", status: int = 400, *, ours: bool = False) -> Failure:
    """A row whose error is `invalid_request`."""
    return Failure(status, "invalid_request", words=words, mend=mend, ours=ours)


TOKENS = {
    "jwt-missing": bad("Missing {jwt}", "Send a signed JWT as {jwt}, in the form."),
    "jwt-malformed": bad(
        "Malformed JWT in {jwt}",
        "Send the JWT as it was signed: three parts in base64url with dots between, of at most "
        f"{MOST} characters; nothing before or after it.",
    ),
    "jwt-kid-missing": bad(
        "Missing 'kid' header in {jwt} JWT",
        "Say in the header kid with which key it is signed: openroots app show ID names them.",
    ),
    "jwt-kid-unknown": bad(
        "Invalid 'kid' header in {jwt} JWT - no matching public key",
        "Say in the header kid one of the keys that are registered (openroots app show ID names "
        "them), or register this one: openroots app rotate-key ID --jwk FILE.",
        401,
    ),
    "jwt-typ": bad(
        "Invalid 'typ' header in {jwt} JWT - must be 'JWT'", "Say typ JWT in the header."
    ),
    "jwt-alg": bad(
        "Invalid 'alg' header in {jwt} JWT - unsupported JWT algorithm - must be '{algorithm}'",
        "Sign it by {algorithm}, and say so in the header alg.",
    ),
    "jwt-issuer-missing": bad(
        "Missing or non-matching 'iss'/'sub' claims in {jwt} JWT",
        "An application's assertion says its key (client_id) in both iss and sub.",
    ),
    "jwt-issuer-unknown": bad(
        "Invalid 'iss'/'sub' claims in {jwt} JWT",
        f"An application's assertion says its API key, not its id, in iss and sub. {KEYS_TOLD} An "
        "ID token is from a login service that is registered here.",
        401,
    ),
    "jwt-jti-missing": bad("Missing 'jti' claim in {jwt} JWT", A_JTI),
    "jwt-jti-wrong": bad(
        "Invalid 'jti' claim in {jwt} JWT - must be a unique string value such as a GUID", A_JTI
    ),
    "jwt-jti-used": bad("Non-unique 'jti' claim in {jwt} JWT", A_JTI),
    "jwt-aud": bad(
        "Missing or invalid 'aud' claim in {jwt} JWT",
        "Say in aud {wanted} and nothing else.",
        401,
    ),
    "jwt-aud-missing": bad(
        "Missing 'aud' claim in {jwt} JWT", "An ID token says in aud the client it is for.", 401
    ),
    "jwt-aud-wrong": bad(
        "Invalid 'aud' claim in {jwt} JWT",
        "An ID token is exchanged by the client that it was given to, or by one to which that "
        "client's id is linked in its registration: openroots app link ID CLIENT...",
        401,
        ours=True,
    ),
    "logout-aud-wrong": bad(
        "Invalid 'aud' claim in {jwt} JWT",
        "Hand on what the login service tells of its clients that are this server or registered "
        "here: a logout token says in aud the client it is for, and nobody else.",
        401,
        ours=True,
    ),
    "jwt-exp-missing": bad("Missing 'exp' claim in {jwt} JWT", AN_END),
    "jwt-exp-wrong": bad("Invalid 'exp' claim in {jwt} JWT - must be an integer", AN_END),
    "jwt-expired": bad(
        "Invalid 'exp' claim in {jwt} JWT - JWT has expired",
        f"Make a new one for each request. {AN_END} If it does, set the client's clock right: the "
        "header Date of each answer tells the server's.",
    ),
    "jwt-exp-late": bad(
        "Invalid 'exp' claim in {jwt} JWT - more than 5 minutes in future",
        f"{AN_END} Libraries say an hour unless told, as Authlib does. If it is right, set the "
        "client's clock right.",
    ),
    "jwt-time-wrong": bad(
        "Invalid '{claim}' claim in {jwt} JWT - must be a number",
        "Say in {claim} a moment that is past, in seconds since 1970 in UTC, or leave it out.",
        ours=True,
    ),
    "jwt-not-begun": bad(
        "Invalid '{claim}' claim in {jwt} JWT - in the future",
        "Say in {claim} a moment that is past, in seconds since 1970 in UTC, or leave it out; if "
        "it is so, set the client's clock right.",
        ours=True,
    ),
    "jwt-level": bad(
        "Missing or invalid level of assurance in {jwt} JWT",
        "Of a patient: vot such as P9.Cp.Cd, no higher than identity_proofing_level. Of staff: "
        "authentication_assurance_level 1, 2 or 3.",
        ours=True,
    ),
    "jwt-person": bad(
        "Missing or unknown person in {jwt} JWT",
        "Of a patient: nhs_number. Of staff: sub, of somebody who works here still.",
        401,
        ours=True,
    ),
    "jwt-session-over": bad(
        "The session of the {jwt} JWT has ended", "Have the person log in again.", 401, ours=True
    ),
    "key-none": Failure(
        403,
        "public_key error",
        words="You need to register a public key to use this authentication method - please "
        "contact support to configure",
        mend="Register a JSON Web Key Set for the application: openroots app rotate-key ID.",
    ),
    "keys-unreachable": Failure(
        403,
        "public_key error",
        words="The JWKS endpoint, for your client_assertion can't be reached",
        mend="Have the registered jwks_url answer with a JSON Web Key Set by HTTPS, without a "
        "redirect, within five seconds.",
    ),
    "signature-wrong": Failure(
        401,
        "public_key error",
        words="JWT signature verification failed",
        mend="Sign with the private half of the key that kid names, by RS512.",
    ),
}
