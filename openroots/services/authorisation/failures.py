"""Every way in which the authorisation server refuses, in the platform's own words.

For the endpoints of this service, which raise `Problem` with the name of a row. Those of signed
tokens are in `wrong_tokens.py`.

Source: NHS England identity service API, its end-to-end tests; RFC 6749 section 5.2.
"""

from openroots.plain import NOT_GOOD
from openroots.problem import NEW_TOKEN, Failure, Json
from openroots.services.authorisation.wrong_tokens import KEYS_TOLD, TOKENS, bad

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


GRANT_TYPES = (
    "Send grant_type in the body, as a form: client_credentials, authorization_code, refresh_token "
    "or urn:ietf:params:oauth:grant-type:token-exchange."
)
A_KEY = f"Send as client_id an application's API key, not its id. {KEYS_TOLD}"
A_SECRET = (
    "Send an application's API key as client_id, and as client_secret the secret that came with "
    f"it. {KEYS_TOLD}"
)
THE_CLIENT = (
    "Send the application's key as client_id and its secret as client_secret, in the form; or an "
    "assertion that it signed."
)
REDIRECT = (
    "Send one of the redirect URIs that the application is registered with, letter by letter, and "
    "the same one for the code and for the token: openroots app show ID names them, and openroots "
    "app redirect ID URI... registers others."
)


def render(failure: Failure, trail: str) -> Json:
    """The body of a failure."""
    return {"error": failure.code, "error_description": failure.words, "message_id": trail}


def _grant(words: str, status: int = 400, mend: str = "") -> Failure:
    return Failure(status, "invalid_grant", words=words, mend=mend)


ROWS = {
    "body-type": bad(
        f"Content-Type header must be {FORM}", f"Send the header Content-Type: {FORM}.", 415
    ),
    "path-unknown": bad("Not Found", status=404),
    "method-unknown": Failure(
        405, "invalid_request", words="Method Not Allowed", headers=(("allow", "{allowed}"),)
    ),
}

PARAMETERS = {
    "grant-missing": bad("grant_type is missing", GRANT_TYPES),
    "grant-unknown": Failure(
        400, "unsupported_grant_type", words="grant_type is invalid", mend=GRANT_TYPES
    ),
    "client-missing": bad("client_id is missing", THE_CLIENT, 401),
    "secret-missing": bad("client_secret is missing", THE_CLIENT, 401),
    "client-wrong": Failure(
        401,
        "invalid_client",
        words="client_id or client_secret is invalid",
        mend=A_SECRET,
    ),
    "client-wrong-in-header": Failure(
        401,
        "invalid_client",
        words="client_id or client_secret is invalid",
        headers=(("www-authenticate", 'Basic realm="oauth2"'),),
        mend=A_SECRET,
    ),
    "redirect-missing": bad("redirect_uri is missing", REDIRECT),
    "redirect-wrong": bad("redirect_uri is invalid", REDIRECT),
    "code-missing": bad(
        "authorization_code is missing", "Send as code what the person came back with."
    ),
    "code-wrong": _grant(
        "authorization_code is invalid",
        mend="A code is for the client that asked for it, once, within ten minutes. One that comes "
        "twice ends what it gave.",
    ),
    "refresh-missing": bad("refresh_token is missing", "Send the newest refresh token."),
    "refresh-wrong": _grant(
        "refresh_token is invalid",
        401,
        "Each refresh token works once and gives the next one. One that comes twice ends them all: "
        "have the person log in again.",
    ),
    "refresh-over": _grant(
        "refresh token refresh period has expired", 401, "Have the person log in again."
    ),
    "assertion-type": bad(
        f"Missing or invalid client_assertion_type - must be '{JWT_BEARER}'",
        f"Send client_assertion_type={JWT_BEARER}.",
    ),
    "subject-type": bad(
        f"missing or invalid subject_token_type - must be '{ID_TOKEN}'",
        f"Send subject_token_type={ID_TOKEN}.",
    ),
    "actor-token": bad(
        "actor_token is not supported",
        "Who acts for the patient stands in the claim act of subject_token: in its sub, their own "
        "ID token.",
        ours=True,
    ),
}

PERMISSIONS = {
    "application-revoked": Failure(
        401,
        "access_denied",
        words="The developer app associated with the API key is not approved or revoked",
        mend="Have the application approved again (openroots app approve ID): its keys and secrets "
        "are refused until then. "
        "What it was given before stays refused; it asks for new tokens.",
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
    "life-wrong": bad(
        "{parameter} is invalid", "Give whole milliseconds above 0, or leave it out.", ours=True
    ),
    "two-ways": bad(
        "The client must be authenticated in one way only",
        "Send the secret in the form or in the header Authorization, or an assertion: not two.",
        ours=True,
    ),
}

LOGINS = {
    "authorize-client-missing": bad("client_id is missing", A_KEY),
    "login-client-unknown": bad("client_id is invalid", A_KEY, 401),
    "state-unknown": bad(
        "Invalid state parameter.", "Begin again at /oauth2/authorize: a login is good for 10 min."
    ),
    "userinfo-other": bad(
        COMBINED, "Ask with a token that was got for a code, of staff who logged in."
    ),
    "token-wrong": Failure(
        401,
        "invalid_token",
        words="Invalid Access Token",
        headers=NOT_GOOD,
        mend=NEW_TOKEN,
        ours=True,
    ),
    "verifier-missing": bad(
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
    "token-parameter-missing": bad(
        "token is missing", "Send the access or refresh token as token.", ours=True
    ),
    "logout-wrong": bad(
        "logout_token is invalid",
        "It holds sid and the back-channel logout event, and no nonce.",
        ours=True,
    ),
    "session-unknown": Failure(
        501,
        "invalid_request",
        words="SID not found",
        mend="No login with this sid came here, so there is nothing to end.",
    ),
}

FAILURES = {**PARAMETERS, **TOKENS, **PERMISSIONS, **LOGINS}

OF_CLIENTS = (
    *("client-missing", "secret-missing", "client-wrong", "client-wrong-in-header"),
    *("two-ways", "assertion-type"),
    *("jwt-missing", "jwt-malformed", "jwt-kid-missing", "jwt-kid-unknown", "jwt-typ", "jwt-alg"),
    *("jwt-issuer-missing", "jwt-issuer-unknown", "jwt-jti-missing", "jwt-jti-wrong"),
    *("jwt-jti-used", "jwt-aud", "jwt-exp-missing", "jwt-exp-wrong", "jwt-expired"),
    *("jwt-exp-late", "jwt-time-wrong", "jwt-not-begun"),
    *("key-none", "keys-unreachable", "signature-wrong"),
    *("application-revoked", "secret-tried-too-often"),
)
OF_PEOPLE = ("jwt-aud-missing", "jwt-aud-wrong", "jwt-level", "jwt-person", "jwt-session-over")
OF_TOKENS = (
    *("grant-missing", "grant-unknown", "redirect-missing", "redirect-wrong", "code-missing"),
    *(
        "code-wrong",
        "refresh-missing",
        "refresh-wrong",
        "refresh-over",
        "subject-type",
        "actor-token",
    ),
    *("not-subscribed", "level-refused", "scope-refused", "life-wrong"),
    *("verifier-missing", "verifier-wrong", *OF_CLIENTS, *OF_PEOPLE),
)
