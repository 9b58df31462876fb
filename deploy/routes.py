"""Who is reached at which path, as the services declare it (`Service.prefixes`), for whatever stands before them.

``python -m deploy.routes`` writes the files that say it to a proxy; ``--check`` only says whether they are as they
should be.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.generated import ROOT, write_or_check
from services.registry import SERVICES
from shared.runtime.front import PROBES

CADDY = ROOT / "deploy" / "proxy" / "routes.caddy"
INGRESS = ROOT / "deploy" / "kubernetes" / "base" / "ingress.yaml"
HEAD = "# Generated from the services' declarations by `python -m deploy.routes`. Do not edit.\n"
EVERYTHING_ELSE = "/"
PORT = 8000
"""Where every service listens, under its own name."""


@dataclass(frozen=True)
class Route:
    """All paths that lead to one service."""

    service: str
    prefixes: tuple[str, ...]
    """Each stands for itself and what is below it."""


def routes() -> list[Route]:
    """Every service's, the one that gets what nobody claims last."""
    found = [Route(service.name, tuple(sorted(service.prefixes))) for service in SERVICES]
    return sorted(found, key=lambda route: EVERYTHING_ELSE in route.prefixes)


def caddy() -> str:
    """The routes, for deploy/proxy/Caddyfile to import."""
    lines = [
        HEAD,
        "# How the services are is for those who run them.",
        f"@private path {' '.join(PROBES)}",
        "handle @private {",
        "\trespond 404",
        "}",
        "",
    ]
    for route in routes():
        matcher = ""
        if EVERYTHING_ELSE not in route.prefixes:
            matcher = f"@{route.service} "
            lines.append(f"{matcher}path {' '.join(f'{prefix} {prefix}/*' for prefix in route.prefixes)}")
        lines += [
            f"handle {matcher}{{",
            "\treverse_proxy {",
            "\t\tdynamic a {",
            f"\t\t\tname {route.service}",
            f"\t\t\tport {PORT}",
            "\t\t\trefresh 2s",
            "\t\t}",
            "\t\timport upstream",
            "\t}",
            "}",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def ingress() -> str:
    """The same for Kubernetes. Its path type ``Prefix`` compares whole segments, as `Front` does."""
    paths = [_path(prefix, route.service) for route in routes() for prefix in route.prefixes]
    hidden = [{"path": probe, "pathType": "Exact", "backend": _backend("nobody")} for probe in PROBES]
    document: dict[str, Any] = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "demain"},
        "spec": {
            "rules": [{"host": "forum.example.org", "http": {"paths": hidden + paths}}],
            "tls": [{"hosts": ["forum.example.org"], "secretName": "demain-tls"}],
        },
    }
    return HEAD.replace("deploy.routes", "deploy.manifests") + yaml.safe_dump(
        document, sort_keys=False, allow_unicode=True
    )


def _path(prefix: str, service: str) -> dict[str, Any]:
    return {"path": prefix, "pathType": "Prefix", "backend": _backend(service)}


def _backend(service: str) -> dict[str, Any]:
    return {"service": {"name": service, "port": {"name": "http"}}}


def files() -> Iterator[tuple[Path, str]]:
    """Every generated file, and what it should say."""
    yield CADDY, caddy()


# The ingress stands with the other manifests: deploy.manifests writes it.


if __name__ == "__main__":
    sys.exit(write_or_check(dict(files()), "deploy.routes", sys.argv[1:]))
