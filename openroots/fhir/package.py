"""FHIR packages: a .tgz of definitions, read as something that a stranger made.

For `openroots package add` and for the tool that makes the table. Nothing of a package is written
to disk under a name of its own; what is not a plain file of a harmless name, or is larger than
any package needs to be, is refused.

Source: FHIR NPM Package Specification (hl7.org/fhir/packages.html).
"""

import io
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import orjson

from openroots.fhir.definitions import Definitions
from openroots.fhir.definitions.codes import CodeSystem, listed
from openroots.fhir.definitions.condensed import Contradiction, condensed
from openroots.fhir.definitions.currencies import CODE_SYSTEM, CURRENCIES

Json = dict[str, Any]

LARGEST = 64 << 20  # bytes of the packed file
LARGEST_UNPACKED = 512 << 20
LARGEST_FILE = 64 << 20
MOST_FILES = 50_000
OF_CODES = ("url", "compose", "expansion")  # of a value set
KINDS = ("StructureDefinition", "ValueSet", "CodeSystem")
FHIR_VERSION = "4.0"
ASIDE = frozenset({"example", "examples", "other", "openapi", "xml", "rdf", "tests"})


class NotAPackage(ValueError):
    """The bytes are not a FHIR package that can be trusted; the words say why."""


class Package(NamedTuple):
    """What a package says of itself, and the resources in it."""

    name: str
    version: str
    resources: list[Json]


@dataclass(slots=True)
class Condensed:
    """The definitions and value sets of some resources, condensed, and what was left out."""

    structures: dict[str, Json] = field(default_factory=dict)
    values: dict[str, Json] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def entries(self) -> list[Json]:
        """All of them, as `Definitions` takes them."""
        return [*self.structures.values(), *self.values.values()]


def read_package(raw: bytes) -> Package:
    """The package in these bytes. Raises NotAPackage, saying why, for what is not one."""
    if len(raw) > LARGEST:
        raise NotAPackage(f"it is larger than {LARGEST >> 20} MB")
    try:
        files = dict(_files(raw))
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise NotAPackage("it is not a .tgz file") from error
    manifest = _manifest(files)
    versions = manifest.get("fhirVersions", manifest.get("fhir-version-list", [FHIR_VERSION]))
    if isinstance(versions, list) and not any(
        str(version).startswith(FHIR_VERSION) for version in versions
    ):
        told = ", ".join(str(version)[:20] for version in versions[:3]) or "nothing"
        raise NotAPackage(f"it is for FHIR {told}, and not for R4")
    resources = [_resource(name, content) for name, content in sorted(files.items())]
    found = [resource for resource in resources if resource is not None]
    return Package(str(manifest["name"]), str(manifest.get("version", "")), found)


def condense_all(resources: Iterable[Json], known: Iterable[Json] = ()) -> Condensed:
    """The definitions and value sets among these resources, condensed. `known` are value sets
    that these may include, condensed already."""
    made = Condensed()
    systems = {CURRENCIES: CodeSystem(CODE_SYSTEM)}
    own: dict[str, Json] = {}
    for resource in resources:
        kind, url = resource.get("resourceType"), resource.get("url")
        if kind not in KINDS:
            continue
        if not isinstance(url, str) or not url:
            made.refused.append(_without_url(resource))
            continue
        try:
            if kind == "StructureDefinition":
                _keep_once(url, condensed(resource), made.structures)
            elif kind == "CodeSystem":
                system = CodeSystem(resource)
                if system.complete or url not in systems:
                    systems[url] = system
            elif kind == "ValueSet":
                _keep_once(url, _told_of_codes(resource), own)
        except (Contradiction, KeyError, TypeError, AttributeError) as error:
            made.refused.append(_told(url, error))
    sets = {values["u"]: values for values in known} | own
    _condense_values(made, sets, systems)
    return made


def _keep_once(url: str, definition: Json, kept: dict[str, Json]) -> None:
    """Keep it. Raises Contradiction where another is kept under this URL."""
    if kept.setdefault(url, definition) != definition:
        raise Contradiction(f"{url[:200]}: it is there twice, and differs; the first is taken")


def _told_of_codes(value_set: Json) -> Json:
    """What a value set says of its codes: not its narrative, nor when it was made."""
    return {name: value_set[name] for name in OF_CODES if name in value_set}


def contradictions(made: Condensed, definitions: Definitions) -> dict[str, str]:
    """Which of the definitions cannot be expanded, and why, by URL."""
    wrong = {}
    for url in made.structures:
        try:
            definitions.tree(url)
        except (Contradiction, RecursionError) as error:
            words = str(error) or "nested too deep"
            wrong[url] = words if words.startswith(url) else f"{url}: {words}"
        except (ValueError, TypeError, KeyError, AttributeError):
            wrong[url] = f"{url}: not in the form of a StructureDefinition"
    return wrong


def _condense_values(
    made: Condensed, sets: dict[str, Json], systems: dict[str, CodeSystem]
) -> None:
    for url, value_set in sets.items():
        if "s" in value_set:
            continue
        try:
            made.values[url] = listed(value_set, systems, sets.get)
        except (KeyError, TypeError, AttributeError) as error:
            made.refused.append(_told(url, error))


def _told(url: str, error: Exception) -> str:
    return str(error) if isinstance(error, Contradiction) else f"{url[:200]}: not in form"


def _without_url(resource: Json) -> str:
    """That nothing can refer to it. It is told of by its name or id, as it has no other."""
    called = resource.get("name") or resource.get("id") or "without a name"
    return f"{resource['resourceType']} {str(called)[:200]}: it has no url"


def _files(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The JSON files, by the name within the package."""
    unpacked, count = 0, 0
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as archive:
        for member in archive:
            count, unpacked = count + 1, unpacked + member.size
            if count > MOST_FILES or unpacked > LARGEST_UNPACKED or member.size > LARGEST_FILE:
                raise NotAPackage("what is in it is larger than any package needs to be")
            name = _harmless(member)
            if name is None:
                continue
            held = archive.extractfile(member)
            if held is not None:
                yield name, held.read(LARGEST_FILE)


def _harmless(member: tarfile.TarInfo) -> str | None:
    """The name of a plain JSON file of the package; None for others. Tricks are refused."""
    path = PurePosixPath(member.name.removeprefix("./"))
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
        raise NotAPackage(f"it has a file of the name {member.name[:80]!r}")
    if member.isdir():
        return None
    if not member.isreg():
        raise NotAPackage(f"{member.name[:80]!r} in it is a link or a device")
    if path.suffix != ".json" or ASIDE & set(path.parts[:-1]) or path.name.startswith("."):
        return None
    return str(path)


def _manifest(files: dict[str, bytes]) -> Json:
    raw = files.get("package/package.json", files.get("package.json"))
    if raw is None:
        raise NotAPackage("it has no package/package.json")
    try:
        manifest = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise NotAPackage("its package.json is not JSON") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("name"), str):
        raise NotAPackage("its package.json does not name it")
    return manifest


def _resource(name: str, content: bytes) -> Json | None:
    """The resource in a file; None where it holds none of the kinds that are wanted."""
    if not any(kind.encode() in content for kind in (*KINDS, "SearchParameter")):
        return None
    try:
        resource = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise NotAPackage(f"{name[:120]} in it is not JSON") from error
    if not isinstance(resource, dict):
        return None
    return resource if resource.get("resourceType") else None
