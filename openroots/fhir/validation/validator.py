"""Judges resources by the definitions: what each type asks, and each profile.

For `openroots.fhir.validation`. A type is compiled when the first resource has something of it,
a profile when it is first asked for. The compiled functions stand in one namespace, in which the
functions of types that are not compiled yet are stubs that have them compiled.

Source: FHIR R4 4.0.1, section 5.1 (Profiling) and 3.1.0.11 (Validation).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from openroots.fhir.definitions import TYPES, Contradiction, Definitions, Node
from openroots.fhir.validation import references, shape
from openroots.fhir.validation.bundles import Entries
from openroots.fhir.validation.extensions import Extensions, extension_form
from openroots.fhir.validation.findings import MOST, WARNING, Finding
from openroots.fhir.validation.layouts import Layouts, Names
from openroots.fhir.validation.lines import function_name, layouts_name
from openroots.fhir.validation.overlay import Overlays
from openroots.fhir.validation.places import Place
from openroots.fhir.validation.primitives import is_date, is_date_time, is_instant, primitive_fault
from openroots.fhir.validation.rules import BUILT_IN
from openroots.fhir.validation.run import Check, Run, TooMuch, finding
from openroots.fhir.validation.types import ElementTypes
from openroots.fhir.validation.writing import LAYOUT, Writer

Json = dict[str, Any]

BUILTINS = (dict, enumerate, int, len, list, str, tuple)  # all that a written function may call
OF_SHAPES = ("bare", "strange", "listless", "item_fault", "missing", "two_values", "chosen")
ABSTRACT = frozenset({"Resource", "DomainResource"})
# How it is told that a profile is not known, or not in that version: one that the resource names
# was not checked; one by which it is to be judged could not be.
DECLARED = ("profile-unknown", "profile-version")
ASKED = ("profile-asked-unknown", "profile-asked-version")


class Validator:
    """Judges resources by some definitions."""

    def __init__(self, definitions: Definitions | None = None) -> None:
        self.definitions = definitions or Definitions()
        self._types = ElementTypes(self.definitions)
        self._overlays = Overlays(self.definitions, self._types, self)
        self._extensions = Extensions(self.definitions, self._profile, self._types.kinds)
        known = self.definitions.types | self.definitions.resources
        self._of_type = {type: self._layouts(type) for type in known}
        self._namespace = self._first_namespace()
        self._apart: dict[str, bool] = {}
        self._prepared = set(ABSTRACT)

    def validate(
        self, resource: Any, profiles: Iterable[str] = (), *, declared: bool = True
    ) -> tuple[Finding, ...]:
        """What is found of a resource: by its type, by these profiles and, where `declared`, by
        those that it names in meta.profile."""
        return self._found(Run(resource), profiles, declared)

    def _found(self, run: Run, profiles: Iterable[str], declared: bool) -> tuple[Finding, ...]:
        resource = run.resource
        at: Place = (None, "", -1)
        try:
            if resource.__class__ is not dict:
                run.tell("not-resource", (None, "Resource", -1), given=resource)
            else:
                at = run.place = (None, _shown(resource.get("resourceType")), -1)
                self.judge(resource, at, run, declared)
                for url in profiles:
                    self._ask(url, resource, at, run)
        except RecursionError:
            return (*run.findings(), *_alone("too-deep", at))
        except TooMuch:
            return (*run.findings(), *_alone("too-much", at, most=MOST))
        return run.findings()

    def base_faults(self, resource: Any) -> tuple[Finding, ...]:
        """What makes this no resource of R4, by its type alone: profiles are not asked, and of
        extensions only their form."""
        run = Run(resource)
        run.plain = True
        return self._found(run, (), declared=False)

    def prepare(self, type: str) -> None:
        """Compile a type, and the types of all that it holds, which else is done as each is first
        met. What an extension or a choice may hold is left: that is nearly everything."""
        wanted = [type]
        while wanted:
            each = wanted.pop()
            if each not in self._prepared and each in self._of_type:
                self._prepared.add(each)
                self._compile(each)
                wanted += _held_by(self.definitions.tree(TYPES + each))

    def judges_apart(self, type: str) -> bool:
        """Whether each element of a resource of this type is judged without the others, but for
        what the resource contains: it has no invariant that looks at several."""
        apart = self._apart.get(type)
        if apart is None:
            rules = self.definitions.tree(TYPES + type).rules
            keys = {rule.key for rule in rules if rule.severity != WARNING}
            apart = self._apart[type] = keys <= BUILT_IN
        return apart

    def judge(self, resource: Json, at: Place, run: Run, declared: bool = True) -> None:
        """Judge a resource by its type, and by the profiles that it names."""
        type = resource.get("resourceType")
        if type is None:
            run.tell("no-type", at)
        elif type.__class__ is not str:
            run.tell("type-unknown", at, given=type)
        elif type in ABSTRACT:
            run.tell("abstract-type", at, given=type)
        elif type not in self.definitions.resources:
            run.tell("type-unknown", at, given=type)
        else:
            run.inside = references.ids_inside(resource) or run.inside
            if type == "Bundle":
                run.bundle = Entries(resource, at, run)
            self._of_type[type][tuple(resource)](resource, at, run)
            if declared and "meta" in resource:
                self._declared(resource, at, run)

    def meets(self, url: str, value: Any, at: Place, run: Run) -> bool:
        """Whether a value meets a profile, of which nothing is told."""
        structure = self.definitions.structure(url)
        type = value.get("resourceType") if value.__class__ is dict else None
        if structure and type is not None and structure["t"] not in (type, *ABSTRACT):
            return False
        check = self._profile(url)
        if check is None:
            return True
        trying = run.beside()
        check(value, at, trying)
        return not trying.failing()

    def meets_elsewhere(self, url: str, resource: Json, run: Run) -> bool:
        """Whether a resource that is referred to meets a profile. Each is looked at once: where
        resources refer to one another in a circle, what is being looked at is taken to meet it."""
        key = (url, id(resource))
        if key not in run.met:
            run.met[key] = True
            apart = run.beside()
            apart.resource = resource
            if not any(resource is held for held in run.inside.values()):
                apart.holder, apart.inside = resource, references.ids_inside(resource)
            run.met[key] = self.meets(url, resource, run.place, apart)
        return run.met[key]

    def _ask(self, url: str, resource: Json, at: Place, run: Run) -> None:
        self._hold_to(url, ASKED, resource, at, run)

    def _declared(self, resource: Json, at: Place, run: Run) -> None:
        meta = resource["meta"]
        named = meta.get("profile") if meta.__class__ is dict else None
        for url in named if named.__class__ is list else ():
            if url.__class__ is str:
                self._hold_to(url, DECLARED, resource, at, run)

    def _hold_to(
        self, url: str, rows: tuple[str, str], resource: Json, at: Place, run: Run
    ) -> None:
        """Judge it by a profile; `rows` tell that this is not known, or not in this version."""
        unknown, another_version = rows
        structure = self.definitions.structure(url)
        if structure is None:
            run.tell(unknown, at, given=url, source=url)
        elif known := self.definitions.other_version(url):
            run.tell(another_version, at, given=url, known=known, source=url)
        else:
            self._apply(url, structure, resource, at, run)

    def _apply(self, url: str, structure: Json, resource: Json, at: Place, run: Run) -> None:
        if structure["t"] != resource.get("resourceType"):
            if structure["t"] not in ABSTRACT:
                run.tell("profile-type", at, given=url, wanted=structure["t"], source=url)
            return
        try:
            check = self._profile(url)
        except Contradiction as error:
            run.tell("profile-broken", at, given=url, reason=str(error), source=url)
            return
        if check is not None:
            check(resource, at, run)

    def _profile(self, url: str) -> Check | None:
        return self._overlays.check(url)

    def _profiled(self, value: Any, at: Place, run: Run, urls: tuple[str, ...]) -> None:
        """Judge a value of a data type by the profile that its element asks for, or by any of
        several."""
        if value.__class__ is not dict:
            return
        known = [url for url in urls if self.definitions.structure(url) is not None]
        if len(known) == 1 == len(urls):
            check = self._profile(known[0])
            if check is not None:
                check(value, at, run)
        elif len(known) == len(urls) and not any(self.meets(url, value, at, run) for url in known):
            run.tell("profile-none", at, profiles=", ".join(known), source=known[0])

    def _held(self, value: Any, at: Place, run: Run, inside: bool) -> None:
        """Judge a resource that stands in another: contained in it, or an entry of it."""
        if value.__class__ is not dict:
            run.tell("not-object", at, given=value, type="Resource", source=TYPES + "Resource")
            return
        before = run.resource, run.place, run.holder, run.inside, run.since
        run.resource, run.place, run.since = value, at, len(run.noted)
        if not inside:
            run.holder, run.inside = value, {}
        self.judge(value, at, run)
        run.resource, run.place, run.holder, run.inside, run.since = before

    def _compile(self, type: str) -> Any:
        """The function for a type, which stands in the namespace from now on."""
        writer = Writer(self.definitions, self._types, self._namespace)
        source = writer.source(self.definitions.tree(TYPES + type))
        self._namespace |= writer.constants
        for known, node in writer.written:
            layouts = self._namespace.setdefault(layouts_name(node.path), self._layouts(node.path))
            layouts.known, layouts.node = known, node
        exec(compile(source, f"<{type}>", "exec"), self._namespace)
        return self._namespace[function_name(type)]

    def _layouts(self, path: str) -> Layouts:
        return Layouts(lambda: self._namespace[function_name(path)], self._lay_out)

    def _lay_out(self, node: Node, names: Names) -> Check | None:
        """The function for one layout of an element; None where it has nothing of its own."""
        writer = Writer(self.definitions, self._types, self._namespace)
        source = writer.layout(node, names)
        if not source:
            return None
        self._namespace |= writer.constants
        made: dict[str, Any] = {}
        exec(compile(source, f"<{node.path}>", "exec"), self._namespace, made)
        check: Check = made[LAYOUT]
        return check

    def _first_namespace(self) -> dict[str, Any]:
        names: dict[str, Any] = {
            "__builtins__": {each.__name__: each for each in BUILTINS},
            "RESOURCES": self.definitions.resources,
            "primitive_fault": primitive_fault,
            "held_resource": self._held,
            "extended": self._extensions.check,
            "extension_form": extension_form,
            "contained_fault": references.contained_fault,
            "reference_form": references.reference_form,
            "referred": references.referred,
            "profiled": self._profiled,
            "is_date": is_date,
            "is_date_time": is_date_time,
            "is_instant": is_instant,
        }
        for name in OF_SHAPES:
            names[name] = getattr(shape, name)
        for type, layouts in self._of_type.items():
            names[function_name(type)] = self._stub(type)
            names[layouts_name(type)] = layouts
        return names

    def _stub(self, type: str) -> Check:
        def compile_first(value: Any, at: Place, run: Run) -> None:
            self._compile(type)(value, at, run)

        return compile_first


def _held_by(node: Node) -> Iterator[str]:
    """The types of the elements beneath a node, but of those that may be of several."""
    for kid in (node.kids or {}).values():
        if not kid.choice:
            yield from (type.code for type in kid.types)
            yield from _held_by(kid)


def _shown(type: Any) -> str:
    return type if type.__class__ is str and type.isidentifier() and len(type) < 60 else "Resource"


def _alone(row: str, at: Place, **fields: Any) -> tuple[Finding, ...]:
    return (finding(row, at, fields),)
