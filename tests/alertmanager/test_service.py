"""The service leaves an incident to Debian's Alertmanager, and its people hear of the next one once it is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alerting.alertmanager.settings import AlertmanagerSettings
from tests.alertmanager.stage import Alertmanagers
from tests.rooms.site import Site


async def until(site: Site, true: Callable[[], bool]) -> None:
    for _ in range(400):
        await site.service.tick()
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come true")


async def test_left_to_alertmanager_accepted_and_the_next_one_told_by_the_room(tmp_path: Path) -> None:
    there = Alertmanagers(tmp_path)
    site = Site(tmp_path)
    site.settings = replace(
        site.settings, alertmanager=AlertmanagerSettings(urls=there.urls, respond="alertmanager", labels={"team": "av"})
    )
    await site.service.close()
    site.start()
    service = site.service
    async with there:
        task = asyncio.create_task(service.alertmanager.cluster.loop())
        await site.breaks("camera_missing", "cam0")
        await until(site, lambda: site.verbs().count("handover_accepted") == 3)
        found = await there.ask("/api/v2/alerts")
        assert {one["labels"]["room"] for one in found} == {"R1", "R2", "R3"}
        assert {one["labels"]["team"] for one in found} == {"av"}
        assert {one["annotations"]["summary"] for one in found} >= {"Lakeside: Camera is missing (cam0)"}
        assert [one["handed_over"] for one in service.status()["incidents"]] == [True] * 3
        assert site.titles() == []
    site.clock.now += 70.0  # what stands is due again, and nobody answers
    await until(site, lambda: all(one["problem"] for one in service.status()["alertmanagers"]))
    await site.breaks("speaker_missing")
    await until(site, lambda: bool(site.titles()))
    assert site.verbs().count("handed_over") == 3 and site.verbs().count("step") >= 3
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await service.close()
