"""The dashboard as code: ``python -m deploy.dashboard`` writes what Grafana shows; ``--check`` only compares."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from deploy.generated import ROOT, write_or_check

FILE = ROOT / "deploy" / "observability" / "grafana" / "dashboards" / "demain.json"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH, HEIGHT, ACROSS = 8, 8, 3
"""Of a panel in Grafana's grid of 24 columns, and panels in a row."""


@dataclass(frozen=True)
class Panel:
    """One picture: what it shows, and how that is asked for."""

    title: str
    about: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    """(PromQL, legend)."""
    kind: str = "timeseries"


def quantile(of: str, share: str, by: str) -> str:
    """That share of a histogram's answers took at most so long."""
    return f"histogram_quantile({share}, sum by ({by}, le) (rate({of}_bucket[$__rate_interval])))"


REQUESTS = "demain_http_request_seconds"
OF_SERVICE = f'{REQUESTS}_count{{service=~"$service"}}'

ROWS: dict[str, tuple[Panel, ...]] = {
    "What people are answered": (
        Panel(
            "Rate",
            "Requests a second that each service answers.",
            "reqps",
            ((f"sum by (service) (rate({OF_SERVICE}[$__rate_interval]))", "{{service}}"),),
        ),
        Panel(
            "Errors",
            "Share of the answers that are a failure of ours (500 and above).",
            "percentunit",
            (
                (
                    f'sum by (service) (rate({REQUESTS}_count{{service=~"$service", status=~"5.."}}[$__rate_interval]))'
                    f" / sum by (service) (rate({OF_SERVICE}[$__rate_interval]))",
                    "{{service}}",
                ),
            ),
        ),
        Panel(
            "Duration",
            "Time until the response was sent: half of all, and all but one in a hundred.",
            "s",
            (
                (quantile(REQUESTS, "0.5", "service"), "{{service}} p50"),
                (quantile(REQUESTS, "0.99", "service"), "{{service}} p99"),
            ),
        ),
    ),
    "What services tell each other": (
        Panel(
            "Outbox age",
            "Age of the oldest message that is not on the log yet.",
            "s",
            (("max by (service) (demain_outbox_age_seconds)", "{{service}}"),),
        ),
        Panel(
            "Lag",
            "Messages on the log that a consumer has not applied.",
            "short",
            (("max by (consumer) (demain_consumer_lag)", "{{consumer}}"),),
        ),
        Panel(
            "Parked",
            "Messages that were set aside. Any is one too many.",
            "short",
            (("max by (service) (demain_parked)", "{{service}}"),),
        ),
        Panel(
            "Relayed and applied",
            "Messages a second, to the log and from it.",
            "short",
            (
                ("sum by (service) (rate(demain_relayed_total[$__rate_interval]))", "{{service}} relays"),
                ("sum by (consumer) (rate(demain_applied_total[$__rate_interval]))", "{{consumer}} applies"),
                ("sum by (consumer) (rate(demain_skipped_total[$__rate_interval]))", "{{consumer}} skips"),
            ),
        ),
        Panel(
            "Outbox depth",
            "Messages that are not on the log yet.",
            "short",
            (("max by (service) (demain_outbox_depth)", "{{service}}"),),
        ),
        Panel(
            "Workers",
            "1 while a worker does its work.",
            "short",
            (("min by (worker) (demain_worker_up)", "{{worker}}"),),
        ),
    ),
    "Search": (
        Panel(
            "Search latency",
            "Time search took to find an answer, by kind of question.",
            "s",
            (
                (quantile("demain_search_query_seconds", "0.5", "kind"), "{{kind}} p50"),
                (quantile("demain_search_query_seconds", "0.95", "kind"), "{{kind}} p95"),
            ),
        ),
        Panel(
            "Not shown yet",
            "Documents the index does not show yet, and entities whose parent was not heard of.",
            "short",
            (
                ("max by (projection) (demain_dirt)", "{{projection}} dirt"),
                ("max by (projection) (demain_orphans)", "{{projection}} orphans"),
            ),
        ),
        Panel(
            "Index",
            "1 while the index takes changes.",
            "short",
            (("min by (projection) (demain_index_up)", "{{projection}}"),),
        ),
        Panel(
            "Index generation",
            "The generation that answers. It changes when a rebuild is swapped in.",
            "short",
            (("max by (projection, generation) (demain_index_generation)", "{{projection}} {{generation}}"),),
            "table",
        ),
    ),
    "Pages": (
        Panel(
            "Kept pages",
            "Requests for pages that may be kept: answered from there, made anew, or why nobody looked there.",
            "reqps",
            (("sum by (how) (rate(demain_page_cache_answers_total[$__rate_interval]))", "{{how}}"),),
        ),
        Panel(
            "Pages not kept",
            "Pages made to be kept, and what came of it.",
            "short",
            (("sum by (outcome) (rate(demain_page_cache_renders_total[$__rate_interval]))", "{{outcome}}"),),
        ),
        Panel(
            "Pages let go",
            "Kept pages that were dropped, by why.",
            "short",
            (("sum by (why) (rate(demain_page_cache_dropped_total[$__rate_interval]))", "{{why}}"),),
        ),
        Panel(
            "Pages kept",
            "How many, by process.",
            "short",
            (("max by (process) (demain_page_cache_pages)", "{{process}}"),),
        ),
        Panel(
            "Room of kept pages",
            "Bytes they take, by process.",
            "bytes",
            (("max by (process) (demain_page_cache_bytes)", "{{process}}"),),
        ),
    ),
    "Processes": (
        Panel(
            "Processes that answer",
            "By service, as Prometheus reaches them.",
            "short",
            (('sum by (process) (up{job="demain"})', "{{process}}"),),
        ),
        Panel(
            "Open circuits",
            "1 while a process does not ask a service because it did not answer lately.",
            "short",
            (("max by (process, service) (demain_circuit_open)", "{{process}} to {{service}}"),),
        ),
        Panel(
            "Loop lag",
            "How late a process does what is due. Above half a second it has more to do than it can.",
            "s",
            (("max by (process) (demain_loop_lag_seconds)", "{{process}}"),),
        ),
    ),
}


def dashboard() -> dict[str, Any]:
    """The whole, as Grafana reads it."""
    panels: list[dict[str, Any]] = []
    top = 0
    for row, members in ROWS.items():
        panels.append(
            {"type": "row", "title": row, "id": len(panels) + 1, "gridPos": {"h": 1, "w": 24, "x": 0, "y": top}}
        )
        top += 1
        for number, panel in enumerate(members):
            place = {"h": HEIGHT, "w": WIDTH, "x": number % ACROSS * WIDTH, "y": top + number // ACROSS * HEIGHT}
            panels.append(_panel(panel, len(panels) + 1, place))
        top += (len(members) + ACROSS - 1) // ACROSS * HEIGHT
    return {
        "uid": "demain",
        "title": "Demain",
        "tags": ["demain"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_services()]},
        "panels": panels,
    }


def _services() -> dict[str, Any]:
    query = f"label_values({REQUESTS}_count, service)"
    return {
        "name": "service",
        "label": "Service",
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": "service"},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _panel(panel: Panel, id: int, place: dict[str, int]) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": query, "legendFormat": legend}
        | ({"instant": True, "format": "table"} if panel.kind == "table" else {})
        for number, (query, legend) in enumerate(panel.queries)
    ]
    return {
        "id": id,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def text() -> str:
    """The file."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check({FILE: text()}, "deploy.dashboard", sys.argv[1:]))
