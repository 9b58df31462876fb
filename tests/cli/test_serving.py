"""A process that serves one service does not pay for the others."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from services.cli.invocation import Refused
from services.cli.serving import declared
from services.registry import SERVICES

IMPORTED = """
import json, sys
import services.cli.entry, services.cli.serving

def known():
    return sorted({one.split(".")[1] for one in sys.modules if one.startswith("services.") and one.endswith(".tables")})

served = services.cli.serving.declared("search") and known()
import services.registry
print(json.dumps([served, known()]))
"""


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_what_is_served_by_its_name_is_what_the_registry_has(service: object) -> None:
    assert declared(service.name) is service  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["cli", "dance", "", "..", "search.api"])
def test_what_is_no_service_is_refused_with_the_names_of_all(name: str) -> None:
    with pytest.raises(Refused) as refused:
        declared(name)
    assert all(service.name in str(refused.value) for service in SERVICES)


def test_serving_one_imports_no_other_and_the_registry_imports_them_all() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)

    served, registered = json.loads(done.stdout)

    assert served == ["search"]
    assert registered == sorted(service.name for service in SERVICES), "the look at what is imported sees nothing"
