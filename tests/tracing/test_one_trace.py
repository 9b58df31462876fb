"""One trace from a browser's request to the search index: a real platform, and a collector that it tells its spans."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import httpx

from shared.runtime.sample import SampleAccount
from tests.journeys.instance import Instance, demain_run
from tests.services.web.reading import send, sign_in
from tests.support.collector import Collector, Span, collecting
from tests.support.waiting import eventually

TOPIC = "demain.contributions.contributions"
TITLE = "Une ligne de tram pour les quais"

WAY = [
    ("demain-web", "SERVER", "POST /contributions/{id:uuid}/etapes/{slug}"),
    ("demain-web", "CLIENT", "POST"),
    ("demain-contributions", "SERVER", "POST /api/contributions/{id}/transitions"),
    ("demain-contributions", "PRODUCER", f"create {TOPIC}"),
    ("demain-contributions", "PRODUCER", f"send {TOPIC}"),
    ("demain-search", "CONSUMER", f"process {TOPIC}"),
    ("demain-search", "INTERNAL", "index search"),
]


async def test_from_the_browser_over_outbox_and_log_to_the_index(tmp_path: Path) -> None:
    trace_id, browser_span = secrets.token_hex(16), secrets.token_hex(8)
    headers = {"traceparent": f"00-{trace_id}-{browser_span}-01", "tracestate": "rojo=00f067aa0ba902b7"}
    async with collecting() as collector:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        async with demain_run(tmp_path, environ) as instance:
            id = await _submitted(instance, instance.account("expert"))
            answer = await _publish(instance, instance.account("editor"), id, headers)

            def indexed() -> list[Span]:
                shown = [span for span in collector.named("index search") if span.trace_id == trace_id]
                return [span for span in shown if collector.way_to(span)[0].service == "demain-web"]

            (index,) = await eventually(indexed, deadline=60)
            way = collector.way_to(index)

    assert answer.headers["x-request-id"] == trace_id
    assert way[0].parent_id == browser_span
    assert [(span.service, span.kind, span.name) for span in way] == WAY
    assert {span.trace_id for span in way} == {trace_id}
    assert {span.state for span in way} == {headers["tracestate"]}
    assert index.attributes["demain.document.id"] == f"contribution:{id}"
    assert not any(span.failed for span in way)
    _tells_nothing_of_people(collector, instance)


async def _submitted(instance: Instance, expert: SampleAccount) -> str:
    async with httpx.AsyncClient(base_url=instance.url, timeout=60, trust_env=False) as http:
        signed_in = await http.post("/api/identity/sessions", json={"email": expert.email, "password": expert.password})
        bearer = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        draft = {"kind": "note", "title": TITLE, "summary": "En bref.", "body": "Un texte.", "themes": ["mobility"]}
        created = await http.post("/api/contributions", json=draft, headers={**bearer, "Idempotency-Key": "one"})
        assert created.status_code == 201, created.text
        moved = await http.post(
            f"/api/contributions/{created.json()['id']}/transitions",
            json={"action": "submit"},
            headers={**bearer, "If-Match": created.headers["etag"]},
        )
        assert moved.status_code == 200, moved.text
        return str(created.json()["id"])


async def _publish(instance: Instance, editor: SampleAccount, id: str, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(base_url=instance.url, timeout=60, trust_env=False) as browser:
        signed_in = await sign_in(browser, editor.email, editor.password)
        assert signed_in.status_code == 303, signed_in.text
        asking = await browser.get(f"/contributions/{id}/etapes/publier")
        browser.headers.update(headers)
        answer = await send(browser, asking, "version")
        assert answer.status_code == 303, answer.text
        return answer


def _tells_nothing_of_people(collector: Collector, instance: Instance) -> None:
    """No span of the whole run, its sign-ins among them, holds an address, a password, a name or a text."""
    told = b"".join(collector.bodies).decode(errors="replace")
    accounts = instance.folder.sample_accounts
    private = [one.email for one in accounts] + [one.password for one in accounts] + [TITLE]
    assert not [word for word in private if word in told]
    assert not re.findall(r"[\w.+-]+@[\w-]+\.\w+", told)
    assert not re.findall(r"eyJ[\w-]{10,}", told), "a token"
