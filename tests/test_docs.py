"""The docs say what is there: links lead somewhere, words are in the glossary, made pages are new.

Source: none.
"""

import re
from pathlib import Path

import click
import pytest

from openroots import service, services, storage
from openroots.register.standard import load_standards
from tests.source import PACKAGE, ROOT
from tools import make_docs

WRITTEN = (
    *("README.md", "ARCHITECTURE.md", "GLOSSARY.md", "CONTRIBUTING.md", "SECURITY.md"),
    *(
        "CHANGELOG.md",
        "docs/why.md",
        "docs/operations.md",
        "docs/safety/hazards.md",
        "docs/performance.md",
    ),
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
MAP = re.compile(r"## The map of the house\n+```\n(.*?)```", re.DOTALL)
ROOM = re.compile(r"^( *)([\w./-]+)", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+(?:\.py)?/?)(::\w+)?`")
BENCH = re.compile(r"ONLY=([\w-]+) make bench")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# Hosts from which packages come. Whoever installs chooses theirs; the project names none.
REGISTRIES = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|anaconda|debian|docker)\.(?:org|com)"
)
TEXTS = frozenset(
    {"", ".cfg", ".jinja", ".json", ".lock", ".md", ".py", ".sh", ".sql", ".toml", ".yaml", ".yml"}
)
NOT_OURS = frozenset({".git", ".venv", "node_modules", "var", "dist", "static"})


def documents() -> list[Path]:
    """Every page that people read in the repository."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def test_made_docs_say_what_the_declarations_say() -> None:
    assert list(make_docs.drift(ROOT / "docs", make_docs.made())) == []


def test_drift_of_a_made_page_is_told_in_a_line_that_mends_it(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "old.md").write_text("An old page.")
    (tmp_path / "services" / "gone.md").write_text("About nothing.")
    pages = {"services/old.md": "A new page.", "cli.md": "The command."}
    assert list(make_docs.drift(tmp_path, pages)) == [
        "docs/services/old.md is not what the declarations say: run `make docs`",
        "docs/cli.md is missing: run `make docs`",
        "docs/services/gone.md is about nothing: run `make docs`",
    ]


def test_each_service_and_standard_has_a_page() -> None:
    for one in services.find():
        page = make_docs.made()[f"services/{one.name}.md"]
        assert all(f"`{endpoint.id}`" in page for endpoint in one.endpoints)
        assert all(f"| `{row}` |" in page for row in one.failures)
    for standard in load_standards():
        page = make_docs.made()[f"standards/{standard.id}.md"]
        assert all(f"### Clause {clause.id}" in page for clause in standard.clauses)


def test_each_service_and_each_standard_that_judges_has_its_row_in_the_readme() -> None:
    judging = [one.id for one in load_standards() if one.clauses]
    pages = [f"docs/services/{one.name}.md" for one in services.find()]
    pages += [f"docs/standards/{id}.md" for id in judging]
    shown = (ROOT / "README.md").read_text("utf-8")
    assert [
        page for page in pages if not re.search(rf"^\| .*\({page}\)", shown, re.MULTILINE)
    ] == []


def test_each_verb_is_called_what_it_is_typed_as() -> None:
    command = make_docs.the_command()
    assert command is not None
    for path in re.findall(r"^## openroots (.+)$", make_docs.command_page(command), re.MULTILINE):
        verb: click.Command | None = command
        for word in path.split():
            assert isinstance(verb, click.Group), path
            verb = verb.get_command(click.Context(verb), word)
        assert verb is not None, path


def test_no_row_of_a_made_page_is_empty() -> None:
    """Who may ask is said also where no key and no token is asked for."""
    pages = sorted((ROOT / "docs" / "services").glob("*.md"))
    empty = [page.name for page in pages if "|  |" in page.read_text().partition("## Headers")[0]]
    assert empty == []


def test_the_first_line_of_each_endpoint_is_a_sentence() -> None:
    """Pages, docs and OpenAPI show it by itself, and what follows as a paragraph."""
    said = [
        f"{endpoint.id}: {line}"
        for one in services.find()
        for endpoint in one.endpoints
        for handler in filter(None, (endpoint.handler, endpoint.also))
        if not (line := (handler.__doc__ or "").strip().partition("\n")[0]).endswith(".")
    ]
    assert said == []


@pytest.mark.parametrize("name", WRITTEN)
def test_the_written_docs_are_there(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").startswith("# ")


def test_links_within_the_docs_lead_somewhere() -> None:
    dead = [
        f"{document.relative_to(ROOT)}: {link}"
        for document in documents()
        for link in LINK.findall(FENCED.sub("", document.read_text("utf-8")))
        if "://" not in link and not leads_somewhere(document, link)
    ]
    assert dead == []


def test_the_map_in_the_readme_is_the_house() -> None:
    shown = _rooms(ROOT / "README.md")
    assert [room for room in shown if not (ROOT / room).exists()] == []
    there = {
        f"openroots/{path.name}{'/' if path.is_dir() else ''}"
        for path in PACKAGE.iterdir()
        if not path.name.startswith("__") and path.suffix in ("", ".py")
    }
    assert there - set(shown) == set()


def test_the_glossary_has_each_word_that_others_import() -> None:
    text = (ROOT / "GLOSSARY.md").read_text("utf-8")
    words = {*storage.__all__, *service.__all__}
    assert {word for word in words if f"`{word}`" not in text} == set()


def test_a_word_stands_once_in_each_part_of_the_glossary() -> None:
    for part in (ROOT / "GLOSSARY.md").read_text("utf-8").split("\n## ")[1:]:
        cells = [line.split("|")[1].strip().lower() for line in part.splitlines() if "|" in line]
        words = [cell.partition(" (")[0] for cell in cells]
        assert sorted(words) == sorted(set(words))


def test_each_decision_says_what_why_and_how_it_is_held() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        headings = HEADING.findall(path.read_text("utf-8"))[1:]
        wanted = {"Decided", "Why", "What it costs", "How it is held"}
        assert wanted <= set(headings), path.name


def test_each_test_that_the_docs_name_is_there() -> None:
    missing = [
        f"{document.relative_to(ROOT)}: {path}{name}"
        for document in documents()
        for path, name in TEST.findall(document.read_text("utf-8"))
        if not _is_a_test(path, name)
    ]
    assert missing == []


def test_each_row_of_the_bench_that_the_docs_name_is_there() -> None:
    named = {row for document in documents() for row in BENCH.findall(document.read_text("utf-8"))}
    source = (ROOT / "bench" / "__main__.py").read_text("utf-8")
    assert {row for row in named if f'"{row}": ' not in source} == set()


def test_no_host_of_a_package_registry_is_named() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in _texts()
        if REGISTRIES.search(path.read_text("utf-8", errors="replace"))
    ]
    assert naming == []


def test_every_page_says_that_this_is_not_the_nhs_where_it_could_be_taken_for_it() -> None:
    for name in ("README.md", "SECURITY.md", "docs/why.md", "docs/operations.md"):
        assert "not the NHS" in (ROOT / name).read_text("utf-8"), name


def _is_a_test(path: str, name: str) -> bool:
    target = ROOT / path
    if not name:
        return target.exists()
    return target.exists() and f"def {name[2:]}(" in target.read_text("utf-8")


def leads_somewhere(document: Path, link: str) -> bool:
    """Whether there is what a link of a document names: a file, and a heading in it."""
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return False
    return not anchor or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    headings = HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _rooms(readme: Path) -> list[str]:
    """The paths of the map, in which what stands further in lies within what stands above it."""
    found = MAP.search(readme.read_text("utf-8"))
    assert found is not None, "README.md has no map"
    rooms, above = [], [""]
    for indent, name in ROOM.findall(found[1]):
        depth = len(indent) // 2
        above = [*above[: depth + 1], name if name.endswith("/") else ""]
        rooms.append("".join(above[: depth + 1]) + name)
    return rooms


def _texts() -> list[Path]:
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and path.suffix in TEXTS
        and NOT_OURS.isdisjoint(path.relative_to(ROOT).parts)
        and not any(part.endswith("_cache") for part in path.relative_to(ROOT).parts)
    ]
