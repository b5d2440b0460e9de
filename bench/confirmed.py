#!/usr/bin/env python3
"""Runs healthy recordings through the judges and the daemon's confirmation: how many alarms people would have got.

The bursts of one scene under one condition are one recording. They are judged in order, at the shipped intervals, and
counted by the daemon's own state machine with the shipped fail_after and patience. After a suspicious burst the next
of the recording confirms; the last is confirmed by the first, a lone one by itself. Worst case: nothing averages out.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerting.model.catalogue import KINDS
from bench.detectors import HEALTHY, MODALITIES, UNKNOWN, JudgeClips, Judged, Row, is_fault, read_manifest
from bench.detectors_audio import decode
from bench.detectors_video import read_arrivals
from monitor.pipeline.check_state import CheckState, StateRules
from monitor.settings.model import ProbeSchedule, usual_schedules
from probes.judge_reading import Judgement, Status, judge
from probes.microphone.listening import Listening
from probes.microphone.source_kind import Facts
from probes.reading import Reading

PROBES = {"video": "camera", "audio": "microphone"}
NONE_SEEN = 3.0
"""With no alarm in n hours the rate is, at 95 %, below 3/n an hour (rule of three)."""


def rules_of(schedule: ProbeSchedule) -> StateRules:
    return StateRules(fail_after=schedule.fail_after, recover_after=schedule.recover_after, patience=_patience)


def _patience(code: str) -> float:
    kind = KINDS.get(code)
    return kind.patience if kind is not None else 0.0


def alarms(probe: str, labels: Sequence[str], schedule: ProbeSchedule) -> list[str]:
    """Fault codes that one recording's bursts open, in order."""
    state, rules, now = CheckState(), rules_of(schedule), 0.0
    opened = []
    for label in _until_settled(labels, state):
        finding = "" if label == HEALTHY else f"{probe}_{label}"
        judgement = judge(Reading(check=probe, finding=finding), ())
        step = state.accept(Judgement(status=Status.UNKNOWN) if label == UNKNOWN else judgement, now, rules)
        if step is not None and step.opened:
            opened.append(step.opened)
        now += schedule.confirm_interval if state.suspicious else schedule.interval
    return opened


def _until_settled(labels: Sequence[str], state: CheckState) -> Iterator[str]:
    """All of a recording's labels, and from its beginning again while a suspicion is open (once round at most)."""
    yield from labels
    for label in labels:
        if not state.suspicious:
            return
        yield label


def weighed(rows: Sequence[Row], judged: Sequence[Judged], interval: float) -> list[str]:
    """Of one microphone's bursts, what the probe says of each with all that it heard before.

    A guess that is not enough alone is followed by another look, and that by the worst: the same sound again.
    """
    listening, said, now = Listening(), list[str](), 0.0
    for row, one in zip(rows, judged, strict=True):
        facts = Facts(configured=row.get("source_kind") or "raw")
        heard = listening.hear("microphone", facts, one.label, one.confidence, one.numbers, now)
        if heard.suspected:
            heard = listening.hear("microphone", facts, one.label, one.confidence, one.numbers, now)
        said.append(heard.label)
        now += interval
    return said


def seconds_of(folder: Path, row: Row, arrivals: dict[str, list[float]]) -> float:
    if row["modality"] == "video":
        return max(arrivals.get(row["file"], []), default=0.0) / 1000.0
    samples, rate = decode(folder / row["file"])
    return len(samples) / rate


def measure(modality: str, folders: Iterable[Path], with_reference: bool) -> dict[str, object]:
    """One record: recordings, bursts, hours, suspicious bursts and the alarms that were left after confirmation."""
    module, _, name = MODALITIES[modality].partition(":")
    judge_clips: JudgeClips = getattr(importlib.import_module(module), name)
    probe = PROBES[modality]
    schedule: ProbeSchedule = usual_schedules()[probe]
    recordings: dict[tuple[str, str, str], list[tuple[Row, Judged]]] = defaultdict(list)
    bursts, suspicious, seconds = 0, 0, 0.0
    for folder in folders:
        rows = [row for row in read_manifest(folder / "manifest.csv")
                if row["modality"] == modality and row["label"] == HEALTHY]  # fmt: skip
        arrivals = read_arrivals(folder / "timestamps.json") if modality == "video" else {}
        judged: list[Judged] = judge_clips(folder, rows, with_reference)
        for row, one in zip(rows, judged, strict=True):
            recordings[str(folder), row.get("scene") or "", row.get("subtype") or ""].append((row, one))
            bursts, suspicious = bursts + 1, suspicious + is_fault(one.label)
            seconds += seconds_of(folder, row, arrivals)
    opened = {}
    for key, pairs in recordings.items():
        labels = [one.label for _, one in pairs]
        if modality == "audio":
            labels = weighed([row for row, _ in pairs], [one for _, one in pairs], schedule.interval)
        if found := alarms(probe, labels, schedule):
            opened["/".join(key[1:])] = found
    watched = bursts * schedule.interval / 3600.0
    return {
        "bench": "confirmed",
        "case": modality if with_reference or modality == "audio" else f"{modality}-without-reference",
        "metric": "false_alarms_after_confirmation",
        "value": sum(map(len, opened.values())),
        "unit": "1",
        "recordings": len(recordings),
        "bursts": bursts,
        "hours_of_media": round(seconds / 3600.0, 4),
        "hours_of_watch": round(watched, 2),
        "suspicious_bursts": suspicious,
        "fail_after": schedule.fail_after,
        "alarms_an_hour_below": round(NONE_SEEN / watched, 3) if bursts and not opened else None,
        "opened": opened,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} Takes about 20 s for 500 clips.")
    parser.add_argument("--corpus", type=Path, required=True, nargs="+", help="folders as for bench/detectors.py")
    parser.add_argument("--modality", choices=sorted(MODALITIES), help="only this one")
    options = parser.parse_args()
    for folder in options.corpus:
        if not (folder / "manifest.csv").is_file():
            parser.error(f"--corpus {folder}: there is no manifest.csv in it")
    for modality in [options.modality] if options.modality else MODALITIES:
        for with_reference in (True, False) if modality == "video" else (False,):
            print(json.dumps(measure(modality, options.corpus, with_reference), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
