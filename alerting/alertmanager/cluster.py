"""The cluster of Alertmanagers as the plan sees it: who accepted which incident, and which silences hold.

Nothing is remembered over a restart: what stands is read anew from the incidents of the journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from alerting.alertmanager.alerts import Alert, Labels
from alerting.alertmanager.member import Member
from alerting.alertmanager.posted_alerts import AlertBoard, Posted
from alerting.alertmanager.settings import AlertmanagerSettings
from alerting.alertmanager.silences import AlertSilence, read_silences
from alerting.model.reason import because

log = logging.getLogger("roomwatch.alertmanager")

SILENCES_SECONDS = 30.0
"""Seconds between two looks at the silences: a person makes one before the work begins. It also shows that a member is
gone before there is anything to post."""


class Cluster:
    """settings, acting: as they are now; in observe mode nothing is posted. steady: seconds of a clock that nobody
    sets, so that what stands is sent again in time. on_accepted: hears the numbers of the incidents of which a member
    took an alert."""

    def __init__(
        self,
        settings: Callable[[], AlertmanagerSettings],
        *,
        acting: Callable[[], bool],
        steady: Callable[[], float],
        on_accepted: Callable[[set[int]], Awaitable[None]],
    ) -> None:
        self._settings, self._acting, self._steady, self._on_accepted = settings, acting, steady, on_accepted
        self.silences: tuple[AlertSilence, ...] = ()
        """The silences as a member last told them. They are kept while no member answers, because each names its own
        end."""
        self._board = AlertBoard()
        self._members: dict[str, Member] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._not_judged: frozenset[str] = frozenset()
        self._stir = asyncio.Event()

    # What the plan asks (alerting/workflows/alertmanager_handover.py)

    @property
    def responds(self) -> bool:
        """Whether people are told by Alertmanager."""
        return self._settings().respond == "alertmanager" and self._acting()

    @property
    def answers(self) -> bool:
        """False where the last request to every member failed."""
        return not self._members or any(not one.problem for one in self._members.values())

    @property
    def take_over_seconds(self) -> float:
        return self._settings().take_over_seconds

    def accepted(self, incident: int) -> bool:
        return self._board.all_accepted(incident)

    def silent_for(self, incident: int) -> float | None:
        since = self._board.silent_since(incident)
        return None if since is None else self._steady() - since

    # What drives it

    def show(self, standing: Mapping[Labels, Alert]) -> None:
        """These alerts stand now."""
        self._board.show(standing if self._acting() else {}, self._steady())
        for member in self._members.values():
            member.changed.set()

    def settings_changed(self) -> None:
        self._stir.set()

    async def loop(self) -> None:
        """Until cancelled: a task for each member of the settings, and a look at the silences now and then."""
        try:
            while True:
                self._stir.clear()
                self._follow_settings()
                await self._read_silences()
                try:
                    async with asyncio.timeout(SILENCES_SECONDS):
                        await self._stir.wait()
                except TimeoutError:
                    continue
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            self._members, self._tasks = {}, {}

    def state(self) -> list[dict[str, Any]]:
        """Each member, for the status: its address, the Unix time of its last good answer, why it gives none now."""
        return [{"url": url, "last": one.last, "problem": one.problem} for url, one in self._members.items()]

    def _follow_settings(self) -> None:
        urls = self._settings().urls
        for url in [url for url in self._members if url not in urls]:
            self._tasks.pop(url).cancel()
            del self._members[url]
        self._board.keep(urls)
        for url in urls:
            if url not in self._members:
                self._members[url] = member = Member(url, self._board, self._settings, self._steady, self._accepted)
                self._tasks[url] = asyncio.create_task(member.loop())

    async def _accepted(self, posted: Sequence[Posted]) -> None:
        await self._on_accepted({one.alert.incident for one in posted})

    async def _read_silences(self) -> None:
        """Read them from the first member that answers: members tell each other of their silences."""
        if not self._settings().silences:
            self.silences = ()
            return
        for url, member in self._members.items():
            body = await member.silences()
            if body is None:
                continue
            try:
                self.silences, left = read_silences(body)
            except ValueError as error:
                member.problem = because("answer_foreign")
                log.warning("Alertmanager %s answers what is no list of silences: %s", url, error)
                continue
            for number in left.keys() - self._not_judged:
                log.warning("silence %s holds nothing back in the room, only in Alertmanager: %s", number, left[number])
            self._not_judged = frozenset(left)
            return
