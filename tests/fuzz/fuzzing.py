"""Feeds a parser with what hypothesis makes of noise and of seeds, and keeps what broke it.

`python -m tests.fuzz.fuzzing --minutes N [NAME …]`: so long for each target. What broke one is kept as a seed, which
the tests try for ever. Exit code 1 when something broke.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from types import FrameType

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from tests.fuzz.target import Target
from tests.fuzz.targets import SEEDS, TARGETS, seeds_of

CPU_SECONDS = 2.0
"""For one input: the slowest parser, of calendars, takes 0.1 s for what is tried here."""

MEMORY_BYTES = 1 << 30
EXAMPLES = 400


class TooLong(BaseException):
    """No Exception, so that no parser takes it for one of its own."""


def inputs(target: Target, seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Noise, and seeds that were cut, repeated, spoiled and joined."""
    noise = st.binary(max_size=400)
    words = st.sampled_from([*target.words, b"\n", b"\0", b" ", b":", b"9" * 30, b"\xff" * 4, "\u0300é接".encode()])
    edit = st.tuples(st.sampled_from("idrmw"), st.integers(0, 5000), st.integers(0, 60), noise | words)
    base = st.sampled_from(seeds) if seeds else noise
    return noise | st.builds(_edited, base, st.lists(edit, min_size=0, max_size=8))


def _edited(data: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
    for how, where, length, piece in edits:
        at = where % (len(data) + 1)
        if how == "i":
            data = data[:at] + piece + data[at:]
        elif how == "d":
            data = data[:at] + data[at + length :]
        elif how == "r":
            data = data[:at] + piece[:length] + data[at + len(piece[:length]) :]
        elif how == "m":
            data = data[:at] + data[at : at + length] * 20 + data[at:]
        else:
            data = data[:at] + piece * (length % 20 + 1) + data[at:]
    return data[:20_000]


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """CPU_SECONDS for what is done within."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def feed(target: Target, data: bytes) -> None:
    """Raises what the parser did not promise, and AssertionError for one that takes too long."""
    try:
        with limited():
            target.read(data)
    except target.known:
        return
    except TooLong:
        raise AssertionError(f"more than {CPU_SECONDS:g} s of CPU") from None


def broke(name: str, target: Target, seconds: float, examples: int = EXAMPLES) -> bytes | None:
    """The smallest input found that breaks it within that time; None where none did."""
    until = time.monotonic() + seconds
    last: list[bytes] = []

    @settings(
        max_examples=examples,
        deadline=None,
        database=InMemoryExampleDatabase(),
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(target, seeds_of(name)))
    def run(data: bytes) -> None:
        if time.monotonic() > until and not last:
            return
        try:
            feed(target, data)
        except Exception:
            last[:] = [data]
            raise

    while time.monotonic() < until:
        try:
            run()
        except Exception:
            print(f"{name}: broke on {last[0]!r}", file=sys.stderr)
            traceback.print_exc(limit=-4)
            return last[0]
    return None


def keep(name: str, data: bytes) -> None:
    """As a seed, which the tests try from now on."""
    folder = SEEDS / name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="NAME", help=f"of: {', '.join(TARGETS)}")
    asked = parser.parse_args()
    unknown = [name for name in asked.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target {unknown[0]!r}; there are {', '.join(TARGETS)}")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES + (2 << 30), resource.RLIM_INFINITY))
    bad = 0
    for name in asked.targets or TARGETS:
        found = broke(name, TARGETS[name], asked.minutes * 60.0)
        print(f"{name}: {'broke' if found is not None else 'held'} ({asked.minutes:g} min)", flush=True)
        if found is not None:
            keep(name, found)
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
