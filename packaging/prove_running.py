"""Imports every module of ours and all that they import anywhere, and calls each judge that libraries do the work of.

    /opt/roomwatch/bin/python packaging/prove_running.py

Runs with the Python and the libraries of the package: what a library loads by a call, no syntax tree shows. Ends with
the error of whatever is not there. prove_imports.py proves besides what needs no running.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import os
from collections.abc import Iterable
from pathlib import Path

OURS = ("alerting", "monitor", "probes")
LLDP = (
    "0180c200000e02000000000188cc020704020000000001040305313206020078080b3346206c616b65736964650a0573772d33660e0400140014"
    "fe060080c201001e0000"
)
CDP = (
    "01000ccccccc020000000001002eaaaa0300000c200002b400000001000973772d34660003000b4769312f302f3700040008000000290"
    "00a00060028"
)
"""As a switch sends them: sw-3f and sw-4f."""


def main() -> None:
    read_frames()  # before anything else has loaded scapy
    names = set(wanted())
    for name in sorted(names):
        importlib.import_module(name)
    judge_pictures()
    judge_sounds()
    evaluate_script()
    print(f"{len(names)} modules are there, and every judge judges")


def wanted() -> Iterable[str]:
    for package in OURS:
        top = Path(str(importlib.import_module(package).__file__)).parent
        for file in top.rglob("*.py"):
            yield from named_in(file)
            if file.stem != "__main__":  # an import would run it
                yield ".".join((package, *file.relative_to(top).with_suffix("").parts)).removesuffix(".__init__")


def named_in(file: Path) -> Iterable[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module)


def judge_pictures() -> None:
    import cv2
    import numpy as np

    from probes.camera.judge_frames import judge
    from probes.camera.reference import decode_reference, encode_reference, learn_reference

    # The package carries no dice: a hash throws them.
    dots = np.frombuffer(hashlib.shake_128(b"view").digest(24 * 32), np.uint8).reshape(24, 32)
    grain = np.frombuffer(hashlib.shake_128(b"grain").digest(15 * 240 * 320 * 3), np.uint8).reshape(15, 240, 320, 3)
    view = cv2.cvtColor(cv2.resize(dots, (320, 240), interpolation=cv2.INTER_NEAREST) // 2 + 60, cv2.COLOR_GRAY2BGR)
    frames = view + grain % 8
    learned = decode_reference(encode_reference(learn_reference(frames)))
    said = judge(frames, [100.0 * number for number in range(15)], reference=learned)
    if said.label != "healthy":  # only then each rule had its turn
        raise SystemExit(f"prove_running: {said}")


def judge_sounds() -> None:
    import numpy as np

    from probes.acoustic.judge_path import Heard, judge_path
    from probes.acoustic.sweep import Sweep
    from probes.microphone.judge_samples import judge_samples
    from probes.microphone.limits import Limits
    from probes.microphone.sound_take import Take
    from probes.microphone.witnesses import WITNESSES, silent

    noise = np.frombuffer(hashlib.shake_128(b"sound").digest(2 * 144_000), np.int16) * np.float32(2**-20)
    judge_samples(noise, 48_000.0)
    take = Take(noise, 48_000.0)
    for one in (silent, *WITNESSES):
        one(take, Limits())
    sweep = Sweep()
    played = sweep.played()
    judge_path(sweep, Heard(name="copy", samples=played, begins=0.0), Heard(name="room", samples=played, begins=0.05))


def read_frames() -> None:
    """The children of the network's probe. They give an error where others raise it."""
    from probes.network.scapy_child import dhcp, neighbour, path

    os.environ["XDG_CACHE_HOME"] = "/proc/none"  # no folder: scapy would take what an earlier run left
    for protocol, frame in (("LLDP", LLDP), ("CDP", CDP)):
        if (found := neighbour.read({"frame": frame})).get("protocol") != protocol:
            raise SystemExit(f"prove_running: {protocol}: {found}")
    dhcp.discover(bytes(6), 1)
    path.read_echo(path.build_echo("192.0.2.1", 1, 1, 1)[:20], 1)
    path.read_answer(path.build("192.0.2.1", 3478, 1, 1, 1), "192.0.2.1", 3478, 1)


def evaluate_script() -> None:
    from probes.network import pac_child

    script = 'function FindProxyForURL(url, host) { return isPlainHostName(host) ? "DIRECT" : "PROXY p:3128"; }'
    found = pac_child.evaluate({"script": script, "urls": ["https://example.org/"], "address": "192.0.2.1"})
    if "answers" not in found:
        raise SystemExit(f"prove_running: {found}")


if __name__ == "__main__":
    main()
