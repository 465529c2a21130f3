"""`$validate`, which every FHIR base answers: whether a resource is valid, and if not, why.

For `services`, which offers it on each FHIR service, beside what that declares itself. Nothing is
kept and nothing is looked up but the FHIR packages that were added to the world: the answer is an
OperationOutcome about what was sent.

Source: FHIR R4 4.0.1, section 3.1.0.11 and the operation Resource-validate.
"""

from typing import TYPE_CHECKING, Any

from openroots.fhir.formats import FORMAT, JSON_TYPES, is_json
from openroots.fhir.outcome import outcome
from openroots.fhir.patch import brief
from openroots.problem import Json, Problem
from openroots.service import Reply, Request, Service
from openroots.storage import Snapshot

if TYPE_CHECKING:
    from openroots.fhir.validation import Finding, Validator

XML_TYPES = ("application/fhir+xml", "application/xml", "text/xml", "application/xml+fhir")
DEFINITION = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
LARGEST = 4 << 20
PARAMETERS = {
    "profile": "The canonical URL of a profile it should meet; there may be several.",
    "mode": "create or update: what the resource is for. delete and profile are not supported.",
    FORMAT: "json, in which every answer is; no other is supported.",
}
OF_A_BODY = frozenset({"resource", "profile", "mode"})  # what Parameters hold for this operation
ONLY_CONTENT = ("create", "update")
UNSUPPORTED = {
    "delete": "there is nothing to read of a resource that is to go",
    "profile": "no stored resource is validated; send it, and name the profile without a mode",
}
FAILS = (
    "parameter-repeated",
    "parameter-unknown",
    "parameter-unsupported",
    "parameter-wrong",
    "resource-missing",
)
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
        query=PARAMETERS,
        stray="parameter-unknown",
        several=tuple(PARAMETERS),
        query_schemas={"mode": {"enum": [*ONLY_CONTENT]}},
        body_schema=BODY_SCHEMA,
        example=EXAMPLE,
        gives="OperationOutcome",
        operation=DEFINITION,
        fails=FAILS,
    )(validate_resource)


def validate_resource(request: Request, _db: Snapshot) -> Reply:
    """Say whether a resource is valid.

    The body is the resource, or Parameters with the resource, profiles and a mode. The answer is an
    OperationOutcome: the resource is valid where none of its issues is an error.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in (*JSON_TYPES, *XML_TYPES):
        raise Problem(request.endpoint.body_type, given=given, wanted=JSON_TYPES[0])
    in_query = _in_query(request)
    # A server that is never asked to validate need not know how.
    from openroots.fhir.reading import Unreadable, read_resource
    from openroots.fhir.validation import standard_validator

    packages = request.packages
    validator = packages.validator() if packages else standard_validator()
    try:
        body = read_resource(request.body or b"", validator.definitions)
    except Unreadable as error:
        return Reply(outcome(_fatal(f"The body cannot be read: {error}.")), about=())
    held, asked = _asked(body)
    profiles, mode = _agreed([*asked, *in_query])
    if not held:
        raise Problem("resource-missing")
    found = _validated(request, held[0], profiles, validator)
    issues = [finding.issue() for finding in found] or [ALL_IS_WELL]
    issues += [_only_content(mode)] if mode else []
    issues += [_left_out(name) for name in (packages.left_out if packages else ())]
    return Reply(outcome(*issues), about=())


def _validated(
    request: Request, resource: Any, profiles: list[str], validator: "Validator"
) -> "tuple[Finding, ...]":
    from openroots.fhir.validation import Finding

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


def _in_query(request: Request) -> list[tuple[str, str]]:
    """The parameters of the query, name and value. Raises Problem for a format that is not JSON."""
    for wanted in request.query.get(FORMAT, ()):
        if not is_json(wanted):
            told = {"reason": "every answer is in JSON", "wanted": "json"}
            raise _refused("parameter-unsupported", FORMAT, wanted, **told)
    given = request.query.items()
    return [(name, each) for name, values in given for each in values if name != FORMAT]


def _asked(body: Any) -> tuple[list[Any], list[tuple[str, str]]]:
    """The resource to judge, if there is one, and what else the body asks for: of Parameters for
    this operation, what they hold. Other Parameters are a resource to judge like any."""
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        return [body], []
    given = body.get("parameter")
    parts = [(_name(part), part) for part in given] if isinstance(given, list) else []
    if OF_A_BODY.isdisjoint(name for name, _ in parts):
        return [body], []
    if strange := {name for name, _ in parts} - OF_A_BODY:
        known = ", ".join(sorted(OF_A_BODY))
        raise Problem("parameter-unknown", parameter=brief(min(strange)), known=known)
    held = [part.get("resource") for name, part in parts if name == "resource"]
    if len(held) > 1:
        raise Problem("parameter-repeated", parameter="resource")
    held = [resource for resource in held if resource is not None]
    return held, [(name, _text(part)) for name, part in parts if name != "resource"]


def _name(part: Any) -> str:
    return str(part.get("name", "")) if isinstance(part, dict) else ""


def _agreed(asked: list[tuple[str, str]]) -> tuple[list[str], str]:
    """The profiles and the mode that are asked for. Raises Problem for what cannot be had."""
    profiles = [value for name, value in asked if name == "profile"]
    modes = [value for name, value in asked if name == "mode"]
    if len(modes) > 1:
        raise Problem("parameter-repeated", parameter="mode")
    if "" in profiles:
        raise _refused("parameter-wrong", "profile", "", wanted="the canonical URL of a profile")
    mode = modes[0] if modes else ""
    wanted = " or ".join(ONLY_CONTENT)
    if mode in UNSUPPORTED:
        told = {"reason": UNSUPPORTED[mode], "wanted": wanted}
        raise _refused("parameter-unsupported", "mode", mode, **told)
    if modes and mode not in ONLY_CONTENT:
        raise _refused("parameter-wrong", "mode", mode, wanted=wanted)
    return profiles, mode


def _refused(row: str, name: str, value: str, **fields: str) -> Problem:
    return Problem(row, parameter=name, value=brief(value), **fields)


def _text(part: Json) -> str:
    for name in ("valueUri", "valueCanonical", "valueUrl", "valueString", "valueCode"):
        if isinstance(part.get(name), str):
            return str(part[name])
    return ""


def _only_content(mode: str) -> Json:
    words = (
        f"For {mode}, the content was checked. Whether this API would accept it as one, by its own "
        "rules and by what is stored, was not."
    )
    return {"severity": "information", "code": "not-supported", "details": {"text": words}}


def _left_out(name: str) -> Json:
    words = f"The package {name} was added here, but cannot be read: its profiles are not known."
    return {"severity": "warning", "code": "not-found", "details": {"text": words}}


def _fatal(words: str) -> Json:
    return {"severity": "fatal", "code": "structure", "details": {"text": words}}
