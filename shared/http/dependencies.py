"""What endpoints ask for, as annotated aliases."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from shared.clients import directory
from shared.runtime import resources


async def _resources(request: Request) -> resources.Resources:
    return resources.resources_of(request)


async def _clients(request: Request) -> directory.Clients:
    return resources.resources_of(request).clients


Resources = Annotated[resources.Resources, Depends(_resources)]
Clients = Annotated[directory.Clients, Depends(_clients)]
