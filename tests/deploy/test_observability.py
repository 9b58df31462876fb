"""Alerts and dashboard ask for what is measured, in PromQL that parses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy import dashboard
from services.registry import SERVICES
from shared.runtime.metrics import Metrics
from tests.deploy import compose

FOLDER = compose.ROOT / "deploy" / "observability"
OF_PROMETHEUS = {"up"}
"""Series that Prometheus makes itself."""


def alerts() -> list[dict[str, Any]]:
    """All rules."""
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """The dashboard's pictures."""
    return [one for one in json.loads(dashboard.FILE.read_text())["panels"] if one["type"] != "row"]


def questions() -> dict[str, str]:
    """Where it is asked → the PromQL."""
    asked = {rule["alert"]: rule["expr"] for rule in alerts()}
    for panel in panels():
        for target in panel["targets"]:
            asked[f"{panel['title']} {target['refId']}"] = target["expr"].replace("$__rate_interval", "1m")
    return asked


def series(node: Any) -> Iterator[tuple[str, set[str]]]:
    """(name, labels it is selected by) of every selector below a node of PromQL."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node.name or "", {one.name for one in node.matchers.matchers}
    for child in ("expr", "lhs", "rhs", "vector_selector", "args", "param"):
        below = getattr(node, child, None)
        for one in below if isinstance(below, list) else [below]:
            if one is not None and not isinstance(one, str | float | int):
                yield from series(one)


def measured() -> dict[str, set[str]]:
    """Series → labels, as a process that has measured everything once exports them."""
    metrics = Metrics()
    for instrument in vars(metrics).values():
        names = getattr(instrument, "_labelnames", ())
        if names:
            child = instrument.labels(*names)
            for act in ("inc", "observe", "set"):
                if hasattr(child, act):
                    getattr(child, act)(1)
                    break
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def unknown(expression: str) -> list[str]:
    """What an expression asks for that nobody measures."""
    real = measured()
    wrong = []
    selectors = list(series(promql_parser.parse(expression)))
    assert selectors, f"{expression} asks for nothing"
    for name, labels in selectors:
        if name in OF_PROMETHEUS:
            continue
        if name not in real:
            wrong.append(name)
        else:
            wrong += [f"{name}{{{label}}}" for label in labels - real[name] - {"process", "job"}]
    return wrong


@pytest.mark.parametrize("name", questions())
def test_what_is_asked_for_is_measured(name: str) -> None:
    assert unknown(questions()[name]) == []


def test_control_what_nobody_measures_is_seen_wherever_it_stands() -> None:
    assert unknown("sum by (a) (rate(demain_dust_total[5m])) / demain_dirt > 0.1") == ["demain_dust_total"]
    assert unknown('max(demain_parked{servise="x"})') == ["demain_parked{servise}"]
    assert unknown("absent(demain_dust) or min_over_time(demain_dirt[5m])") == ["demain_dust"]
    with pytest.raises(ValueError):
        unknown("sum by (service rate(demain_dirt[5m])")


def test_everything_measured_is_shown() -> None:
    shown = {name for question in questions().values() for name, _ in series(promql_parser.parse(question))}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown}
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in measured()} <= families


def test_each_alert_says_how_bad_it_is_and_where_to_read_on() -> None:
    text = (compose.ROOT / "docs" / "operations.md").read_text()
    headings = {
        re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in re.findall(r"^#+ (.+)$", text, re.M)
    }
    for rule in alerts():
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/operations.md" and anchor in headings, f"{rule['alert']}: {anchor}"
        assert rule["annotations"]["summary"]


def test_the_dashboard_is_what_its_code_says() -> None:
    assert dashboard.FILE.read_text() == dashboard.text()


def test_every_service_is_asked_and_missed() -> None:
    names = [service.name for service in SERVICES]
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    (job,) = (one for one in config["scrape_configs"] if one["job_name"] == "demain")
    (looked_up,) = job["dns_sd_configs"]
    assert sorted(looked_up["names"]) == sorted(names) and looked_up["port"] == 8000
    (away,) = (one for one in alerts() if one["alert"] == "ServiceAway")
    assert sorted(re.findall(r'process="(\w+)"', away["expr"])) == sorted(names)


def test_traces_go_where_they_are_taken() -> None:
    config = yaml.safe_load((FOLDER / "collector.yml").read_text())
    taken = config["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert taken.endswith(":4318")
    for pipeline in config["service"]["pipelines"].values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= set(config[part])
    watched = compose.raw()["services"]
    sources = yaml.safe_load((FOLDER / "grafana" / "provisioning" / "datasources" / "demain.yml").read_text())
    for source in sources["datasources"]:
        assert re.match(r"http://(\w+):", source["url"])[1] in watched  # type: ignore[index]
    for name in compose.processes():
        environment = watched[name]["environment"]
        assert environment["OTEL_SERVICE_NAME"] == name
        assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "${OTEL_EXPORTER_OTLP_ENDPOINT:-}"
