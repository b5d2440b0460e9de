"""Replays a record of signs through the judge: other starting points, jitter, lost looks, slower answers, other speeds.

Each pass over the record draws one set of perturbations from its seed, so that a figure can be made again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probes.software.hang import HangJudge, HangLook, ProcessSigns

KINDS = ("main", "renderer", "gpu-process")


@dataclass(frozen=True)
class Perturbation:
    """phase: lines skipped at first. jitter: share of the look's interval. lost: share of looks that never happen.
    slower: windows take so many times as long to answer. speed: factor on all processor time (another machine)."""

    phase: int = 0
    jitter: float = 0.0
    lost: float = 0.0
    slower: float = 1.0
    speed: float = 1.0

    @classmethod
    def drawn(cls, seed: int) -> Perturbation:
        draw = random.Random(seed)
        return cls(draw.randrange(3), 0.1, draw.choice((0, 0.02, 0.1)), draw.uniform(1, 10), draw.uniform(0.5, 1.5))


def looks_of(file: Path) -> list[HangLook]:
    """Every recorded second as the judge would have seen it."""
    looks: list[HangLook] = []
    asked, silent = 0, 0.0
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                row = json.loads(line)
            except ValueError:
                continue  # the last line of a record that is still written
            ping = row.get("ping")
            if ping is None:
                silent += 1.0
            else:
                asked, silent = ping["asked"], ping["seconds"] if ping["seconds"] is not None else silent + 1.0
            looks.append(_look(row, asked, silent if asked else 0.0))
    return looks


def _look(row: dict[str, Any], asked: int, silent: float) -> HangLook:
    processes = [
        ProcessSigns(
            (one["pid"], one["started"]),
            one["kind"],
            one["state"],
            one["thread_running"],
            one["thread_waiting"],
            one["thread_slices"],
            one["cpu"],
        )
        for one in row["processes"]
        if one["kind"] in KINDS
    ]
    datagrams = row["udp_in"] + row["udp_out"] if "udp_in" in row else None
    return HangLook(row["at"], tuple(processes), asked, asked, silent, True, datagrams, row.get("unread"))


def picked(looks: list[HangLook], interval: float, change: Perturbation, seed: int) -> Iterator[HangLook]:
    """What a probe with this interval would have looked at."""
    draw = random.Random(seed)
    due = looks[min(change.phase, len(looks) - 1)].at
    for look in looks:
        if look.at < due:
            continue
        due = look.at + interval * (1 + draw.uniform(-change.jitter, change.jitter)) - 0.5
        if draw.random() < change.lost:
            continue
        yield replace(
            look,
            silent=look.silent * change.slower,
            processes=tuple(
                replace(one, running=one.running * change.speed, cpu=one.cpu * change.speed) for one in look.processes
            ),
        )


def verdicts(looks: Iterator[HangLook]) -> Iterator[tuple[HangLook, str, tuple[str, ...]]]:
    judge = HangJudge()
    for look in looks:
        verdict = judge.take(look)
        yield look, verdict.finding, tuple(map(str, verdict.signs))
