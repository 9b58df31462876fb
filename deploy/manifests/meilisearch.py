"""Search on a Meilisearch, which any number of processes share: what comes and what goes."""

from __future__ import annotations

from deploy.manifests.network import policy, to
from deploy.manifests.parts import MEILISEARCH, Manifest, labels, secret_of
from deploy.manifests.serving import apart, front, running
from shared.runtime.service import Service


def on_meilisearch(service: Service) -> tuple[list[Manifest], list[Manifest]]:
    """What a service with an index has once that is on Meilisearch: (what comes, patches of what goes or changes)."""
    name, secret = service.name, "demain-meilisearch"
    added: list[Manifest] = []
    for deployed, role in apart(name).items():
        keys = [
            secret_of("MEILI_URL", secret, "url"),
            secret_of("MEILI_KEY", secret, f"{role}-key"),  # what only answers can write nothing
        ]
        added += running(service, deployed, role, single=False, more=keys)
    out = {"podSelector": {"matchLabels": labels(name)}, "policyTypes": ["Egress"]}
    added.append(policy(f"{name}-index", out | {"egress": [{"ports": to(MEILISEARCH)}]}))
    gone = ("apps/v1", "Deployment"), ("v1", "PersistentVolumeClaim"), ("policy/v1", "PodDisruptionBudget")
    patches = [
        {"$patch": "delete", "apiVersion": version, "kind": kind, "metadata": {"name": name}} for version, kind in gone
    ]
    return added, [*patches, front(name, "api")]
