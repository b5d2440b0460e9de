"""docs/architecture.md tells the two ways as they are: a story calls every function that it names, in its order."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from alerting.inbound.child_protocol import ReadItem
from alerting.inbound.reply_codes import code
from alerting.inbound.reply_proof import Replies, Senders
from alerting.model.fault import Fault
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.settings import Settings
from probes.reading import Reading
from tests.alerting.stage import START
from tests.docs.architecture import ROOT, Step, section, steps
from tests.rooms.site import EMPTY, Site

TRANSACTION = "Every decision is a transaction"
IN_CAMERA, IN_DAEMON, IN_SENDER = "In the camera's probe", "In the daemon", "In the sending child"
BY_MAIL = "The way of an acknowledgement by mail"
SHARED = {one.file for one in steps(TRANSACTION)}


@contextmanager
def called() -> Iterator[list[tuple[str, str]]]:
    """(file, function) of this product in the order in which each was called first."""
    seen: dict[tuple[str, str], None] = {}

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(ROOT)):
            seen.setdefault((str(Path(code.co_filename).relative_to(ROOT)), code.co_qualname))

    found: list[tuple[str, str]] = []
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)
        found += seen


def in_order(way: list[Step], found: list[tuple[str, str]]) -> None:
    missing = [f"{one.file}:{one.name}" for one in way if (one.file, one.name) not in found]
    assert not missing, f"the page names what the story never called: {', '.join(missing)}"
    places = [found.index((one.file, one.name)) for one in way]
    late = [
        f"{two.name} is called before {one.name}"
        for one, two, a, b in zip(way, way[1:], places, places[1:], strict=False)
        if b < a
    ]
    assert not late, "; ".join(late)


async def test_a_reading_goes_the_way_of_the_page(tmp_path: Path) -> None:
    site = Site(tmp_path)
    settings = Settings(patience={"camera_frozen": 0.0})
    watch = Watch(
        settings,
        {},
        Snapshot("R1", "0", START, "act"),
        site.service.engine,
        now=lambda: site.clock.now,
        steady=lambda: site.clock.now,
    )
    frozen = Reading(check="camera.picture", target="c", finding="camera_frozen")
    with called() as found:
        for _ in range(settings.schedule["camera"].fail_after):
            await watch.deliver("camera", "interval", [frozen])
            site.clock.now += 15
        await site.service.engine.settle()
    assert site.titles()
    await site.service.close()
    way = steps(IN_DAEMON)
    names = [one.name for one in way]
    in_order(way[names.index("Watch.deliver") : names.index("ChildSender.send")], found)
    in_order(steps(TRANSACTION), found)


async def test_an_acknowledgement_goes_the_way_of_the_page(tmp_path: Path) -> None:
    site = Site(tmp_path)
    number = await site.service.engine.fault_opened(Fault(room="R1", code="camera_missing", since=START), EMPTY)
    await site.until(5)
    key = site.service.inbound._key
    token = code(key, number, "wang", now=site.clock.now).rpartition("-")[2]
    item = ReadItem(item="1.1", sender="w@example.org", verb="take", number=number, codes=((number, token),))
    senders = Senders(mail={"w@example.org": "wang"})
    replies = Replies(senders, "mail", "mail.a", key, site.service.commands.reply, lambda: site.clock.now)
    with called() as found:
        await replies.take(item)
    assert "taken" in site.verbs(number)
    await site.service.close()
    way = steps(BY_MAIL)
    in_order(way[[one.name for one in way].index("Replies.take") :], found)
    in_order(steps(TRANSACTION), found)


@pytest.mark.parametrize("heading", [IN_CAMERA, IN_DAEMON, IN_SENDER, BY_MAIL])
def test_a_heading_counts_its_table(heading: str) -> None:
    """The files of the transaction are counted where they stand."""
    line = section(heading).partition("\n")[0]
    way = steps(heading)
    counted = re.search(r"(\d+) files", line)
    assert counted and int(counted[1]) == len({one.file for one in way} - SHARED), line
    if (said := re.search(r"(\d+) conversion", line)) is not None:
        assert int(said[1]) == len({one.hands_on for one in way if one.hands_on}), line


@pytest.mark.parametrize(
    ("heading", "files", "conversions"), [(IN_CAMERA, 7, 4), (IN_DAEMON, 16, 11), (IN_SENDER, 3, 1), (BY_MAIL, 9, 7)]
)
def test_the_ways_do_not_grow(heading: str, files: int, conversions: int) -> None:
    way = steps(heading)
    assert len({one.file for one in way} - SHARED) <= files
    assert len({one.hands_on for one in way if one.hands_on}) <= conversions
    assert len(SHARED) <= 5
