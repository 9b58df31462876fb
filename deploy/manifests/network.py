"""Who may talk to whom."""

from __future__ import annotations

from deploy.manifests.calls import called_by, callers_of
from deploy.manifests.parts import (
    DNS,
    HTTP,
    HTTPS,
    IDENTITY,
    KAFKA,
    MAIL,
    OTLP,
    POSTGRESQL,
    Manifest,
    labels,
)
from services.registry import SERVICES


def policies() -> list[Manifest]:
    """Who may talk to whom: nobody, but for what is said here."""
    everybody: Manifest = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    lookup = {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {"to": [_namespace("kube-system")], "ports": to(DNS, protocol="UDP") + to(DNS)},
        ],
    }
    found = [policy("nobody-may", everybody), policy("names-are-looked-up", lookup)]
    for service in SERVICES:
        out: list[Manifest] = [{"ports": to(POSTGRESQL, KAFKA, OTLP)}]
        if called := sorted(called_by(service.name)):
            out.append({"to": _pods(*called), "ports": to(HTTP)})
        if service.name == IDENTITY:
            out.append({"ports": to(*MAIL)})
            out.append({"ports": to(HTTPS)})  # another OpenID provider
        spec = {
            "podSelector": {"matchLabels": labels(service.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [_namespace("ingress-nginx"), _namespace("monitoring"), *_pods(*callers_of(service.name))],
                    "ports": to(HTTP),
                }
            ],
            "egress": out,
        }
        found.append(policy(service.name, spec))
    spec = {
        "podSelector": {"matchLabels": labels("migrate")},
        "policyTypes": ["Egress"],
        "egress": [{"ports": to(POSTGRESQL, KAFKA)}],
    }
    return [*found, policy("migrate", spec)]


def policy(name: str, spec: Manifest) -> Manifest:
    """A NetworkPolicy."""
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}


def to(*ports: int, protocol: str = "TCP") -> list[Manifest]:
    """Ports that may be reached."""
    return [{"protocol": protocol, "port": port} for port in ports]


def _pods(*names: str) -> list[Manifest]:
    return [{"podSelector": {"matchLabels": labels(name)}} for name in names]


def _namespace(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
