"""`openroots validate` and `openroots package`: files in, findings out, no server needed."""

import io
import json
import os
import sys
import tarfile
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import pytest

from openroots.cli import main

GOOD = {
    "resourceType": "Patient",
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ann Ashby</div>',
    },
}
PROFILE = {
    "resourceType": "StructureDefinition",
    "url": "https://example.org/named",
    "name": "Named",
    "kind": "resource",
    "type": "Patient",
    "derivation": "constraint",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "differential": {"element": [{"id": "Patient.name", "path": "Patient.name", "min": 1}]},
}


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """The command in an empty folder: its exit code, and what it wrote."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["openroots", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


def _write(name: str, resource: object) -> None:
    Path(name).write_text(json.dumps(resource))


def _package(name: str, *definitions: dict[str, object]) -> None:
    files: dict[str, object] = {
        "package/package.json": {"name": "example.named", "version": "1.0.0"},
        **{f"package/{number}.json": each for number, each in enumerate(definitions)},
    }
    with tarfile.open(name, "w:gz") as archive:
        for called, content in files.items():
            raw = json.dumps(content).encode()
            info = tarfile.TarInfo(called)
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))


def test_a_valid_file_ends_with_nought_and_an_invalid_one_with_one(command) -> None:
    _write("good.json", GOOD)
    _write("odd.json", {**GOOD, "gender": "F"})
    assert command("validate", "good.json")[0] == 0
    code, out, _ = command("validate", ".", "--json")
    told = json.loads(out)
    assert code == 1
    assert told["errors"] == 1
    assert [each["place"] for file in told["files"] for each in file["findings"]] == [
        "Patient.gender"
    ]


def test_what_was_not_checked_is_counted_where_it_is_not_shown(command) -> None:
    """A tick alone would say that the extension is as its definition has it."""
    strange = {"url": "https://example.org/strange", "valueString": "a"}
    _write("good.json", {**GOOD, "extension": [strange]})
    code, out, _ = command("validate", "good.json")
    counted = "1 for information, such as what was not checked: --json tells"
    assert (code, counted in " ".join(out.split())) == (0, True)
    told = json.loads(command("validate", "good.json", "--json")[1])
    assert told["information"] == 1
    assert "is not known here" in told["files"][0]["findings"][0]["words"]
    _write("good.json", GOOD)
    assert "for information" not in command("validate", "good.json")[1]


def test_reports_are_written_for_ci_and_for_code_hosts(command) -> None:
    _write("odd.json", {**GOOD, "gender": "F"})
    command("validate", "odd.json", "--junit", "report.xml", "--sarif", "report.sarif")
    suite = ElementTree.parse("report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    [result] = json.loads(Path("report.sarif").read_text())["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("code-unknown", "error")


def test_a_code_host_finds_the_file_and_the_line_that_a_report_names(command) -> None:
    """SARIF names a file by a URI: a space is written otherwise, and a line is no part of it."""
    Path("to send").mkdir()
    Path("to send/two.ndjson").write_text(f"{json.dumps(GOOD)}\n{{\n")
    command("validate", "to send", "--junit", "report.xml", "--sarif", "report.sarif")
    [result] = json.loads(Path("report.sarif").read_text())["runs"][0]["results"]
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "to%20send/two.ndjson"},
                "region": {"startLine": 2},
            }
        }
    ]
    assert result["message"]["text"].startswith("This cannot be read")
    failed = ElementTree.parse("report.xml").getroot().find("testcase/failure")
    assert failed is not None
    assert failed.attrib["message"].startswith("This cannot be read")


def test_a_report_names_a_file_by_its_whole_path_where_that_was_given(command, tmp_path) -> None:
    _write("odd.json", {**GOOD, "gender": "F"})
    command("validate", str(tmp_path / "odd.json"), "--sarif", "report.sarif")
    [result] = json.loads(Path("report.sarif").read_text())["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": (tmp_path / "odd.json").as_uri()}}


def test_a_file_that_cannot_be_read_is_a_finding_and_one_that_is_not_there_stops(command) -> None:
    Path("broken.json").write_text("{")
    code, out, _ = command("validate", "broken.json")
    assert (code, "cannot be read" in out) == (1, True)
    code, _, err = command("validate", "none.json")
    assert (code, "To mend" in err) == (2, True)


def test_a_file_that_the_system_keeps_from_us_is_a_finding_and_the_others_are_judged(
    command, monkeypatch
) -> None:
    """One of a folder that belongs to somebody else ended the whole run before, as a defect."""

    def read_bytes(path: Path, read=Path.read_bytes) -> bytes:
        if path.name == "kept.json":
            raise PermissionError(13, "Permission denied")
        return read(path)

    Path("records").mkdir()
    for name in ("kept", "good"):
        _write(f"records/{name}.json", GOOD)
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    code, out, _ = command("validate", "records", "--json")
    told = {Path(file["file"]).name: file["findings"] for file in json.loads(out)["files"]}
    assert (code, told["good.json"]) == (1, [])
    assert told["kept.json"][0]["words"] == "This cannot be read: Permission denied."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
def test_what_a_shell_puts_in_the_place_of_a_file_is_read(command) -> None:
    """As in `openroots validate <(jq .resource answer.json)`."""
    os.mkfifo("pipe")
    writing = Thread(target=_write, args=("pipe", GOOD))
    writing.start()
    code, out, _ = command("validate", "pipe")
    writing.join()
    assert (code, "pipe" in out) == (0, True)


def test_nothing_to_validate_is_no_success(command) -> None:
    """A folder that was named wrongly does not pass in CI."""
    Path("records").mkdir()
    Path("records/notes.txt").write_text("{}")
    Path("none.ndjson").write_text("\n\n")
    for names in (("records",), ("none.ndjson",), ("records", "none.ndjson")):
        code, out, err = command("validate", *names)
        assert (code, out) == (5, "")
        assert "there is no resource to validate" in err


def test_each_line_of_ndjson_is_a_resource(command) -> None:
    Path("two.ndjson").write_text(f"{json.dumps(GOOD)}\n\n{json.dumps({**GOOD, 'x': 1})}\n")
    told = json.loads(command("validate", "two.ndjson", "--json")[1])
    assert [file["file"] for file in told["files"]] == ["two.ndjson:1", "two.ndjson:3"]


def test_the_profiles_of_an_added_package_are_known(command) -> None:
    _write("good.json", GOOD)
    _package("named.tgz", PROFILE)
    asked = ("validate", "good.json", "--profile", PROFILE["url"])
    assert "is not known here" in command(*asked, "--state", "kept")[1]
    assert command("package", "add", "named.tgz", "--state", "kept")[0] == 0
    assert "'name' is not there" in command(*asked, "--state", "kept")[1]
    listed = json.loads(command("package", "list", "--state", "kept", "--json")[1])
    assert [each["name"] for each in listed["packages"]] == ["example.named"]
    shown = command("package", "list", "--state", "kept")[1]
    assert " ".join(shown.split()) == "example.named 1.0.0 1 definition, 0 value sets"
    assert "'name' is not there" in command(*asked, "--package", "named.tgz")[1]


def test_a_package_reaches_the_server_that_runs(command, openroots) -> None:
    """From the next question on; and one that was spoilt since is named, and no defect."""
    state = openroots.house.settings.state
    path = f"/personal-demographics/FHIR/R4/Patient/$validate?profile={PROFILE['url']}"

    def told() -> str:
        headers = {"content-type": "application/fhir+json"}
        answer = openroots.ask("POST", path, GOOD, headers=headers)
        assert answer.status == 200
        return " ".join(issue["details"]["text"] for issue in answer.body["issue"])

    assert "is not known here" in told()
    _package("named.tgz", PROFILE)
    assert command("package", "add", "named.tgz", "--state", str(state))[0] == 0
    assert "'name' is not there" in told()
    [kept] = (state / "packages").glob("*.json")
    kept.write_text('{"entries": [7]}')
    assert "example.named-1.0.0 was added here, but cannot be read" in told()
    kept.unlink()
    assert "is not known here" in told()


def test_what_is_no_package_is_refused(command) -> None:
    Path("odd.tgz").write_bytes(b"no package")
    code, _, err = command("package", "add", "odd.tgz", "--state", "kept")
    assert (code, "not a .tgz" in err) == (2, True)


def test_a_package_that_defines_nothing_is_refused(command) -> None:
    """Any package of npm has the form of one."""
    _package("none.tgz", {"resourceType": "SearchParameter", "url": "https://example.org/s"})
    code, _, err = command("package", "add", "none.tgz", "--state", "kept")
    assert (code, "it defines nothing to validate by" in err) == (2, True)
    assert not Path("kept/packages").exists()


def test_a_definition_that_is_left_out_is_named(command) -> None:
    """Whatever is wrong, and wherever."""
    model = {**PROFILE, "url": "https://example.org/model", "baseDefinition": "https://a.b/none"}
    _package("model.tgz", PROFILE, model)
    told = json.loads(command("package", "add", "model.tgz", "--state", "kept", "--json")[1])
    assert told["definitions"] == 1
    assert told["left_out"] == [
        "https://example.org/model: https://a.b/none: there is no definition of this URL"
    ]
