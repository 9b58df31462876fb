"""Problems of this service's own, and the constraints whose violation they are."""

from shared.http.problems import ProblemType

ROOM_TAKEN = ProblemType("room-taken", 409, "The room is taken at that time")
ROOM_NAMED = ProblemType("room-name-taken", 409, "Another room of the forum has this name")
ACRONYM_TAKEN = ProblemType("acronym-taken", 409, "Another forum of the same organizer has this acronym")
FORUM_TAKEN = ProblemType("forum-taken", 409, "There is a forum with this guid already")
GUID_TAKEN = ProblemType("guid-taken", 409, "Another session of the forum has this guid")

ROOM_BOOKED_ONCE = "ex_session_room_booked_once"
"""The constraint that keeps a room from being booked twice at a time."""

CONSTRAINTS = {
    ROOM_BOOKED_ONCE: ROOM_TAKEN,
    "pk_forum": FORUM_TAKEN,
    "uq_room_forum_id_name": ROOM_NAMED,
    "uq_forum_owner_acronym": ACRONYM_TAKEN,
    "uq_session_forum_id_guid": GUID_TAKEN,
}
