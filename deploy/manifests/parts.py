"""What every manifest is made of: names and labels, containers and pods that may do nothing they need not."""

from __future__ import annotations

from typing import Any

UID = 10001
HTTP = 8000
POSTGRESQL, KAFKA, OTLP, DNS, HTTPS, MEILISEARCH = 5432, 9092, 4318, 53, 443, 7700
MAIL = (25, 465, 587)
IDENTITY, SITE = "identity", "web"

Manifest = dict[str, Any]


def labels(name: str, role: str | None = None) -> dict[str, str]:
    """What a service's pods are known by, or those of one role."""
    found = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "demain"}
    return found | ({"app.kubernetes.io/component": role} if role else {})


def named(version: str, kind: str, name: str, spec: Manifest, known_by: dict[str, str] | None = None) -> Manifest:
    """A resource that is known by its name, or by other labels."""
    metadata = {"name": name, "labels": known_by or labels(name)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def account(name: str) -> Manifest:
    """What a service's pods are to the cluster: somebody who may ask it nothing."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": name, "labels": labels(name)},
        "automountServiceAccountToken": False,
    }


def secret_of(variable: str, secret: str, key: str, **more: Any) -> Manifest:
    """A variable whose value is a key of a secret."""
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key, **more}}}


def container(command: list[str], env: list[Manifest], memory: str, data: Manifest) -> tuple[Manifest, list[Manifest]]:
    """A container of our image and its volumes: no root, no rights, nothing written but to memory and ``data``."""
    one: Manifest = {
        "name": "demain",
        "image": "demain:0.1.0",
        "args": command,
        "envFrom": [{"configMapRef": {"name": "demain"}}],
        "env": env,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"cpu": "1", "memory": memory},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, {"name": "data", "mountPath": "/var/lib/demain"}],  # noqa: S108
    }
    return one, [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}, {"name": "data", **data}]


def pod(name: str, one: Manifest, volumes: list[Manifest]) -> Manifest:
    """What both a service's and a job's pods are."""
    return {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,  # they would be variables, and SEARCH_PORT is no setting of ours
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [one],
        "volumes": volumes,
    }
