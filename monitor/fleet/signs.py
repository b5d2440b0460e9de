"""Table signs of many rooms as one PDF: the table sign of the room's own page, one page a room."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.fleet.inventory import InventoryRoom
from monitor.pages.table_sign import TableSign


def signs(rooms: Iterable[InventoryRoom]) -> list[TableSign]:
    """In the order of the rooms. The link is what the room's own page would print."""
    return [
        TableSign(
            name=room.name or room.id,
            link=f"{room.public_url.rstrip('/') or f'http://{room.address.target}'}/r/{room.id}",
            place=" · ".join(filter(None, (room.site, room.floor))),
        )
        for room in rooms
    ]
