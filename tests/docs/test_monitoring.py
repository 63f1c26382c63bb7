"""The dashboard and the alerts name metrics and labels that there are."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from datastore_service.telemetry.metrics import Metrics
from tests.docs.pages import ROOT

FOLDER: Final = ROOT / "docs/monitoring"
NAME: Final = re.compile(r"\b(?:datastore|process|python)_[a-z_]+\b")
SELECTOR: Final = re.compile(r"\b(datastore_[a-z_]+)\{([^}]*)\}")
GROUPED: Final = re.compile(r"by \(([^)]*)\)")
ADDED: Final = {"instance", "job", "le"}
DURATION: Final = re.compile(r"[0-9]+[smhd]")


def names() -> set[str]:
    return {name for metric in Metrics().described() for name in metric.series}


def labels() -> set[str]:
    return {label for metric in Metrics().described() for label in metric.labels} | ADDED


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))
    assert list(document) == ["groups"]
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    return json.loads((FOLDER / "dashboard.json").read_text("utf-8"))


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (each["query"] for each in dashboard()["templating"]["list"] if each["type"] == "query")


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_expressions_use_existing_metrics(expression: str) -> None:
    assert set(NAME.findall(expression)) - names() == set() != set(NAME.findall(expression)) or "up{" in expression
    selected = [
        part.partition("=")[0].strip("!~ ") for _, all_of in SELECTOR.findall(expression) for part in all_of.split(",")
    ]
    grouped = [label.strip() for group in GROUPED.findall(expression) for label in group.split(",")]
    assert {*selected, *grouped} - labels() == set()
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_the_rules_are_valid_for_prometheus(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert DURATION.fullmatch(rule["for"])
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description"}
    for text in rule["annotations"].values():
        used = set(re.findall(r"\$labels\.(\w+)", text))
        assert used <= labels()
        assert not used or any(label in rule["expr"] for label in used) or "by (" not in rule["expr"]


def test_the_dashboard_is_valid_for_grafana() -> None:
    board = dashboard()
    panels = board["panels"]

    assert {"title", "uid", "schemaVersion", "templating", "time"} <= set(board)
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {panel["type"] for panel in panels} == {"stat", "timeseries"}
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_metric_is_used_or_listed_as_a_detail() -> None:
    shown = {name for expression in expressions() for name in NAME.findall(expression)}
    unseen = {
        metric.exposed
        for metric in Metrics().described()
        if metric.exposed.startswith("datastore_") and not shown & set(metric.series)
    }

    assert unseen == {"datastore_pool_open"}
