"""A real daemon under a storm of SIGHUPs: nothing breaks, nothing is connected twice, and alarms go on."""

import asyncio
from pathlib import Path

import pytest

from bench.reload_storm import StormyRoom, counting_broker, counting_ntfy, storm
from bench.room import Receiver


@pytest.mark.long
async def test_a_storm_of_reloads_leaves_one_connection_each_and_the_alarms(tmp_path: Path) -> None:
    receiver = Receiver()
    await receiver.start()
    folders = [tmp_path / one for one in ("room", "first", "second")]
    for folder in folders:
        folder.mkdir()
    async with (
        counting_broker(folders[1]) as (meeting, calls),
        counting_broker(folders[2]) as (office, answers),
        counting_ntfy() as (phones, streams),
    ):
        counted = (calls, answers, streams)
        room = StormyRoom(folders[0], receiver.port, (meeting, office), phones)
        room.start_program()
        await room.start()

        async def connected() -> None:
            async with asyncio.timeout(60):
                while any(one.now != 1 for one in counted):
                    await asyncio.sleep(0.05)

        try:
            await connected()
            stormy = asyncio.create_task(storm(room, 2000, 8.0))
            await asyncio.sleep(2.0)
            room.kill_program()
            await receiver.next("not running", 60)
            room.start_program()
            await receiver.next("recovered", 60)
            await stormy
            async with asyncio.timeout(60):
                while (room.folder / "log").read_text().count("configuration reloaded") < 2:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(3.0)
            await connected()
            assert [one.most for one in counted] == [1, 1, 1]
            assert room.complaints() == []
        finally:
            room.stop()
            await receiver.close()
    assert [one.now for one in counted] == [0, 0, 0]


@pytest.mark.parametrize("text", ['port = "x"\n', "not toml"])
async def test_after_a_bad_file_the_last_good_one_wins(tmp_path: Path, text: str) -> None:
    """However quickly the signals follow one another."""
    receiver = Receiver()
    await receiver.start()
    room = StormyRoom(tmp_path, receiver.port, (1, 1), 1)
    good = (tmp_path / "roomwatch.toml").read_text()
    await room.start()
    try:
        for number in range(20):
            (tmp_path / "roomwatch.toml").write_text(text if number % 2 else good)
            room.reload()
        (tmp_path / "roomwatch.toml").write_text(good.replace('id = "bench"', 'id = "renamed"'))
        room.reload()
        async with asyncio.timeout(60):
            while b'"room": "renamed"' not in await room.ask("/api/status"):
                await asyncio.sleep(0.1)
    finally:
        room.stop()
        await receiver.close()
