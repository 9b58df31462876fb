"""Themes. The index knows them by id only: their names are resolved by whoever shows an answer."""

from __future__ import annotations

from services.search.entity import Entity
from shared.contracts.contributions import THEMES, ThemeDefined, ThemeRetired
from shared.projection.projection import Picture

ENTITY: Entity[ThemeDefined] = Entity(Picture(THEMES, ThemeDefined, ThemeRetired))
