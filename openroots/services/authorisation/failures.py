"""Every way in which the authorisation server refuses, in the platform's own words.

For the endpoints of this service, which raise `Problem` with the name of a row. `{jwt}` is
`client_assertion` or `subject_token`.

Source: NHS England identity service API, its end-to-end tests; RFC 6749 section 5.2.
"""

from openroots.problem import Failure, Json

FORM = "application/x-www-form-urlencoded"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
COMBINED = (
    "The Userinfo endpoint is only supported for Combined Auth integrations. Currently this is "
    "only for NHS CIS2 authentications - for more guidance see https://digital.nhs.uk/developer/"
    "guides-and-documentation/security-and-authorisation/user-restricted-restful-apis-nhs-cis2-"
    "combined-authentication-and-authorisation"
)
NOT_CONFIGURED = (
    "you have tried to request authorization but your application is not configured to use this "
    "authorization grant type"
)


def render(failure: Failure, trail: str) -> Json:
    """The body of a failure."""
    return {"error": failure.code, "error_description": failure.words, "message_id": trail}


def _bad(words: str, mend: str = "", status: int = 400, *, ours: bool = False) -> Failure:
    return Failure(status, "invalid_request", words=words, mend=mend, ours=ours)


def _grant(words: str, status: int = 400, mend: str = "") -> Failure:
    return Failure(status, "invalid_grant", words=words, mend=mend)


ROWS = {
    "body-type": _bad(
        f"Content-Type header must be {FORM}", f"Send the header Content-Type: {FORM}.", 415
    ),
    "path-unknown": _bad("Not Found", status=404),
    "method-unknown": _bad("Method Not Allowed", status=405),
}

PARAMETERS = {
    "grant-missing": _bad("grant_type is missing"),
    "grant-unknown": Failure(400, "unsupported_grant_type", words="grant_type is invalid"),
    "client-missing": _bad("client_id is missing", status=401),
    "secret-missing": _bad("client_secret is missing", status=401),
    "client-wrong": Failure(
        401,
        "invalid_client",
        words="client_id or client_secret is invalid",
        mend="Send the key and the secret of a registered application: openroots app show ID.",
    ),
    "redirect-missing": _bad("redirect_uri is missing"),
    "redirect-wrong": _bad(
        "redirect_uri is invalid",
        "Send one of the redirect URIs that the application is registered with, letter by letter, "
        "and the same one for the code and for the token.",
    ),
    "code-missing": _bad("authorization_code is missing"),
    "code-wrong": _grant(
        "authorization_code is invalid",
        mend="A code is for the client that asked for it, once, within ten minutes. One that comes "
        "twice ends what it gave.",
    ),
    "refresh-missing": _bad("refresh_token is missing"),
    "refresh-wrong": _grant(
        "refresh_token is invalid",
        401,
        "Each refresh token works once and gives the next one. One that comes twice ends them all: "
        "have the person log in again.",
    ),
    "refresh-over": _grant(
        "refresh token refresh period has expired", 401, "Have the person log in again."
    ),
    "assertion-type": _bad(
        f"Missing or invalid client_assertion_type - must be '{JWT_BEARER}'",
        f"Send client_assertion_type={JWT_BEARER}.",
    ),
    "subject-type": _bad(
        f"missing or invalid subject_token_type - must be '{ID_TOKEN}'",
        f"Send subject_token_type={ID_TOKEN}.",
    ),
}

