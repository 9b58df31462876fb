"""Territories. The index knows them by id only: their names are resolved by whoever shows an answer."""

from __future__ import annotations

from services.search.entity import Entity
from shared.contracts.contributions import TERRITORIES, TerritoryDefined, TerritoryRetired
from shared.projection.projection import Picture

ENTITY: Entity[TerritoryDefined] = Entity(Picture(TERRITORIES, TerritoryDefined, TerritoryRetired))
