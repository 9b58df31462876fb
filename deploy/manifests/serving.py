"""The Deployments of a service, what leads to them, and how many there are of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.manifests.calls import called_by
from deploy.manifests.parts import HTTP, IDENTITY, SITE, Manifest, account, container, labels, named, pod, secret_of
from shared.runtime.service import Service

APART = {"contributions"}
"""Services whose pages everybody reads: what answers for them is scaled without what works."""
MOST, WORKERS = 6, 2
"""Processes of one service at most; those that only work: one does, one stands by."""


def alone(service: Service) -> bool:
    """Whether one process at most may run: the index in a folder belongs to one."""
    return service.projection is not None


def deployments_of(service: Service) -> dict[str, str | None]:
    """Name → role (``api``, ``worker``, None for both) of a service's Deployments."""
    return apart(service.name) if service.name in APART else {service.name: None}


def apart(name: str) -> dict[str, str | None]:
    """The same where those that answer and those that work are apart."""
    return {f"{name}-{role}": role for role in ("api", "worker")}


def of_service(service: Service) -> list[Manifest]:
    """Everything one service needs."""
    single, deployments = alone(service), deployments_of(service)
    found = [account(service.name), front(service.name, "api" if len(deployments) > 1 else None)]
    for name, role in deployments.items():
        found += running(service, name, role, single=single)
    if single:
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
        found.append(named("v1", "PersistentVolumeClaim", service.name, claim))
    return found


def environment(service: Service) -> list[Manifest]:
    """What one service is told beside the ConfigMap that all share. Secrets are named, never contained.

    Those that are optional need not be there: the variable is then unset.
    """
    urls = {IDENTITY} | called_by(service.name)
    found = [
        secret_of("DATABASE_URL", f"demain-{service.name}", "database-url"),
        {"name": "DEMAIN_SERVICE_URLS", "value": ",".join(f"{one}=http://{one}:{HTTP}" for one in sorted(urls))},
        {"name": "OTEL_SERVICE_NAME", "value": service.name},
    ]
    if service.name in {IDENTITY, SITE}:
        found.append(secret_of("DEMAIN_SITE_CLIENT_SECRET", "demain-site", "client-secret"))
    if service.name == IDENTITY:
        found.append(secret_of("SMTP_URL", "demain-mail", "smtp-url"))
        found += [
            secret_of(f"OIDC_{key.replace('-', '_').upper()}", "demain-oidc", key, optional=True)
            for key in ("issuer", "client-id", "client-secret", "name")
        ]
    return found


def _probe(path: str, **more: int) -> Manifest:
    return {"httpGet": {"path": path, "port": "http"}, "timeoutSeconds": 5, **more}


def deployment(
    service: Service, name: str, role: str | None, *, single: bool, more: Sequence[Manifest] = ()
) -> Manifest:
    """A service's processes of one role, or of both, replaced one by one; ``single`` for one at most.

    ``more`` is what they are told beside the service's `environment`.
    """
    data = {"persistentVolumeClaim": {"claimName": service.name}} if single else {"emptyDir": {"sizeLimit": "64Mi"}}
    command = ["serve", service.name, *([f"--{role}"] if role else [])]
    one, volumes = container(command, [*environment(service), *more], "1Gi" if single else "512Mi", data)
    known_by = labels(service.name, role)
    one |= {
        "ports": [{"name": "http", "containerPort": HTTP}],
        "startupProbe": _probe("/healthz", periodSeconds=2, failureThreshold=60),
        "livenessProbe": _probe("/healthz", periodSeconds=10, failureThreshold=6),
        "readinessProbe": _probe("/readyz", periodSeconds=5, failureThreshold=2),
        # Until every proxy has heard that this one is going.
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
    }
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": known_by},
    }
    whole = pod(service.name, one, volumes) | {
        "terminationGracePeriodSeconds": 40,
        "topologySpreadConstraints": [spread],
    }
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    spec: Manifest = {
        "selector": {"matchLabels": known_by},
        "strategy": {"type": "Recreate"} if single else rolling,
        "template": {"metadata": {"labels": known_by}, "spec": whole},
    }
    if single or role == "worker":
        spec = {"replicas": 1 if single else WORKERS, **spec}  # of the others the autoscaler says how many
    return named("apps/v1", "Deployment", name, spec, known_by)


def front(name: str, role: str | None) -> Manifest:
    """What leads to those processes of a service that answer."""
    ports = [{"name": "http", "port": HTTP, "targetPort": "http"}]
    return named("v1", "Service", name, {"selector": labels(name, role), "ports": ports})


def running(
    service: Service, name: str, role: str | None, *, single: bool, more: Sequence[Manifest] = ()
) -> Iterator[Manifest]:
    """A Deployment, and how many of it there are while it is scaled and while machines are emptied."""
    known_by = labels(service.name, role)
    yield deployment(service, name, role, single=single, more=more)
    budget = {"maxUnavailable": 1, "selector": {"matchLabels": known_by}}
    yield named("policy/v1", "PodDisruptionBudget", name, budget, known_by)
    if not single and role != "worker":
        yield named("autoscaling/v2", "HorizontalPodAutoscaler", name, _scaling(name), known_by)


def _scaling(name: str) -> Manifest:
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": 2,
        "maxReplicas": MOST,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 400}},
            }
        ],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
    }
