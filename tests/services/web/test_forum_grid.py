"""Laying a day out as a grid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.web.sections.forums.grid import Grid, grid
from shared.clients.events import SessionSummary

NINE = datetime(2027, 5, 3, 7, tzinfo=UTC)


def session(number: int, room: int, start: int, minutes: int, cancelled: bool = False) -> SessionSummary:
    begins = NINE + timedelta(minutes=start)
    return SessionSummary(
        id=f"s{number:03}",
        version=1,
        state="cancelled" if cancelled else "scheduled",
        title=f"Session {number}",
        summary="",
        language="fr",
        format="",
        track=None,
        room=f"r{room}",
        room_name=f"Room {room}",
        speakers=[],
        starts_at=begins,
        minutes=minutes,
        begins_at=begins,
        ends_at=begins + timedelta(minutes=minutes),
        day=begins.date(),
        url="/",
    )


def filled(laid: Grid) -> list[list[str | None]]:
    """The table as a browser fills it: every square of every row."""
    squares: list[list[str | None]] = []
    going: dict[int, tuple[int, str]] = {}
    for row in laid.rows:
        cells, line = list(row.cells), []
        for column in range(len(laid.rooms)):
            left, id = going.get(column, (0, ""))
            if left:
                going[column] = (left - 1, id)
                line.append(id)
                continue
            cell = cells.pop(0)
            line.append(cell.session.id if cell.session else None)
            going[column] = (cell.rows - 1, cell.session.id if cell.session else "")
        assert not cells, "a row has more cells than columns are free"
        squares.append(line)  # type: ignore[arg-type]
    assert not any(left for left, _ in going.values()), "a cell reaches below the table"
    return squares


planned = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(1, 30), st.booleans()), min_size=1, max_size=25
)


@given(planned)
def test_every_session_stands_once_at_its_time_in_its_room(plans: list[tuple[int, int, int, bool]]) -> None:
    sessions = [session(at, room, start * 5, length * 5, off) for at, (room, start, length, off) in enumerate(plans)]
    laid = grid(sessions, ["r2", "r0", "r1", "r3"])
    squares = filled(laid)
    shown = {cell.session.id for row in laid.rows for cell in row.cells if cell.session}
    beside = {one.id for one in laid.beside}
    assert shown | beside == {one.id for one in sessions}
    assert not shown & beside
    times = [row.begins_at for row in laid.rows]
    assert times == sorted(set(times))
    for one in sessions:
        if one.id in beside:
            continue
        column = laid.rooms.index(one.room_name)
        on = [at for at, line in zip(times, squares, strict=True) if line[column] == one.id]
        assert on == [at for at in times if one.begins_at <= at < one.ends_at]


@given(planned)
def test_only_what_overlaps_is_put_beside_and_what_takes_place_comes_first(
    plans: list[tuple[int, int, int, bool]],
) -> None:
    sessions = [session(at, room, start * 5, length * 5, off) for at, (room, start, length, off) in enumerate(plans)]
    for one in grid(sessions, []).beside:
        rivals = [
            other
            for other in sessions
            if other.id != one.id
            and other.room == one.room
            and other.begins_at < one.ends_at
            and one.begins_at < other.ends_at
        ]
        assert rivals
        if one.state == "scheduled":
            assert any(other.state == "scheduled" for other in rivals), (
                "what is cancelled took the place of what is not"
            )


def test_rooms_keep_their_order_and_empty_ones_are_left_out() -> None:
    laid = grid([session(1, 0, 0, 30), session(2, 2, 0, 60)], ["r2", "r1", "r0"])
    assert laid.rooms == ["Room 2", "Room 0"]
    assert [row.quarters for row in laid.rows] == [2, 2]


def test_a_day_without_sessions_is_an_empty_grid() -> None:
    assert grid([], []) == Grid([], [], [])
