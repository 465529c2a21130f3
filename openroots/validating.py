"""`$validate`, which every FHIR base answers: whether a resource is valid, and if not, why.

For `services`, which offers it on each FHIR service, beside what that declares itself. Nothing is
kept and nothing is looked up but the FHIR packages that were added to the world: the answer is an
OperationOutcome about what was sent.

Source: FHIR R4 4.0.1, section 3.1.0.11 and the operation Resource-validate.
"""

from typing import TYPE_CHECKING, Any

from openroots.fhir.outcome import outcome
from openroots.problem import Json, Problem
from openroots.service import Reply, Request, Service
from openroots.storage import Snapshot

if TYPE_CHECKING:
    from openroots.fhir.validation import Finding, Validator

JSON_TYPES = ("application/fhir+json", "application/json", "application/json+fhir")
XML_TYPES = ("application/fhir+xml", "application/xml", "text/xml", "application/xml+fhir")
LARGEST = 4 << 20
PROFILE = {"profile": "The canonical URL of a profile that the resource should meet."}
BODY_SCHEMA = {"type": "object", "required": ["resourceType"]}
EXAMPLE = {"resourceType": "Patient", "gender": "female", "birthDate": "1985-10-26"}
ALL_IS_WELL = {
    "severity": "information",
    "code": "informational",
    "details": {"text": "No issues were found."},
}


def offer_validation(service: Service) -> Service:
    """The service, which answers `$validate` too where it is a FHIR API."""
    paths = {endpoint.path for endpoint in service.endpoints}
    if service.fhir and "/$validate" not in paths:
        types = {
            endpoint.interaction[1]: 0 for endpoint in service.endpoints if endpoint.interaction
        }
        _declare(service, "/$validate", "validate")
        for type in types:
            if f"/{type}/$validate" not in paths:
                _declare(service, f"/{type}/$validate", f"validate-{type.lower()}")
    return service


def _declare(service: Service, path: str, name: str) -> None:
    service.endpoint(
        "POST",
        path,
        name,
        action="read",
        takes=(*JSON_TYPES, *XML_TYPES),
        raw=True,
        scans=True,
        largest=LARGEST,
        query=PROFILE,
        body_schema=BODY_SCHEMA,
        example=EXAMPLE,
        gives="OperationOutcome",
    )(validate_resource)


def validate_resource(request: Request, _db: Snapshot) -> Reply:
    """Say whether a resource is valid.

    The body is the resource, or Parameters with the resource and a profile. The answer is an
    OperationOutcome: the resource is valid where none of its issues is an error.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in (*JSON_TYPES, *XML_TYPES):
        raise Problem(request.endpoint.body_type, given=given, wanted=JSON_TYPES[0])
    # A server that is never asked to validate need not know how.
    from openroots.fhir.reading import Unreadable, read_resource
    from openroots.fhir.validation import standard_validator

    packages = request.packages
    validator = packages.validator() if packages else standard_validator()
    try:
        body = read_resource(request.body or b"", validator.definitions)
    except Unreadable as error:
        return Reply(outcome(_fatal(f"The body cannot be read: {error}.")), about=())
    found = _validated(request, body, validator)
    issues = [finding.issue() for finding in found] or [ALL_IS_WELL]
    issues += [_left_out(name) for name in (packages.left_out if packages else ())]
    return Reply(outcome(*issues), about=())


def _validated(request: Request, body: Any, validator: "Validator") -> "tuple[Finding, ...]":
    from openroots.fhir.validation import Finding

    resource, profiles = _asked(body)
    profiles = (*profiles, *request.query.get("profile", ()))
    found = validator.validate(resource, profiles)
    wanted = request.endpoint.path.strip("/").removesuffix("$validate").strip("/")
    given = resource.get("resourceType") if isinstance(resource, dict) else None
    if wanted and isinstance(given, str) and given != wanted:
        words = f"This is {given}, sent to where {wanted} is validated."
        found = (
            Finding("error", "structure", given[:60], words, f"a {wanted}", "path", ""),
            *found,
        )
    return found


def _asked(body: Any) -> tuple[Any, tuple[str, ...]]:
    """The resource to judge and the profiles to judge it by: of Parameters, what they name."""
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        return body, ()
    parts = body.get("parameter")
    named = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    held = [part.get("resource") for part in named if part.get("name") == "resource"]
    values = [_text(part) for part in named if part.get("name") == "profile"]
    return (held[0] if held else body), tuple(value for value in values if value)


def _text(part: Json) -> str:
    for name in ("valueUri", "valueCanonical", "valueUrl", "valueString"):
        if isinstance(part.get(name), str):
            return str(part[name])
    return ""


def _left_out(name: str) -> Json:
    words = f"The package {name} was added here, but cannot be read: its profiles are not known."
    return {"severity": "warning", "code": "not-found", "details": {"text": words}}


def _fatal(words: str) -> Json:
    return {"severity": "fatal", "code": "structure", "details": {"text": words}}
