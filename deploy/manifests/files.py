"""Every manifest as the file it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy.generated import ROOT
from deploy.manifests.meilisearch import on_meilisearch
from deploy.manifests.migrating import migrate
from deploy.manifests.network import policies
from deploy.manifests.parts import Manifest
from deploy.manifests.serving import alone, of_service
from deploy.routes import HEAD, INGRESS, ingress
from services.registry import SERVICES

BASE = ROOT / "deploy" / "kubernetes" / "base"
COMPONENT = ROOT / "deploy" / "kubernetes" / "meilisearch"
THIS_HEAD = HEAD.replace("deploy.routes", "deploy.manifests")


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file, and what it should say."""
    names = [f"{service.name}.yaml" for service in SERVICES] + ["migrate.yaml", "network.yaml"]
    for service in SERVICES:
        yield BASE / f"{service.name}.yaml", _yaml(of_service(service))
    yield BASE / "migrate.yaml", _yaml(migrate())
    yield BASE / "network.yaml", _yaml(policies())
    yield INGRESS, ingress()
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["configuration.yaml", INGRESS.name, *names],
    }
    yield BASE / "kustomization.yaml", _yaml([kustomization])
    yield from _component()


def _component() -> Iterator[tuple[Path, str]]:
    """The files of the component: ``components: [../../meilisearch]`` in an overlay asks for it."""
    names, patches = [], []
    for service in (one for one in SERVICES if alone(one)):
        added, changed = on_meilisearch(service)
        names.append(f"{service.name}.yaml")
        patches += changed
        yield COMPONENT / names[-1], _yaml(added)
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "resources": names,
        "patches": [{"patch": yaml.safe_dump(one, sort_keys=False)} for one in patches],
    }
    yield COMPONENT / "kustomization.yaml", _yaml([kustomization])


def _yaml(documents: list[Manifest]) -> str:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _: Any) -> bool:
            return True

    text = yaml.dump_all(documents, Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)
    return THIS_HEAD + text
