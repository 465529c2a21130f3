"""A definition in full: what it inherits, with its own differential on top.

For `Definitions`. The expansion is a tree of `Node`s. What a profile says of an element that its
type has, but that is not in the tree yet, is put there first: from the element's type, its type's
profile or the element that it refers to. Nothing is unfolded that no profile speaks of, so the
types that contain themselves need no end.

Source: FHIR R4 4.0.1, section 5.1 (Profiling) and ElementDefinition.
"""

from collections.abc import Callable
from typing import Any

from openroots.fhir.definitions.condensed import Contradiction
from openroots.fhir.definitions.node import Binding, Node, Rule, Slicing, TypeOf, Value

Json = dict[str, Any]
Structures = Callable[[str], Json | None]  # a condensed definition by URL, or None

TYPES = "http://hl7.org/fhir/StructureDefinition/"
DEEPEST = 32  # definitions that stand on one another
MOST_ELEMENTS = 5000  # of one definition


class Expanding:
    """Expands definitions. `tree` gives the expansion of another, which may not be changed."""

    def __init__(self, structures: Structures, tree: Callable[[str], Node]) -> None:
        self._structures = structures
        self._tree = tree

    def expand(self, definition: Json) -> Node:
        """The root of the definition's tree. Raises Contradiction where it cannot be expanded."""
        url, elements = definition["u"], definition["e"]
        if len(elements) > MOST_ELEMENTS:
            raise Contradiction(f"{url}: more than {MOST_ELEMENTS} elements")
        own = bool(definition.get("s"))
        root = self._inherited(definition, own)
        for element in elements:
            parts = element["i"].split(".")
            if own:
                self._declare(root, parts, element, url)
            else:
                self._constrain(root, parts, element, url)
        return root

    def _inherited(self, definition: Json, own: bool) -> Node:
        url, base = definition["u"], definition.get("b")
        if base is None:
            return Node(definition["t"], definition["t"], url, kids={})
        tree = self._tree(base)
        if tree.path != definition["t"] and not own:
            raise Contradiction(f"{url}: it is of {definition['t']}, but stands on {base}")
        root = tree.copied(plain=own)
        root.source = url
        if own:
            root.name = root.path = definition["t"]
            _rename(root, tree.path, root.path)
        return root

    def _declare(self, root: Node, parts: list[str], element: Json, url: str) -> None:
        """Add an element that a type has of its own."""
        if len(parts) == 1:
            _apply(root, element, url, marked=False)
            return
        parent = root
        for part in parts[1:-1]:
            parent = _held(parent, part, url)
        if parent.kids is None:
            parent.kids = _backbone(self._tree, parent)
        name = parts[-1]
        most = _most(element.get("x", "*"))
        before = parent.kids.get(name)
        node = before or Node(name, f"{parent.path}.{name}", url)
        node.many = most is None or most > 1
        _apply(node, element, url, marked=False)
        parent.kids[name] = node

    def _constrain(self, root: Node, parts: list[str], element: Json, url: str) -> None:
        """Say of an element what the profile says of it."""
        if parts[0].partition(":")[0] != root.name:
            raise Contradiction(f"{url}: {element['i']} is no element of {root.name}")
        node = root
        for part in parts[1:]:
            node = self._step(node, part, element, url)
        if "l" in element and parts[-1] == node.name and len(parts) > 1:
            node = self._slice(node, element["l"])
        _apply(node, element, url, marked=True)

    def _step(self, node: Node, part: str, element: Json, url: str) -> Node:
        name, _, called = part.partition(":")
        kids = self.unfold(node)
        kid = kids.get(name)
        if kid is None:
            kid, called = _chosen(kids, name)
            if kid is not None and kid.slicing is None:
                _narrow(kid, called)
        if kid is None:
            raise Contradiction(f"{url}: {element['i']}: there is no element {name}")
        return self._slice(kid, called) if called else kid

    def _slice(self, node: Node, called: str) -> Node:
        """The slice of this name, made where it is new. Of "a/b", b is a slice of the slice a."""
        made = node.slices.get(called)
        if made is None:
            outer = called.rpartition("/")[0]
            made = node.slices.get(outer, node).copied(plain=True)
            made.min, made.rules, made.slicing = 0, (), None
            if node.choice:
                made.types = _of_name(node, called) or made.types
            node.slices[called] = made
        return made

    def unfold(self, node: Node) -> dict[str, Node]:
        """The elements beneath, put there from its type where they are not yet."""
        if node.kids is None:
            node.kids = {name: kid.copied(plain=True) for name, kid in self._beneath(node).items()}
        return node.kids

    def _beneath(self, node: Node) -> dict[str, Node]:
        if node.content:
            found = self._tree(TYPES + node.content.partition(".")[0])
            for part in node.content.split(".")[1:]:
                found = _held(found, part, node.source)
            return found.kids or {}
        if len(node.types) != 1:
            return self._tree(TYPES + "Element").kids or {}
        [only] = node.types
        if len(only.profiles) == 1 and self._structures(only.profiles[0]) is not None:
            return self._tree(only.profiles[0]).kids or {}
        return self._tree(TYPES + only.code).kids or {}


