"""The projection's tables, on a registry of the service's own."""

from __future__ import annotations

from sqlalchemy import MetaData

from shared.projection.tables import projection_tables
from shared.storage.tables import NAMING

METADATA = MetaData(naming_convention=NAMING)
projection_tables(METADATA)
