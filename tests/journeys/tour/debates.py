"""Debates, arguments, moderation and its charter."""

from __future__ import annotations

from tests.journeys.tour.stop import Stop
from tests.journeys.words import ENGLISH

STOPS = {
    "debates": Stop("/debats"),
    "debate": Stop(lambda forum: forum.debate, "citizen"),
    "debate-en": Stop(lambda forum: forum.debate, words=ENGLISH),
    "debate-one-position": Stop(lambda forum: forum.debate + "?position=against&order=newest"),
    "argument": Stop(lambda forum: forum.argument, "citizen"),
    "argument-reported": Stop(lambda forum: forum.argument + "/signaler", "partner"),
    "argument-moderated": Stop(lambda forum: forum.argument + "/moderation", "moderator"),
    "moderation-en": Stop("/moderation", "moderator", words=ENGLISH),
    "charter": Stop("/charte"),
    "charter-en": Stop("/charte", words=ENGLISH),
    "open-a-debate": Stop("/debats/nouveau", "organizer"),
}
