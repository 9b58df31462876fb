"""Who calls whom, read from the code: a service calls those whose clients it imports, and identity for the keys that
prove who asks."""

from __future__ import annotations

import ast
import importlib
from functools import cache

from deploy.generated import ROOT
from deploy.manifests.parts import IDENTITY
from services.registry import SERVICES
from shared.clients.base import ServiceClient


@cache
def called_by(service: str) -> frozenset[str]:
    """The services one calls: those whose clients it imports; everybody asks identity for its keys."""
    called = {IDENTITY}
    for path in (ROOT / "services" / service).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("shared.clients"):
                continue
            module = importlib.import_module(str(node.module))
            for name in node.names:
                kind = getattr(module, name.name, None)
                if isinstance(kind, type) and issubclass(kind, ServiceClient) and kind.service:
                    called.add(kind.service)
    return frozenset(called - {service})


def callers_of(service: str) -> list[str]:
    """The services that call one."""
    return sorted(one.name for one in SERVICES if service in called_by(one.name))
