"""The Kubernetes manifests: what Kubernetes accepts, what services declare, and nothing that a pod does not need."""

from __future__ import annotations

import copy
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy import routes
from deploy.manifests import parts, serving
from deploy.manifests.files import BASE, COMPONENT
from services.registry import SERVICES
from shared.runtime.front import PROBES
from shared.settings import Settings
from tests.deploy import compose

KUBERNETES = "1.33"
OVERLAY = compose.ROOT / "deploy" / "kubernetes" / "overlays" / "example"
NAMES = [service.name for service in SERVICES]
OWNER = "app.kubernetes.io/name"
"""The label that says whose a pod is."""


@cache
def documents() -> list[dict[str, Any]]:
    """Everything that kustomize would put together, before its patches, and what the component adds.

    Read once: change a copy.
    """
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    paths = [BASE / name for name in listed] + [OVERLAY / "namespace.yaml"]
    component = yaml.safe_load((COMPONENT / "kustomization.yaml").read_text())
    paths += [COMPONENT / name for name in component["resources"]]
    return [one for path in paths for one in yaml.safe_load_all(path.read_text())]


def by_name(kind: str) -> dict[str, dict[str, Any]]:
    """All of a kind."""
    return {one["metadata"]["name"]: one for one in documents() if one["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    """What runs, by name."""
    running = {**by_name("Deployment"), **by_name("Job")}
    return {name: one["spec"]["template"]["spec"] for name, one in running.items()}


@pytest.mark.parametrize("document", documents(), ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_kubernetes_accepts_it(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_control_a_slip_is_not_accepted() -> None:
    document = copy.deepcopy(by_name("Deployment")["web"])
    document["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_every_file_of_the_base_is_listed() -> None:
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(path.name for path in BASE.iterdir() if path.name != "kustomization.yaml")


def deployed() -> dict[str, tuple[str, dict[str, Any]]]:
    """Deployment → (its service, its spec)."""
    return {
        name: (one["spec"]["template"]["metadata"]["labels"][OWNER], one["spec"])
        for name, one in by_name("Deployment").items()
    }


def selects(selector: dict[str, str], spec: dict[str, Any]) -> bool:
    """Whether a selector finds a Deployment's pods."""
    return selector.items() <= spec["template"]["metadata"]["labels"].items()


def test_every_service_has_all_it_needs() -> None:
    for kind in ("Service", "ServiceAccount"):
        assert set(NAMES) <= set(by_name(kind)), kind
    assert {service for service, _ in deployed().values()} == set(NAMES)
    assert set(by_name("PodDisruptionBudget")) == set(deployed())
    for name, (service, spec) in deployed().items():
        _, role = name.partition("-")[::2]
        command = spec["template"]["spec"]["containers"][0]["args"]
        assert command == ["serve", service, *([f"--{role}"] if role else [])]
        single = spec["strategy"]["type"] == "Recreate"
        scaled = by_name("HorizontalPodAutoscaler").get(name)
        assert spec.get("replicas") == (1 if single else serving.WORKERS if role == "worker" else None)
        assert (scaled is None) == ("replicas" in spec), "the autoscaler says how many"
        assert scaled is None or scaled["spec"]["scaleTargetRef"]["name"] == name
        budget = by_name("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"]
        assert [other for other, (_, one) in deployed().items() if selects(budget, one)] == [
            other for other in deployed() if other == name or (name == service and other.startswith(f"{name}-"))
        ]


def test_requests_come_to_those_who_answer_and_to_all_of_them() -> None:
    for name in NAMES:
        selector = by_name("Service")[name]["spec"]["selector"]
        base = {other: spec for other, (service, spec) in deployed().items() if service == name}
        if name == "search":  # with the component there is no `search`, and its Service is another
            del base["search-api"], base["search-worker"]
        reached = {other for other, spec in base.items() if selects(selector, spec)}
        assert reached == {other for other in base if not other.endswith("-worker")}, name


def test_the_job_makes_the_tables_then_the_topics() -> None:
    job = pods()["migrate"]
    assert [one["args"] for one in job["initContainers"]] == [["migrate"]]
    assert [one["args"] for one in job["containers"]] == [["topics", "apply"]]
    ports = {port["port"] for rule in by_name("NetworkPolicy")["migrate"]["spec"]["egress"] for port in rule["ports"]}
    assert ports == {parts.POSTGRESQL, parts.KAFKA}


def test_what_only_answers_cannot_write_the_index() -> None:
    keys = {
        name: one["valueFrom"]["secretKeyRef"]["key"]
        for name, (service, spec) in deployed().items()
        for one in spec["template"]["spec"]["containers"][0]["env"]
        if one["name"] == "MEILI_KEY"
    }
    assert keys == {"search-api": "api-key", "search-worker": "worker-key"}


def test_who_asks_another_provider_may_reach_it_and_nobody_else() -> None:
    def ports(name: str) -> set[int]:
        egress = by_name("NetworkPolicy")[name]["spec"]["egress"]
        return {port["port"] for rule in egress for port in rule["ports"]}

    assert [name for name in NAMES if parts.HTTPS in ports(name)] == ["identity"]
    told = {one["name"]: one for one in pods()["identity"]["containers"][0]["env"] if one["name"].startswith("OIDC_")}
    assert set(told) == {"OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME"}
    assert all(one["valueFrom"]["secretKeyRef"]["optional"] for one in told.values())


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl, which holds kustomize, is not on the PATH")
@pytest.mark.parametrize("meilisearch", [False, True])
def test_kustomize_puts_it_together(tmp_path: Path, meilisearch: bool) -> None:
    there = tmp_path / "kubernetes"
    shutil.copytree(BASE.parent, there)
    overlay = there / "overlays" / "example" / "kustomization.yaml"
    if meilisearch:
        overlay.write_text(overlay.read_text() + "components: [../../meilisearch]\n")
    built = subprocess.run(["kubectl", "kustomize", overlay.parent], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    documents = list(yaml.safe_load_all(built.stdout))
    for one in documents:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
    searching = {
        (one["kind"], one["metadata"]["name"])
        for one in documents
        if one["metadata"].get("labels", {}).get(OWNER) == "search" and one["kind"] in {"Deployment", "Service"}
    }
    running = {"search-api", "search-worker"} if meilisearch else {"search"}
    assert searching == {("Service", "search"), *(("Deployment", name) for name in running)}
    (front,) = (one for one in documents if one["kind"] == "Service" and one["metadata"]["name"] == "search")
    (answers,) = (
        one
        for one in documents
        if one["kind"] == "Deployment" and one["metadata"]["name"] in running - {"search-worker"}
    )
    assert selects(front["spec"]["selector"], answers["spec"])
    claims = [one["metadata"]["name"] for one in documents if one["kind"] == "PersistentVolumeClaim"]
    assert claims == ([] if meilisearch else ["search"])


def loose(name: str, pod: dict[str, Any]) -> Iterator[str]:
    """What a pod may that it need not."""
    inner = pod.get("securityContext", {})
    if not (inner.get("runAsNonRoot") and inner.get("runAsUser") == parts.UID):
        yield f"{name}: user"
    if inner.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield f"{name}: seccomp"
    if pod.get("automountServiceAccountToken") is not False or pod.get("serviceAccountName") in {None, "default"}:
        yield f"{name}: token"
    for one in [*pod.get("initContainers", []), *pod["containers"]]:
        context = one.get("securityContext", {})
        if context.get("allowPrivilegeEscalation") is not False or context.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{name}: rights"
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{name}: root"
        if set(one.get("resources", {})) != {"requests", "limits"}:
            yield f"{name}: resources"


def test_pods_may_do_nothing_they_need_not() -> None:
    assert [one for name, pod in pods().items() for one in loose(name, pod)] == []


@pytest.mark.parametrize("key", ["securityContext", "automountServiceAccountToken"])
def test_control_a_pod_that_may_more(key: str) -> None:
    pod = copy.deepcopy(pods()["web"])
    del pod[key]
    assert list(loose("web", pod))


def test_probes_ask_what_they_should() -> None:
    for name in deployed():
        one = pods()[name]["containers"][0]
        assert one["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert one["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert one["startupProbe"]["httpGet"]["path"] == "/healthz"
        stop = float(by_name("ConfigMap")["demain"]["data"]["DEMAIN_STOP_DEADLINE"])
        waits = one["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pods()[name]["terminationGracePeriodSeconds"] > stop + waits


def test_secrets_are_named_and_never_contained() -> None:
    assert by_name("Secret") == {}
    for name, pod in pods().items():
        for one in pod["containers"][0]["env"]:
            if one["name"].endswith(("_URL", "_SECRET", "_KEY", "_PASSWORD")):
                assert "value" not in one and one["valueFrom"]["secretKeyRef"], f"{name}: {one['name']}"
        own = {one["valueFrom"]["secretKeyRef"]["name"] for one in pod["containers"][0]["env"] if "valueFrom" in one}
        owner = name if name == "migrate" else deployed()[name][0]
        others = {f"demain-{other}" for other in NAMES if other != owner}
        assert name == "migrate" or not own & others, f"{name} is given another's secret"


def test_what_is_set_is_what_the_code_reads() -> None:
    known = {f"{name.upper()}_DATABASE_URL" for name in NAMES}
    for name, setting in Settings.model_fields.items():
        alias = setting.validation_alias
        known.add(
            str(alias.choices[0]) if alias is not None and hasattr(alias, "choices") else f"DEMAIN_{name}".upper()
        )
    given = set(by_name("ConfigMap")["demain"]["data"])
    given |= {one["name"] for pod in pods().values() for one in pod["containers"][0]["env"]}
    assert {one for one in given - known if not one.startswith("OTEL_")} == set()


# Who talks to whom


def allowed_calls() -> set[tuple[str, str]]:
    """(caller, called), where both ends allow it."""
    policies = by_name("NetworkPolicy")  # of a service's pods, whatever their role

    def names(rules: list[dict[str, Any]], key: str) -> set[str]:
        return {
            peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
            for rule in rules
            for peer in rule.get(key, [])
            if "podSelector" in peer
        }

    out = {(a, b) for a in NAMES for b in names(policies[a]["spec"]["egress"], "to")}
    into = {(a, b) for b in NAMES for a in names(policies[b]["spec"]["ingress"], "from")}
    assert out == into, "one end allows what the other does not"
    return out


def test_nobody_may_talk_to_anybody_who_was_not_named() -> None:
    policy = by_name("NetworkPolicy")["nobody-may"]["spec"]
    assert policy == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for one in by_name("NetworkPolicy").values():
        for rule in one["spec"].get("ingress", []):
            assert rule["from"] and rule["ports"], "open to everybody"
        for rule in one["spec"].get("egress", []):
            assert rule["ports"], "open to everything"


def test_services_may_call_whom_they_do_call() -> None:
    calls = allowed_calls()
    assert {("web", other) for other in NAMES if other != "web"} <= calls
    assert {(name, "identity") for name in NAMES if name != "identity"} <= calls
    assert not {one for one in calls if one[1] == "web"}
    for deployment, (name, _) in deployed().items():
        urls = next(one for one in pods()[deployment]["containers"][0]["env"] if one["name"] == "DEMAIN_SERVICE_URLS")
        told = {entry.partition("=")[0] for entry in urls["value"].split(",")} - {name}
        assert told == {called for caller, called in calls if caller == name}


def test_the_ingress_leads_where_services_declare_and_hides_how_they_are() -> None:
    (rule,) = by_name("Ingress")["demain"]["spec"]["rules"]
    paths = {(one["path"], one["pathType"]): one["backend"]["service"]["name"] for one in rule["http"]["paths"]}
    assert all(paths[(probe, "Exact")] == "nobody" for probe in PROBES)
    assert "selector" not in by_name("Service")["nobody"]["spec"]
    declared = {(prefix, "Prefix"): route.service for route in routes.routes() for prefix in route.prefixes}
    assert {key: name for key, name in paths.items() if name != "nobody"} == declared
