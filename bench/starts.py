"""Three ways to start captures, measured in one run: JSON lines with the design's name in each.

cold: this tree, each capture an interpreter of its own. preloaded: this tree with bench/preloaded.py in place of
probes/child/isolate.py, a multiprocessing fork server that has imported the libraries and lives as long as the daemon.
shared: --shared, a revision in which captures of the same minute were forked by a server that lived no longer than they
did. For each: CPU of a look at the camera, at the microphone and at both at once (--looks), and CPU and PSS of all@60s
(--minutes, as bench/footprint.py). The designs take turns, --rounds times. Needs root.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.room import SOURCE

SHARED = "9d3702b"


def tree_of(design: str, folder: Path, revision: str) -> Path:
    """A source tree that starts captures in this way, with the benches of this one."""
    tree = folder / design
    if design == "shared":
        tree.mkdir()
        archive = subprocess.run(["git", "archive", revision], cwd=SOURCE, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", tree], input=archive, check=True)
        shutil.rmtree(tree / "bench")
        shutil.copytree(SOURCE / "bench", tree / "bench")
        return tree
    for name in ("alerting", "bench", "config", "monitor", "probes", "tests"):
        shutil.copytree(SOURCE / name, tree / name, ignore=shutil.ignore_patterns("clips", "__pycache__"))
    if design == "preloaded":
        shutil.copy(SOURCE / "bench" / "preloaded.py", tree / "probes" / "child" / "isolate.py")
    return tree


def run(tree: Path, *command: str) -> None:
    """One bench in the tree; its lines get the design's name."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        print(f'{{"design": "{tree.name}", {line[1:]}', flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--looks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--shared", default=SHARED, help="the revision of the design that shares its start")
    parser.add_argument("--design", choices=("cold", "preloaded", "shared"), action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        designs = options.design or ("cold", "preloaded", "shared")
        trees = [tree_of(design, Path(name), options.shared) for design in designs]
        for _ in range(options.rounds):
            for tree in trees:
                run(tree, "bench.captures", "--captures", "0", "--looks", str(options.looks))
                if options.minutes:
                    run(tree, "bench.footprint", "--case", "all@60s", "--minutes", str(options.minutes))


if __name__ == "__main__":
    main()