def _held(node: Node, part: str, url: str) -> Node:
    found = (node.kids or {}).get(part)
    if found is None:
        raise Contradiction(f"{url}: {node.path} has no element {part}")
    return found


def _backbone(tree: Callable[[str], Node], node: Node) -> dict[str, Node]:
    code = node.types[0].code if node.types else "BackboneElement"
    return {name: kid.copied() for name, kid in (tree(TYPES + code).kids or {}).items()}


def _rename(node: Node, before: str, after: str) -> None:
    for kid in (node.kids or {}).values():
        kid.path = after + kid.path[len(before) :]
        _rename(kid, before, after)


def _chosen(kids: dict[str, Node], name: str) -> tuple[Node | None, str]:
    """The choice that `valueQuantity` is of, and the slice of that name."""
    for kid in kids.values():
        if kid.choice and name.startswith(kid.name[:-3]) and _of_name(kid, name):
            return kid, name
    return None, ""


def _narrow(node: Node, called: str) -> None:
    """Without slicing, `valueQuantity` says of `value[x]` that it is a Quantity, besides the other
    types that are named so."""
    types = _of_name(node, called)
    for name, each in node.slices.items():
        types += tuple(kind for kind in _of_name(each, name) if kind not in types)
    if types != node.types:
        node.named_of = node.named_of or node.types
        node.types = types
        node.said.add("t")


def _of_name(node: Node, name: str) -> tuple[TypeOf, ...]:
    types = node.named_of or node.types
    return tuple(each for each in types if node.named(each.code) == name)


def _rules(element: Json, url: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(key, severity, words, expression, url)
        for key, severity, words, expression in element.get("r", ())
    )


def _most(given: str | int) -> int | None:
    if given == "*":
        return None
    if isinstance(given, bool) or not str(given).isascii() or not str(given).isdigit():
        raise Contradiction(f"{str(given)[:40]!r} is no number of times")
    return int(given)


def _apply(node: Node, element: Json, url: str, *, marked: bool) -> None:
    """Put what the element says on the node; where `marked`, note what that was."""
    said: set[str] = set()
    most = node.max
    for key, take in TAKES.items():
        if key in element and take(node, element[key]):
            said.add(key)
    if "r" in element:
        known = {rule.key for rule in node.rules}
        new = tuple(rule for rule in _rules(element, url) if rule.key not in known)
        node.rules += new
        said |= {"r"} if new else set()
    if node.max is not None and node.min > node.max:
        raise Contradiction(f"{url}: {element['i']} is wanted {node.min} times and allowed fewer")
    if marked and most and (node.max is None or node.max > most):
        raise Contradiction(f"{url}: {element['i']} is allowed more often than {most} times")
    if marked:
        node.said |= said
        if said:
            node.source = url


def _take_min(node: Node, given: Any) -> bool:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise Contradiction(f"{node.path}: {str(given)[:40]!r} is no number of times")
    changed, node.min = given != node.min, given
    return changed


def _take_max(node: Node, given: Any) -> bool:
    most = _most(given)
    changed, node.max = most != node.max, most
    return changed


def _take_types(node: Node, given: Any) -> bool:
    types = tuple(TypeOf(each[0], *map(tuple, each[1:])) for each in given)
    changed, node.types, node.named_of = types != node.types, types, ()
    return changed


def _take_content(node: Node, given: Any) -> bool:
    node.content = given
    return False


def _take_fixed(node: Node, given: Any) -> bool:
    node.fixed = Value(*given)
    return True


def _take_pattern(node: Node, given: Any) -> bool:
    node.pattern = Value(*given)
    return True


def _take_least(node: Node, given: Any) -> bool:
    node.least = Value(*given)
    return True


def _take_greatest(node: Node, given: Any) -> bool:
    node.greatest = Value(*given)
    return True


def _take_longest(node: Node, given: Any) -> bool:
    node.longest = given
    return True


def _take_binding(node: Node, given: Any) -> bool:
    binding = Binding(*given)
    changed, node.binding = binding != node.binding, binding
    return changed


def _take_slicing(node: Node, given: Any) -> bool:
    rules, ordered, by = given
    node.slicing = Slicing(rules, ordered, tuple((how, path) for how, path in by))
    return False


def _take_modifier(node: Node, given: Any) -> bool:
    node.modifier = bool(given)
    return False


TAKES: dict[str, Callable[[Node, Any], bool]] = {
    "n": _take_min,
    "x": _take_max,
    "t": _take_types,
    "c": _take_content,
    "f": _take_fixed,
    "p": _take_pattern,
    "lo": _take_least,
    "hi": _take_greatest,
    "g": _take_longest,
    "b": _take_binding,
    "s": _take_slicing,
    "m": _take_modifier,
}