TOKENS = {
    "jwt-missing": _bad("Missing {jwt}"),
    "jwt-malformed": _bad("Malformed JWT in {jwt}"),
    "jwt-kid-missing": _bad("Missing 'kid' header in {jwt} JWT"),
    "jwt-kid-unknown": _bad(
        "Invalid 'kid' header in {jwt} JWT - no matching public key",
        "Name in the header kid a key of the JSON Web Key Set that is registered.",
        401,
    ),
    "jwt-typ": _bad("Invalid 'typ' header in {jwt} JWT - must be 'JWT'"),
    "jwt-alg": _bad(
        "Invalid 'alg' header in {jwt} JWT - unsupported JWT algorithm - must be '{algorithm}'"
    ),
    "jwt-issuer-missing": _bad("Missing or non-matching 'iss'/'sub' claims in {jwt} JWT"),
    "jwt-issuer-unknown": _bad(
        "Invalid 'iss'/'sub' claims in {jwt} JWT",
        "An application's assertion says its key in iss and sub: openroots app show ID. An ID "
        "token is from a login service that is registered here.",
        401,
    ),
    "jwt-jti-missing": _bad("Missing 'jti' claim in {jwt} JWT"),
    "jwt-jti-wrong": _bad(
        "Invalid 'jti' claim in {jwt} JWT - must be a unique string value such as a GUID"
    ),
    "jwt-jti-used": _bad(
        "Non-unique 'jti' claim in {jwt} JWT", "Make a new jti for each assertion."
    ),
    "jwt-aud": _bad(
        "Missing or invalid 'aud' claim in {jwt} JWT",
        "Say in aud the address of the token endpoint, as it is asked, and nothing else.",
        401,
    ),
    "jwt-aud-missing": _bad("Missing 'aud' claim in {jwt} JWT", status=401),
    "jwt-aud-wrong": _bad(
        "Invalid 'aud' claim in {jwt} JWT",
        "An ID token is exchanged by the client that it was given to, or by one to which that "
        "client's id is linked in its registration (linked_clients).",
        401,
        ours=True,
    ),
    "jwt-exp-missing": _bad("Missing 'exp' claim in {jwt} JWT"),
    "jwt-exp-wrong": _bad("Invalid 'exp' claim in {jwt} JWT - must be an integer"),
    "jwt-expired": _bad("Invalid 'exp' claim in {jwt} JWT - JWT has expired"),
    "jwt-exp-late": _bad("Invalid 'exp' claim in {jwt} JWT - more than 5 minutes in future"),
    "jwt-not-begun": _bad(
        "Invalid '{claim}' claim in {jwt} JWT - in the future",
        "Set the clock of the client right.",
        ours=True,
    ),
    "jwt-level": _bad(
        "Missing or invalid level of assurance in {jwt} JWT",
        "Of a patient: vot such as P9.Cp.Cd, no higher than identity_proofing_level. Of staff: "
        "authentication_assurance_level 1, 2 or 3.",
        ours=True,
    ),
    "jwt-person": _bad(
        "Missing or unknown person in {jwt} JWT",
        "Of a patient: nhs_number. Of staff: sub, of somebody who works here still.",
        401,
        ours=True,
    ),
    "jwt-session-over": _bad(
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

PERMISSIONS = {
    "application-revoked": Failure(
        401,
        "access_denied",
        words="The developer app associated with the API key is not approved or revoked",
        mend="Have the application approved again: its keys and tokens are refused until then.",
        ours=True,
    ),
    "not-subscribed": Failure(
        401,
        "access_denied",
        words="API Key supplied does not have access to this resource. Please check the API Key "
        "you are using belongs to an app which has sufficient access to access this resource.",
        mend="Subscribe the application to the product of the API that it wants to use.",
        ours=True,
    ),
    "level-refused": Failure(
        401,
        "unauthorized_client",
        words=NOT_CONFIGURED,
        mend="None of the application's products may be used at this level: an application alone, "
        "staff at aal2 or aal3, a patient at P0, P5 or P9. The level must be the very one.",
    ),
    "scope-refused": Failure(
        400,
        "invalid_scope",
        words="scope is invalid",
        mend="Ask for scopes of the application's own products, or for none: then all are given.",
        ours=True,
    ),
    "secret-tried-too-often": Failure(
        429,
        "too_many_requests",
        words="There have been too many failed attempts for this client. Please try again later.",
        headers=(("retry-after", "{seconds}"),),
        mend="Ask again after {seconds} s with the right secret.",
        ours=True,
    ),
    "life-wrong": _bad(
        "{parameter} is invalid", "Give whole milliseconds above 0, or leave it out.", ours=True
    ),
    "two-ways": _bad(
        "The client must be authenticated in one way only",
        "Send the secret in the form or in the header Authorization, or an assertion: not two.",
        ours=True,
    ),
}

LOGINS = {
    "authorize-client-missing": _bad("client_id is missing"),
    "login-client-unknown": _bad("client_id is invalid", status=401),
    "state-unknown": _bad(
        "Invalid state parameter.", "Begin again at /oauth2/authorize: a login is good for 10 min."
    ),
    "userinfo-other": _bad(COMBINED),
    "token-wrong": Failure(401, "invalid_token", words="Invalid Access Token", ours=True),
    "verifier-missing": _bad(
        "code_verifier is missing", "Send the verifier of the code's challenge.", ours=True
    ),
    "verifier-wrong": Failure(
        400,
        "invalid_grant",
        words="code_verifier is invalid",
        mend="Send the verifier whose SHA-256 the code_challenge was, and none for a code that was "
        "asked for without one.",
        ours=True,
    ),
    "token-parameter-missing": _bad("token is missing", ours=True),
    "logout-wrong": _bad(
        "logout_token is invalid",
        "It holds sid and the back-channel logout event, and no nonce.",
        ours=True,
    ),
    "session-unknown": Failure(501, "invalid_request", words="SID not found"),
}

FAILURES = {**PARAMETERS, **TOKENS, **PERMISSIONS, **LOGINS}

OF_CLIENTS = (
    *("client-missing", "secret-missing", "client-wrong", "two-ways", "assertion-type"),
    *("jwt-missing", "jwt-malformed", "jwt-kid-missing", "jwt-kid-unknown", "jwt-typ", "jwt-alg"),
    *("jwt-issuer-missing", "jwt-issuer-unknown", "jwt-jti-missing", "jwt-jti-wrong"),
    *("jwt-jti-used", "jwt-aud", "jwt-exp-missing", "jwt-exp-wrong", "jwt-expired"),
    *("jwt-exp-late", "jwt-not-begun", "key-none", "keys-unreachable", "signature-wrong"),
    *("application-revoked", "secret-tried-too-often"),
)
OF_PEOPLE = ("jwt-aud-missing", "jwt-aud-wrong", "jwt-level", "jwt-person", "jwt-session-over")
OF_TOKENS = (
    *("grant-missing", "grant-unknown", "redirect-missing", "redirect-wrong", "code-missing"),
    *("code-wrong", "refresh-missing", "refresh-wrong", "refresh-over", "subject-type"),
    *("not-subscribed", "level-refused", "scope-refused", "life-wrong"),
    *("verifier-missing", "verifier-wrong", *OF_CLIENTS, *OF_PEOPLE),
)
