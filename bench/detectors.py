#!/usr/bin/env python3
"""Scores the camera and microphone judges on a folder of labelled clips. Owns the frame: rows, scores, printing."""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

MODALITIES: Mapping[str, str] = {
    "video": "bench.detectors_video:judge_clips",
    "audio": "bench.detectors_audio:judge_clips",
}
"""Modality → function(corpus folder, its rows, with_reference) → one Judged a row, in order.

It decodes the clip itself, counts only the judge's CPU time, and hands the judge nothing of the row but the
samples or frames, the arrival times, the nominal rate, the number of pictures that the decoder complained of while the
clip was made, and (with_reference) the learned vector of ``ref``.
"""
HEALTHY = "healthy"
UNKNOWN = "unknown"
"""The judge cannot tell: neither found nor called a fault, and it alarms nobody."""
UNJUDGEABLE_WITHOUT_REFERENCE = frozenset({"moved"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """label: the judge's. cpu_ms: thread CPU of the judgement without decoding. confidence, numbers: as judged."""

    label: str
    cpu_ms: float
    confidence: float = 1.0
    numbers: Mapping[str, float] = field(default_factory=dict)


def is_fault(label: str) -> bool:
    """Whether a judge's answer would be told to people."""
    return label not in (HEALTHY, UNKNOWN)


Row = Mapping[str, str]
JudgeClips = Callable[[Path, Sequence[Row], bool], list[Judged]]


def macro_f1(truth: Sequence[str], said: Sequence[str]) -> float:
    """Mean F1 over the labels that occur in the truth."""
    scores = []
    for label in sorted(set(truth)):
        hit = sum(t == s == label for t, s in zip(truth, said, strict=True))
        wrong = sum((t == label) != (s == label) for t, s in zip(truth, said, strict=True))
        scores.append(2 * hit / (2 * hit + wrong))
    return sum(scores) / len(scores) if scores else math.nan


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if of == 0:
        return (0.0, 1.0)
    z, p = 1.959964, hits / of
    middle = p + z * z / (2 * of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (max(0.0, (middle - half) / (1 + z * z / of)), min(1.0, (middle + half) / (1 + z * z / of)))


def score(case: str, rows: Sequence[Row], judged: Sequence[Judged]) -> Iterable[dict[str, object]]:
    """All figures of one case as bench records. Shares carry their 95 % interval and what they are a share of."""

    def record(metric: str, value: float, unit: str = "1", /, **more: object) -> dict[str, object]:
        return {"bench": "detectors", "case": case, "metric": metric, "value": round(value, 4), "unit": unit, **more}

    def share(metric: str, hits: int, of: int, **more: object) -> dict[str, object]:
        low, high = wilson(hits, of)
        return record(metric, hits / of if of else 0.0, "1", of=of, low=round(low, 4), high=round(high, 4), **more)

    truth = [row["label"] for row in rows]
    said = [one.label for one in judged]
    yield record("clips", len(rows))
    yield record("macro_f1", macro_f1(truth, said))
    faults = [(severity_of(row), is_fault(s)) for row, s in zip(rows, said, strict=True) if row["label"] != HEALTHY]
    yield share("any_fault_recall", sum(found for _, found in faults), len(faults))
    for severity in sorted({severity for severity, _ in faults}):
        some = [found for which, found in faults if which == severity]
        yield share(f"recall_severity_{severity}", sum(some), len(some))
    healthy = [(row.get("subtype") or "", is_fault(s)) for row, s in zip(rows, said, strict=True)
               if row["label"] == HEALTHY]  # fmt: skip
    yield share("false_alarm_rate", sum(alarm for _, alarm in healthy), len(healthy))
    for subtype in sorted({subtype for subtype, _ in healthy}):
        some = [alarm for which, alarm in healthy if which == subtype]
        yield share("false_alarm_rate_of_subtype", sum(some), len(some), subtype=subtype)
    costs = [one.cpu_ms for one in judged]
    yield record("cpu_ms_per_clip", median(costs) if costs else 0.0, "ms")
    yield record("cpu_ms_mean", fmean(costs) if costs else 0.0, "ms")
    yield record("cpu_ms_worst", max(costs, default=0.0), "ms")
    for (t, s), count in sorted(Counter(zip(truth, said, strict=True)).items()):
        yield record("confusion", count, truth=t, said=s)


def severity_of(row: Row) -> str:
    return row.get("severity") or "unknown"


def print_plain(records: Sequence[Mapping[str, object]], rows: Sequence[Row], judged: Sequence[Judged]) -> None:
    print(f"\n== {records[0]['case']}")
    for figure in records:
        if figure["metric"] == "confusion":
            continue
        name = f"{figure['metric']} {figure.get('subtype', '')}".strip()
        interval = f"  of {figure['of']}, 95 % from {figure['low']} to {figure['high']}" if "of" in figure else ""
        print(f"{name:<44} {figure['value']:>10} {'' if figure['unit'] == '1' else figure['unit']}{interval}")
    labels = sorted({row["label"] for row in rows} | {one.label for one in judged})
    table = Counter((row["label"], one.label) for row, one in zip(rows, judged, strict=True))
    width = max(len(label) for label in labels) + 1
    print("true \\ said".ljust(width) + "".join(label[:9].rjust(10) for label in labels))
    for t in labels:
        print(t.ljust(width) + "".join(str(table[t, s] or ".").rjust(10) for s in labels))
    for row, one in zip(rows, judged, strict=True):
        if row["label"] != one.label:
            print(f"  {row['file']} ({row.get('subtype', '')}, severity {severity_of(row)}): {one.label}")


def read_manifest(file: Path) -> list[Row]:
    """Rows that name a file, a modality and a label; others are left out with a word on standard error."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows: list[Row] = list(csv.DictReader(lines))
    usable = [row for row in rows if row.get("file") and row.get("label") and row.get("modality") in MODALITIES]
    if len(usable) < len(rows):
        print(f"{file}: {len(rows) - len(usable)} rows without a known modality, a file or a label", file=sys.stderr)
    return usable


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} Takes about 20 seconds for 500 clips.")
    parser.add_argument("--corpus", type=Path, required=True, help="folder with manifest.csv, timestamps.json, ref/")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--modality", choices=sorted(MODALITIES), help="only this one")
    options = parser.parse_args()
    manifest = options.corpus / "manifest.csv"
    if not manifest.is_file():
        parser.error(f"--corpus {options.corpus}: there is no manifest.csv in it")
    everything = read_manifest(manifest)
    for modality, target in MODALITIES.items():
        rows = [row for row in everything if row["modality"] == modality]
        if not rows or options.modality not in (None, modality):
            continue
        module, _, name = target.partition(":")
        judge_clips: JudgeClips = getattr(importlib.import_module(module), name)
        some_reference = any(row.get("ref") for row in rows)
        for with_reference in (True, False) if some_reference else (False,):
            used = [row for row in rows if with_reference or row["label"] not in UNJUDGEABLE_WITHOUT_REFERENCE]
            case = f"{modality}-without-reference" if some_reference and not with_reference else modality
            judged = judge_clips(options.corpus, used, with_reference)
            records = list(score(case, used, judged))
            if options.json:
                for one in records:
                    print(json.dumps(one, ensure_ascii=False), flush=True)
            else:
                print_plain(records, used, judged)


if __name__ == "__main__":
    main()
