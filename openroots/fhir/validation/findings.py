"""What is found when a resource is judged: where, what was expected, by whose rule, in words.

For whoever sent it, so that it can be put right; for gates, which look at the severity. While a
resource is judged a finding is only noted: its words are made when somebody reads them. The rows
below hold every sentence that a finding can say.

Source: FHIR R4 4.0.1, OperationOutcome and its value set IssueType.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Json = dict[str, Any]

ERROR, WARNING, INFORMATION, FATAL = "error", "warning", "information", "fatal"
MOST = 100_000  # findings about one resource


class Finding(NamedTuple):
    """One thing that is so of a resource and should be known.

    `place` is a FHIRPath. `rule` names what was not met, an invariant's key or a row of ours;
    `source` is the URL of the definition or value set that asks for it.
    """

    severity: str
    code: str
    place: str
    words: str
    expected: str
    rule: str
    source: str

    @property
    def fails(self) -> bool:
        """Whether the resource is not valid because of it."""
        return self.severity in (ERROR, FATAL)

    @property
    def told(self) -> str:
        """What is wrong and what would be right, in sentences: the words of invariants often have
        no end."""
        words = self.words if self.words.endswith((".", "!", "?")) else f"{self.words}."
        return f"{words} Expected: {self.expected}" if self.expected else self.words

    def issue(self) -> Json:
        """The issue of an OperationOutcome that tells it."""
        told = self.told
        return {
            "severity": self.severity,
            "code": self.code,
            "details": {"text": self.words},
            "diagnostics": f"{told} [{self.rule}, {self.source}]" if self.source else told,
            "expression": [self.place],
        }


class Row(NamedTuple):
    """One kind of finding: its severity, FHIR issue type, words and what was expected."""

    severity: str
    code: str
    words: str
    expected: str


ROWS: Mapping[str, Row] = {
    "not-object": Row(ERROR, "structure", "This is {given}, not an object.", "a {type}"),
    "not-list": Row(ERROR, "structure", "'{name}' is {given}, not a list.", "a list"),
    "not-single": Row(
        ERROR, "structure", "'{name}' is a list, but is there once at most.", "one value"
    ),
    "empty": Row(
        ERROR, "structure", "'{name}' is empty.", "a value, or no element of that name at all"
    ),
    "null": Row(
        ERROR,
        "structure",
        "'{name}' is null.",
        "a value, or no element of that name at all; null stands only in lists of primitives",
    ),
    "unknown-element": Row(
        ERROR, "structure", "{type} has no element '{name}'.", "one of: {elements}"
    ),
    "comments": Row(
        WARNING,
        "structure",
        "'fhir_comments' is of an earlier version of FHIR; it is not read.",
        "comments elsewhere",
    ),
    "missing": Row(ERROR, "required", "'{name}' is not there.", "at least {least} '{name}'"),
    "too-few": Row(
        ERROR, "required", "'{name}' is there {count} times.", "at least {least} of them"
    ),
    "too-many": Row(ERROR, "structure", "'{name}' is there {count} times.", "at most {most}"),
    "two-values": Row(
        ERROR, "structure", "There is more than one '{name}': {names}.", "at most one of them"
    ),
    "wrong-type": Row(ERROR, "value", "{given} is no {type}.", "{form}"),
    "wrong-format": Row(ERROR, "value", "{given} is no {type}.", "{form}"),
    "no-such-day": Row(
        ERROR, "value", "{given} is no {type}: there is no such day or time.", "{form}"
    ),
    "only-spaces": Row(
        WARNING, "value", "The text is nothing but white space.", "text that can be seen"
    ),
    "too-long": Row(
        ERROR, "too-long", "The text has {count} characters.", "at most {most} characters"
    ),
    "too-small": Row(ERROR, "value", "{given} is less than {least}.", "at least {least}"),
    "too-great": Row(ERROR, "value", "{given} is more than {most}.", "at most {most}"),
    "list-lengths": Row(
        ERROR,
        "structure",
        "'_{name}' has an item where '{name}' has none.",
        "lists of the same length, with null where one of them has nothing",
    ),
    "type-unknown": Row(
        ERROR, "structure", "{given} is no resource type of R4.", "the name of a resource type"
    ),
    "no-type": Row(
        ERROR, "structure", "There is no 'resourceType'.", "the name of a resource type"
    ),
    "not-resource": Row(FATAL, "structure", "This is {given}, not a resource.", "a resource"),
    "abstract-type": Row(
        ERROR,
        "structure",
        "{given} is an abstract type, of which there are no resources.",
        "the name of a resource type",
    ),
    "code-unknown": Row(
        ERROR, "code-invalid", "{given} is not in the value set {values}.", "{codes}"
    ),
    "code-other": Row(
        WARNING,
        "code-invalid",
        "No code is from the value set {values}.",
        "a code of it, or none where no code of it fits: {codes}",
    ),
    "no-code": Row(
        ERROR, "code-invalid", "There is no code, and one of {values} is wanted.", "{codes}"
    ),
    "no-code-other": Row(
        WARNING, "code-invalid", "There is only text.", "a code of {values} if one fits: {codes}"
    ),
    "not-checked": Row(
        INFORMATION,
        "informational",
        "The code was not checked: the codes of {system} are not loaded here.",
        "a code of {values}",
    ),
    "values-unknown": Row(
        INFORMATION, "informational", "The code was not checked: {values} is not known here.", ""
    ),
    "invariant": Row(ERROR, "invariant", "{words}", "{expression}"),
    "invariant-unsure": Row(
        INFORMATION, "informational", "The rule {key} was not checked: {reason}.", ""
    ),
    "reference-form": Row(
        ERROR,
        "value",
        "{given} is no reference.",
        "Type/id, a URL, urn:uuid:..., or # and the id of a contained resource",
    ),
    "reference-type": Row(
        ERROR, "structure", "This refers to a resource of the type {given}.", "one of: {types}"
    ),
    "reference-profile": Row(
        ERROR, "structure", "What this refers to does not meet what is asked of it.", "{profiles}"
    ),
    "reference-says": Row(
        ERROR,
        "structure",
        "'type' says {said}, and the reference is to a resource of the type {given}.",
        "the same type in both",
    ),
    "contained-missing": Row(
        ERROR,
        "not-found",
        "No contained resource has the id {given}.",
        "the id of a resource in 'contained'",
    ),
    "contained-repeated": Row(
        ERROR, "duplicate", "Two contained resources have the id {given}.", "an id for each"
    ),
    "extension-unknown": Row(
        INFORMATION, "informational", "The extension {url} is not known here.", ""
    ),
    "modifier-unknown": Row(
        WARNING,
        "extension",
        "The modifier extension {url} is not known here, and it may change what is said.",
        "an extension that is known, or none",
    ),
    "extension-url": Row(
        ERROR, "value", "The URL of the extension, {given}, is not absolute.", "an absolute URL"
    ),
    "extension-place": Row(
        ERROR, "extension", "The extension {url} may not be on {context}.", "it is for {contexts}"
    ),
    "not-modifier": Row(
        ERROR,
        "extension",
        "{url} is no modifier extension.",
        "it in 'extension', not in 'modifierExtension'",
    ),
    "modifier": Row(
        ERROR,
        "extension",
        "{url} is a modifier extension.",
        "it in 'modifierExtension', not in 'extension'",
    ),
    "not-allowed": Row(ERROR, "structure", "'{name}' may not be there.", "no '{name}'"),
    "type-not-allowed": Row(
        ERROR, "structure", "'{name}' is of the type {given}.", "one of: {types}"
    ),
    "fixed": Row(ERROR, "value", "{given} is not the value that is asked for.", "{wanted}"),
    "pattern": Row(ERROR, "value", "{given} does not hold what is asked for.", "at least {wanted}"),
    "slice-few": Row(
        ERROR,
        "required",
        "Of the slice '{slice}' of '{name}' there are {count}.",
        "at least {least} of them: {by}",
    ),
    "slice-many": Row(
        ERROR,
        "structure",
        "Of the slice '{slice}' of '{name}' there are {count}.",
        "at most {most} of them",
    ),
    "slice-other": Row(ERROR, "structure", "This is in no slice of '{name}'.", "one of: {slices}"),
    "slice-order": Row(
        ERROR, "structure", "The slice '{slice}' comes too late.", "this order: {slices}"
    ),
    "profile-unknown": Row(
        WARNING, "not-found", "The profile {given} is not known here, and was not checked.", ""
    ),
    "profile-asked-unknown": Row(
        ERROR, "not-found", "The profile {given} is not known here.", "a profile that is known"
    ),
    "profile-version": Row(
        WARNING,
        "not-found",
        "The profile {given} is known here in version {known} only, and was not checked.",
        "the version that is known, or none",
    ),
    "profile-asked-version": Row(
        ERROR,
        "not-found",
        "The profile {given} is known here in version {known} only.",
        "the version that is known, or none",
    ),
    "profile-type": Row(
        ERROR, "structure", "The profile {given} is for {wanted}.", "a resource of that type"
    ),
    "profile-broken": Row(
        ERROR, "processing", "The profile {given} cannot be used: {reason}.", "another profile"
    ),
    "profile-none": Row(
        ERROR, "structure", "This meets none of the profiles asked for.", "one of: {profiles}"
    ),
    "bundle-repeated": Row(
        ERROR, "duplicate", "Two entries have the full URL {given}.", "a full URL for each"
    ),
    "extension-part": Row(
        ERROR, "extension", "The extension has no part {given}.", "one of: {parts}"
    ),
    "full-url-form": Row(
        ERROR, "value", "The full URL {given} is not absolute.", "a URL with its scheme, or a URN"
    ),
    "full-url-says": Row(
        ERROR, "value", "The full URL {given} is not of the id {id}.", "a URL that ends with the id"
    ),
    "bundle-unresolved": Row(
        WARNING,
        "not-found",
        "No entry of the bundle is {given}.",
        "an entry with that full URL in a document, a message or a transaction",
    ),
    "too-deep": Row(FATAL, "too-long", "The resource is nested too deep.", "fewer levels"),
    "too-much": Row(
        FATAL, "too-costly", "There are more findings than {most}; the rest was not looked for.", ""
    ),
    "html": Row(ERROR, "invariant", "The narrative holds {what}.", "{form}"),
}
