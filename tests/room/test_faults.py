"""Each fault of the table, in a virtual room's PC with the package installed."""

from __future__ import annotations

import os

import pytest

from tests.room.conftest import keep
from tests.room.faults import FAULTS, Fault
from tests.room.room_pc import RoomPc
from tests.room.watching import RIGHT, watch

SMOKE = pytest.mark.smoke


@pytest.mark.room
@pytest.mark.parametrize(
    "fault", [pytest.param(one, id=one.name, marks=[SMOKE] if one.smoke else []) for one in FAULTS]
)
def test_the_fault_is_told_and_its_end_too(fault: Fault, room: RoomPc) -> None:
    result = watch(room, fault, os.getloadavg()[0])
    keep(result.row())
    print(result.row())
    assert result.verdict == RIGHT, result.row()
