"""Attacks the product in every way that is known to us, and says what held.

Each attack is a line of bench/attacks/table.py, with what must hold. Without options all of them run small; --full has
the counts that docs/reliability.md promises. A long one runs in parts, each with another seed: keep what they print in
a file, and --from adds them up. Prints JSON lines, the table on standard error. Exits 0 whatever held.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from bench.attacks.attack import Attack, Figure, Result, Size
from bench.attacks.page import NOT_MEASURED, PAGE, cell, written
from bench.attacks.table import ATTACKS


async def attacked(attack: Attack, size: Size) -> Result:
    begun, failed, figures = time.monotonic(), "", {}
    if attack.root and os.geteuid() != 0:
        failed = "needs root"
    else:
        try:
            figures = dict(await attack.run(size))
        except Exception as error:
            failed = f"{type(error).__name__}: {error}"
    return Result(
        name=attack.name,
        figures=figures,
        day=dt.datetime.now(dt.UTC).date().isoformat(),
        load=os.getloadavg()[0],
        seconds=time.monotonic() - begun,
        failed=failed,
    )


def printed(attack: Attack, result: Result) -> str:
    held = None if result.failed else not attack.broken(result.figures)
    return json.dumps({"bench": "attack", "held": held, **asdict(result)})


def kept(file: Path) -> list[Result]:
    """What an earlier run printed."""
    found = []
    for line in file.read_text().splitlines():
        if line.startswith('{"bench": "attack"'):
            row = json.loads(line)
            figures = {name: Figure(**one) for name, one in row.pop("figures").items()}
            del row["bench"], row["held"]
            found.append(Result(**row, figures=figures))
    return found


def table(results: Mapping[str, Result]) -> str:
    wide = max(len(one.name) for one in ATTACKS)
    told = {name: cell(BY_NAME[name], one) + (f": {one.failed}" if one.failed else "") for name, one in results.items()}
    return "\n".join(f"{one.name:{wide}}  {told.get(one.name, NOT_MEASURED)}" for one in ATTACKS)


BY_NAME = {one.name: one for one in ATTACKS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="the attacks, and what must hold")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(BY_NAME), default=list(BY_NAME))
    parser.add_argument("--full", action="store_true", help="the counts that the page promises")
    parser.add_argument("--count", type=int, help="as many kills, flips, seconds, whatever the attack counts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="files", nargs="+", type=Path, metavar="FILE", help="add up what was printed")
    parser.add_argument("--write", action="store_true", help=f"the table into {PAGE.name}")
    asked = parser.parse_args()
    if asked.list:
        for one in ATTACKS:
            print(
                f"{one.name}: {one.what}\n    must hold: {one.holds}\n    {one.small} {one.counts}, {one.full} in full"
            )
        return
    results: dict[str, Result] = {}
    if asked.files:
        for part in (result for file in asked.files for result in kept(file) if not result.failed):
            results[part.name] = results[part.name].joined(part) if part.name in results else part
    else:
        for name in asked.only:
            attack = BY_NAME[name]
            number = asked.count or (attack.full if asked.full else attack.small)
            results[name] = asyncio.run(attacked(attack, Size(number, asked.seed)))
            print(printed(attack, results[name]), flush=True)
    print(table(results), file=sys.stderr)
    if asked.write:
        PAGE.write_text(written(PAGE.read_text(), ATTACKS, results))


if __name__ == "__main__":
    main()
