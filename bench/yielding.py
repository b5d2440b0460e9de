"""While our child captures, another program wants the camera: how soon is it free? Figures of the guest, which is
about ten times slower than a PC. 100 random openers a camera.

    python -m bench.yielding [--trials 100] [--camera vivid|usb|both]

Openers come at random moments between the start of our child and the end of a look. "all" counts each of them,
"streaming" only those that met our stream. disturbed_share is the share of all whose first request for buffers was
refused; disturbed_share_in_a_day is that share times the part of the time in which we look at all.
"""

from __future__ import annotations

import argparse
import json
import statistics
from typing import Any

from bench.room import line
from probes.camera import Settings
from tests.room.machine import TROUBLE, Machine
from tests.room.room_pc import opened

PYTHON = "cd /tmp && runuser -u roomwatch -- /opt/roomwatch/bin/python"
BENCH = "yielding"


def run(machine: Machine, case: str, node: str, trials: int, seed: int) -> None:
    command = f"{PYTHON} /opt/rig/yielding.py {node} {trials} {seed}"
    done = machine.shell(command, seconds=60 + 40 * trials, check=False)
    found = [json.loads(row) for row in done.stdout.splitlines() if row.startswith("{") and row.endswith("}")]
    if done.returncode or len(found) < 2:
        error = f"exit code {done.returncode}: {done.stderr[-300:]}"
        line(BENCH, case, "trials_missing", trials + 1 - len(found), "trials", error=error)
    if len(found) < 2:
        return
    alone, *rows = found
    refused = [row for row in rows if row["refused"]]
    share = len(refused) / len(rows)
    more = {"trials": len(rows), "seed": seed, "guest": "TCG, no KVM"}

    def say(metric: str, value: float, unit: str, **extra: Any) -> None:
        line(BENCH, case, metric, value, unit, **more, **extra)

    for name, chosen in (("all", rows), ("streaming", refused)):
        if chosen:
            times = sorted(row["free_ms"] for row in chosen)
            say("free_after_open_median", statistics.median(times), "ms", openers=name, count=len(times))
            say("free_after_open_95", times[int(0.95 * (len(times) - 1))], "ms", openers=name)
            say("free_after_open_max", times[-1], "ms", openers=name)
    say("disturbed_share", share, "ratio")
    say("disturbed_share_in_a_day", share * alone["alone_s"] / Settings().look_every_seconds, "ratio")
    say("gave_way", sum(row["said"] == "gave way" for row in rows), "looks")
    say("false_faults", sum(row["said"].startswith("camera_") and row["refused"] for row in rows), "looks")
    say("processes_left", max(row["left_behind"] for row in rows), "processes")
    say("look_alone", alone["alone_s"], "s", said=alone["said"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--camera", choices=("vivid", "usb", "both"), default="both")
    given = parser.parse_args()
    try:
        with opened() as room:
            room.restore()
            room.shell("systemctl stop roomwatch")
            for name, node in (("vivid", "/dev/video0"), ("usb-webcam", "/dev/video1")):
                if given.camera in ("both", name.partition("-")[0]):
                    run(room.machine, name, node, given.trials, given.seed)
    except TROUBLE as error:
        line(BENCH, given.camera, "not_measured", 1, "guests", error=str(error)[:400])


if __name__ == "__main__":
    main()
