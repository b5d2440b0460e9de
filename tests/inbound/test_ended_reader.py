"""A reader that somebody ends while it has an item in hand: the item is not lost, and does not go round for ever."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from alerting.inbound.child_protocol import Job
from tests.inbound.listening import listening

READER = """#!{python}
import json, os, pathlib, sys
job, ends = json.loads(sys.stdin.readline()), pathlib.Path({ends!r})
left = int(ends.read_text())
if "7.1" not in job.get("aside", []):
    print(json.dumps({{"type": "opening", "item": "7.1"}}), flush=True)
    if left:
        ends.write_text(str(left - 1))
        os.kill(os.getpid(), {signal})
    print(json.dumps({{"type": "heard", "item": "7.1"}}), flush=True)
print(json.dumps({{"type": "heard", "item": "7.2"}}), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("signal", "times", "read"),
    [
        (9, 1, ["7.1", "7.2"]),  # as the kernel does that has no memory left
        (15, 1, ["7.1", "7.2"]),
        (9, 2, ["7.2"]),
        (11, 1, ["7.2"]),  # by itself
    ],
)
async def test_an_item_in_hand_is_read_once_more(tmp_path: Path, signal: int, times: int, read: list[str]) -> None:
    reader, ends = tmp_path / "reader", tmp_path / "ends"
    ends.write_text(str(times))
    reader.write_text(READER.format(python=sys.executable, ends=str(ends), signal=signal))
    reader.chmod(0o755)
    async with listening(tmp_path, Job(way="mail"), python=str(reader)) as (listener, heard):
        assert [(await heard()).item for _ in read] == read
        assert listener.set_aside == (() if "7.1" in read else ("7.1",))
