"""The Grafana board and the alert rules ask for what a running world tells, and say what to do.

Neither Grafana nor Prometheus runs here: each figure, label and value that the files name is looked
for in what `/metrics` gives, and in what the services declare.
"""

import json
import re
import shlex
from collections import defaultdict
from http import HTTPStatus

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from openroots import services
from openroots.delivery.item import BECAME
from openroots.delivery.lane import LEFT
from openroots.testing import KEY
from tests.source import ROOT
from tests.test_deploy import DEPLOY, unknown
from tests.test_docs import leads_somewhere

BOARD = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))
RULES = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
SCRAPED = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text("utf-8"))
ASKED = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
EXPRESSIONS = ASKED + [rule["expr"] for rule in RULES]

FIGURE = re.compile(r"\b(openroots_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)=~?"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
SHOWN = re.compile(r"\{\{ ?(?:\$labels\.)?(\w+) ?\}\}")
JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
CAN_BE = {
    "endpoint": {endpoint.id for service in services.find() for endpoint in service.endpoints},
    "status": {str(status.value) for status in HTTPStatus},
    "mode": {"observe", "warn", "refuse"},
    "met": {"yes", "no"},
    "outcome": set(BECAME),
    "state": set(LEFT),
}


@pytest.fixture
def told(openroots):
    """The names of all figures of a world that was asked something, each with its labels."""
    openroots.ask("GET", JANE, headers={"apikey": KEY})
    labels = defaultdict(set)
    for family in text_string_to_metric_families(openroots.run(openroots.house.figures()).decode()):
        for sample in family.samples:
            labels[sample.name] |= set(sample.labels)
    return labels


def test_each_figure_and_label_that_is_asked_for_is_told(told):
    """A name that was mistyped, or is told no more, would leave a panel empty and a rule silent."""
    for expression in EXPRESSIONS:
        figures = FIGURE.findall(expression)
        assert [name for name, _ in figures if name not in told] == [], expression
        for name, matchers in figures:
            assert {label for label, _ in MATCHER.findall(matchers)} <= told[name], expression
        grouped = {label for by in GROUPED.findall(expression) for label in by.split(", ")}
        assert all(grouped <= told[name] for name, _ in figures), expression


def test_each_value_that_is_asked_for_can_be():
    """An endpoint that is there, a status of HTTP, a mode of standards."""
    asked = {pair for each in EXPRESSIONS for pair in MATCHER.findall(each) if pair[0] != "job"}
    one_by_one = {(label, value) for label, values in asked for value in values.split("|")}
    assert {pair for pair in one_by_one if pair[1] not in CAN_BE[pair[0]]} == set()


def test_each_panel_has_a_title_a_unit_and_words():
    """And asks something; no two have one title or one place."""
    panels = BOARD["panels"]
    assert all(panel["title"] and panel["description"] and panel["targets"] for panel in panels)
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in panels)
    for kind in ("id", "title", "gridPos"):
        assert len({str(panel[kind]) for panel in panels}) == len(panels)


def test_what_is_shown_of_a_figure_is_what_it_is_grouped_by():
    """Names of lines, and the words of alerts, hold no label that is not there."""
    shown = [
        (target["expr"], target["legendFormat"])
        for panel in BOARD["panels"]
        for target in panel["targets"]
    ]
    shown += [(rule["expr"], rule["annotations"]["summary"]) for rule in RULES]
    for expression, words in shown:
        grouped = {label for by in GROUPED.findall(expression) for label in by.split(", ")}
        assert set(SHOWN.findall(words)) <= grouped, expression


def test_each_rule_says_what_to_do_and_where_more_is_told():
    """By commands that there are, and a section that there is."""
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        told = rule["annotations"]
        assert all(told[part].endswith(".") for part in ("summary", "action")), rule["alert"]
        assert leads_somewhere(ROOT / "README.md", told["runbook"]), rule["alert"]
        commands = [shlex.split(one) for one in re.findall(r"`([^`]+)`", told["action"])]
        assert [unknown(command) for command in commands if unknown(command)] == []


def test_the_figures_are_taken_from_where_a_world_gives_them():
    """By the job that a rule names, at the usual port, with the rules that are there."""
    [job] = SCRAPED["scrape_configs"]
    assert {
        value for each in EXPRESSIONS for label, value in MATCHER.findall(each) if label == "job"
    } == {job["job_name"]}
    assert job["static_configs"] == [{"targets": ["localhost:1948"]}]
    assert SCRAPED["rule_files"] == ["alerts.yaml"]
