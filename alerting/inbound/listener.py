"""The daemon's side of one inbound child: starts it, takes its typed lines, replaces it when it breaks or is silent.

Parses no text from outside. Ends the child within a second, whatever it does at that moment.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable

import msgspec

from alerting.child.last_words import LastWords
from alerting.child.process_end import kill
from alerting.folders import python_path
from alerting.inbound.child_protocol import ALIVE_SECONDS, LONGEST_LINE, Done, FromChild, Job, Opening, ReadItem, State
from alerting.inbound.unreadable_items import Aside

log = logging.getLogger(__name__)

SILENCE_SECONDS = 6 * ALIVE_SECONDS
"""A child that said nothing for so long hangs: within it a slow server was given up thrice."""

BY_ANOTHER = (-signal.SIGKILL, -signal.SIGTERM)
"""How a child ends that the kernel takes for its memory, or a person ends: an item in hand is not known to be the
reason, and is read once more. What an item does to its reader is a limit reached or an error."""

RESTART_SECONDS = (1.0, 5.0, 15.0, 60.0)


_DECODER: msgspec.json.Decoder[FromChild] = msgspec.json.Decoder(FromChild)


class Listener:
    """One source (a mailbox, a broker, a stream). ``received`` is awaited for each item, one after the other."""

    def __init__(
        self,
        source: str,
        job: Job,
        received: Callable[[ReadItem], Awaitable[None]],
        aside: Aside,
        *,
        python: str = sys.executable,
    ) -> None:
        """source: its name in the configuration, as in "mail.office"."""
        self.source = source
        self._job, self._received, self._aside, self._python = job, received, aside, python
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._opened = self._read_again = ""
        self._refused: frozenset[str] = frozenset()
        self.listening = asyncio.Event()
        self.problem = ""
        """"" or one line that says why nothing can be heard, with the server's own words."""
        self.dropped = 0
        self.restarts = 0

    @property
    def set_aside(self) -> tuple[str, ...]:
        """Items that broke a child, by their numbers in the source."""
        return self._aside.of(self.source)

    @property
    def pid(self) -> int | None:
        """Process id of the living child."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def hears(self, topic: str = "") -> bool:
        """True while an answer (on that topic) would arrive: a message may name this way only then."""
        return self.listening.is_set() and topic not in self._refused

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End the child. What it had in hand is read again by the next one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        while True:
            went_on = False
            try:
                went_on = await self._live()
            except OSError as error:
                self._say_problem(f"no reader can be started: {error.strerror or type(error).__name__}")
            failures = 0 if went_on or self.listening.is_set() else failures + 1
            self.listening.clear()
            self.restarts += 1
            await asyncio.sleep(RESTART_SECONDS[min(failures, len(RESTART_SECONDS) - 1)])

    async def _live(self) -> bool:
        """One child, from its start to its end. True where one item was the reason, which is set aside: what stands
        behind it must not wait for long."""
        process = self._process = await asyncio.create_subprocess_exec(
            self._python,
            "-P",
            "-m",
            "alerting.inbound.child",
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            env={**os.environ, "PYTHONPATH": python_path(), "MALLOC_ARENA_MAX": "1"},
        )
        assert process.stderr is not None
        words = LastWords(process.stderr)
        self._opened, why = "", ""
        ended = "said nothing and is replaced"
        try:
            self._write(process, msgspec.structs.replace(self._job, aside=self.set_aside))
            while line := await self._line(process):
                await self._take(process, _DECODER.decode(line))
            ended = ""
        except TimeoutError:
            pass
        except (ValueError, msgspec.MsgspecError):  # a line beyond its length, or of no known kind
            ended = "broke the protocol and is replaced"
        finally:
            kill(process)
            await process.wait()
            why = await words.said()
            words.close()
        if self._opened and (ended or process.returncode != 0):
            item, self._opened = self._opened, ""
            if not ended and process.returncode in BY_ANOTHER and item != self._read_again:
                self._read_again = item
                log.warning("%s: the reader was ended while it read item %s, which is read again", self.source, item)
                return True
            self._aside.add(self.source, item)
            log.error("%s: item %s broke its reader%s; it is set aside and not read again", self.source, item, why)
            return True
        if process.returncode or ended:
            log.warning("%s: the reader %s%s", self.source, ended or "broke and is started again", why)
        if not self.problem:
            self._say_problem(f"{self.source}: the reader {ended or 'broke and is started again'}")
        return False

    async def _line(self, process: asyncio.subprocess.Process) -> bytes:
        assert process.stdout is not None
        async with asyncio.timeout(SILENCE_SECONDS):
            return await process.stdout.readline()

    async def _take(self, process: asyncio.subprocess.Process, what: FromChild) -> None:
        match what:
            case Opening(item):
                self._opened = item
            case ReadItem():
                self._opened = ""
                await self._received(what)
                if self._job.way == "mail":
                    self._write(process, Done(what.item))
            case State():
                self._opened = ""
                self.dropped = what.dropped
                self._refused = frozenset(what.refused)
                self._say_problem(what.problem)
                if what.listening:
                    self.listening.set()
                else:
                    self.listening.clear()

    def _write(self, process: asyncio.subprocess.Process, what: Job | Done) -> None:
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(what) + b"\n")

    def _say_problem(self, problem: str) -> None:
        if problem and problem != self.problem:
            log.error("%s", problem)
        self.problem = problem
