#!/usr/bin/env python3
"""Scores a judge on a folder of labelled clips by mechanism: how many there are, found as any fault, called by name.

A healthy kind is "found" when it is called a fault. The worst stand at the top. --renew writes the figures and the
table into a page, between the marks <!-- MODALITY: … --> and <!-- end -->.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.detectors import (  # fmt: skip
    HEALTHY,
    MODALITIES,
    UNJUDGEABLE_WITHOUT_REFERENCE,
    JudgeClips,
    Judged,
    Row,
    is_fault,
    macro_f1,
    read_manifest,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One way in which a label comes about. found: as any fault. called: by its name. instead: other answers."""

    label: str
    name: str
    clips: int
    found: int
    called: int
    instead: str

    @property
    def wrong(self) -> int:
        return self.found if self.label == HEALTHY else self.clips - self.found

    def row(self) -> str:
        return f"| {self.label} | {self.name} | {self.clips} | {self.found} | {self.called} | {self.instead} |"


def by_mechanism(rows: Sequence[Row], judged: Sequence[Judged]) -> list[Mechanism]:
    """Worst first."""
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row, one in zip(rows, judged, strict=True):
        said[row["label"], row.get("subtype", "")].append(one.label)
    found = [
        Mechanism(
            label=label, name=subtype.replace("_", " "), clips=len(answers), found=sum(map(is_fault, answers)),
            called=sum(answer == label for answer in answers),
            instead=" ".join(f"{a} {n}" for a, n in Counter(answers).most_common() if a != label),
        )
        for (label, subtype), answers in said.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.wrong / one.clips, one.called / one.clips, one.label, one.name))


def case_row(case: str, rows: Sequence[Row], judged: Sequence[Judged]) -> str:
    """One line of the table of cases."""
    said = [one.label for one in judged]
    healthy = [is_fault(one) for row, one in zip(rows, said, strict=True) if row["label"] == HEALTHY]
    faults = [(row.get("severity"), is_fault(one)) for row, one in zip(rows, said, strict=True)
              if row["label"] != HEALTHY]  # fmt: skip

    def recall(severity: str = "") -> str:
        some = [found for which, found in faults if severity in ("", which)]
        return f"{sum(some) / len(some):.3f}" if some else ""

    figures = (case, len(rows), f"{macro_f1([row['label'] for row in rows], said):.3f}", recall(), recall("1"),
               recall("2"), recall("3"), f"{sum(healthy)} of {len(healthy)}",
               f"{median(one.cpu_ms for one in judged):.1f} ms")  # fmt: skip
    return "| " + " | ".join(map(str, figures)) + " |"


def tables(cases: Sequence[tuple[str, Sequence[Row], Sequence[Judged]]]) -> str:
    """The cases, and the mechanisms of the first one that are not all found and called."""
    text = ["| Case | Clips | Macro-F1 | Any-fault recall | Severity 1 | Severity 2 | Severity 3 | False alarms "
            "| CPU a clip, median |", "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    text += [case_row(*one) for one in cases]
    everything = by_mechanism(cases[0][1], cases[0][2])
    worth = [one for one in everything if one.wrong or (one.label != HEALTHY and one.called < one.clips)]
    text += ["", "By mechanism (n clips, found as any fault, called by name; a healthy kind that is found is a false",
             "alarm), worst first. Left out are those of which every clip is called by name, and healthy kinds without",
             f"a false alarm: {len(everything) - len(worth)} of {len(everything)}.", "",
             "| label | mechanism | n | found | called | said instead |", "|---|---|---|---|---|---|"]  # fmt: skip
    return "\n".join([*text, *(one.row() for one in worth)])


def renew(page: Path, modality: str, text: str) -> None:
    """Put the text between the marks of this modality. Raises ValueError for a page without them."""
    old = page.read_text(encoding="utf-8")
    new, count = re.subn(rf"(<!-- {modality}: [^\n]*-->\n).*?(<!-- end -->)", lambda m: f"{m[1]}\n{text}\n\n{m[2]}",
                         old, flags=re.DOTALL)  # fmt: skip
    if count != 1:
        raise ValueError(f"{page}: there is no <!-- {modality}: … --> with an <!-- end --> after it")
    page.write_text(new, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--modality", choices=sorted(MODALITIES), default="audio")
    parser.add_argument("--renew", type=Path, metavar="PAGE", help="write the tables into this page")
    parser.add_argument("--list", help="print each wrong clip of this label")
    options = parser.parse_args()
    rows = [row for row in read_manifest(options.corpus / "manifest.csv") if row["modality"] == options.modality]
    module, _, name = MODALITIES[options.modality].partition(":")
    judge_clips: JudgeClips = getattr(importlib.import_module(module), name)
    judged = judge_clips(options.corpus, rows, True)
    for row, one in zip(rows, judged, strict=True):
        if options.list == row["label"] and one.label != row["label"]:
            print(row["file"], "severity", row.get("severity"), "→", one.label, file=sys.stderr)
    for kind in by_mechanism(rows, judged):
        print(json.dumps({"bench": "mechanisms", "label": kind.label, "mechanism": kind.name, "n": kind.clips,
                          "found": kind.found, "called": kind.called, "as": kind.instead}))  # fmt: skip
    if options.renew is None:
        return
    cases = [("Learned view" if options.modality == "video" else "All labels", rows, judged)]
    if options.modality == "video":
        without = [row for row in rows if row["label"] not in UNJUDGEABLE_WITHOUT_REFERENCE]
        cases.append(("No learned view", without, judge_clips(options.corpus, without, False)))
    renew(options.renew, options.modality, tables(cases))


if __name__ == "__main__":
    main()
