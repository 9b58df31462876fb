"""The job that comes before a new version."""

from __future__ import annotations

from deploy.manifests.parts import HTTP, IDENTITY, Manifest, account, container, labels, named, pod, secret_of
from services.registry import SERVICES


def migrate() -> list[Manifest]:
    """The job that brings all tables up to date, and then makes the topics. A job cannot be changed: delete the last
    one first."""
    env = [
        secret_of("DATABASE_URL", "demain-migrate", "database-url"),
        *(secret_of(f"{one.name.upper()}_DATABASE_URL", f"demain-{one.name}", "migrate-url") for one in SERVICES),
        {"name": "DEMAIN_SERVICE_URLS", "value": f"{IDENTITY}=http://{IDENTITY}:{HTTP}"},
    ]
    data = {"emptyDir": {"sizeLimit": "64Mi"}}
    tables, _ = container(["migrate"], env, "512Mi", data)
    topics, volumes = container(["topics", "apply"], env, "512Mi", data)
    spec = pod("migrate", topics, volumes) | {
        "initContainers": [tables | {"name": "tables"}],
        "restartPolicy": "OnFailure",
    }
    job = named(
        "batch/v1",
        "Job",
        "migrate",
        {
            "backoffLimit": 10,
            "activeDeadlineSeconds": 3600,
            "template": {"metadata": {"labels": labels("migrate")}, "spec": spec},
        },
    )
    return [account("migrate"), job]
