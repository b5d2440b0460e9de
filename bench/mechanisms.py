#!/usr/bin/env python3
"""Scores a judge on a folder of labelled clips by mechanism: how many there are, found as any fault, called by name.

A healthy kind is "found" when it is called a fault. The worst stand at the top. --markdown prints a table for the docs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.detectors import HEALTHY, MODALITIES, JudgeClips, is_fault, read_manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--modality", choices=sorted(MODALITIES), default="audio")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--list", help="print each wrong clip of this label")
    options = parser.parse_args()
    rows = [row for row in read_manifest(options.corpus / "manifest.csv") if row["modality"] == options.modality]
    module, _, name = MODALITIES[options.modality].partition(":")
    judge_clips: JudgeClips = getattr(importlib.import_module(module), name)
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row, judged in zip(rows, judge_clips(options.corpus, rows, True), strict=True):
        said[row["label"], row.get("subtype", "")].append(judged.label)
        if options.list == row["label"] and judged.label != row["label"]:
            print(row["file"], "severity", row.get("severity"), "→", judged.label, file=sys.stderr)
    table = []
    for (label, subtype), answers in said.items():
        found, called = sum(map(is_fault, answers)), sum(answer == label for answer in answers)
        wrong = found if label == HEALTHY else len(answers) - found
        as_what = " ".join(f"{a} {n}" for a, n in Counter(answers).most_common() if a != label)
        table.append((wrong / len(answers), label, subtype, len(answers), found, called, as_what))
    for _, label, subtype, count, found, called, as_what in sorted(table, key=lambda one: (-one[0], one[1:3])):
        if options.markdown:
            print(f"| {label} | {subtype.replace('_', ' ')} | {count} | {found} | {called} | {as_what} |")
        else:
            print(json.dumps({"bench": "mechanisms", "label": label, "mechanism": subtype, "n": count, "found": found,
                              "called": called, "as": as_what}))  # fmt: skip


if __name__ == "__main__":
    main()
