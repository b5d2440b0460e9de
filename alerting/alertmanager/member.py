"""One member of Alertmanager's cluster: what is due is posted to it, again and again until it accepts.

Its loop is its own, so that a slow member delays no other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import msgspec

from alerting.alertmanager.alerts import STANDS_SECONDS
from alerting.alertmanager.posted_alerts import AlertBoard, Posted
from alerting.alertmanager.settings import AlertmanagerSettings
from alerting.model.reason import Reason, because

log = logging.getLogger("roomwatch.alertmanager")

TIMEOUT_SECONDS = 10.0
"""Seconds for one request, as Prometheus has them (alertmanagers.timeout)."""
RETRY_SECONDS = 5.0
"""Seconds between two tries while the member accepts nothing."""
LONGEST_ANSWER = 4 * 1024 * 1024
"""Bytes: thousands of silences. The rest of a longer answer is not read, and it is none of Alertmanager's."""
SAID = 200
"""Characters of a refusal that are shown."""


class MemberError(Exception):
    """why: for the status and the log. refused: it was answered, and these alerts are what it does not take."""

    def __init__(self, why: Reason, *, refused: bool = False) -> None:
        super().__init__(str(why))
        self.why, self.refused = why, refused


class Member:
    """steady: seconds of a clock that nobody sets. on_accepted: hears which alerts the member took."""

    def __init__(
        self,
        url: str,
        board: AlertBoard,
        settings: Callable[[], AlertmanagerSettings],
        steady: Callable[[], float],
        on_accepted: Callable[[Sequence[Posted]], Awaitable[None]],
    ) -> None:
        self.url, self._board, self._settings = url, board, settings
        self._steady, self._on_accepted = steady, on_accepted
        self.problem = Reason()
        """Why the last request failed; no reason while it is answered."""
        self.last = 0.0
        """Unix time of the last good answer, 0 for never."""
        self.changed = asyncio.Event()

    async def loop(self) -> None:
        """Until cancelled."""
        while True:
            self.changed.clear()
            if posted := self._board.due(self.url, self._steady()):
                await self.post(posted)
            if self.problem:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            wait = max(0.0, self._board.next_at(self.url) - self._steady())
            try:
                async with asyncio.timeout(min(wait, 3600.0)):
                    await self.changed.wait()
            except TimeoutError:
                continue

    async def post(self, posted: Sequence[Posted]) -> None:
        """Together; where the member refuses them, each by itself: one that it does not take keeps no other back."""
        try:
            await self._post(posted)
        except MemberError as error:
            if error.refused and len(posted) > 1:
                for one in posted:
                    await self.post([one])

    async def silences(self) -> bytes | None:
        """Its answer, None where it gave no good one."""
        try:
            return await self._request("GET", "/api/v2/silences")
        except MemberError:
            return None

    async def _post(self, posted: Sequence[Posted]) -> None:
        now, wall = self._steady(), time.time()
        ends = (STANDS_SECONDS if one.ended_at is None else one.ended_at - now for one in posted)
        documents = [one.alert.document(wall + seconds) for one, seconds in zip(posted, ends, strict=True)]
        await self._request("POST", "/api/v2/alerts", msgspec.json.encode(documents))
        self._board.accepted(self.url, posted, self._steady())
        await self._on_accepted(posted)

    async def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer's body. Raises MemberError, and keeps the reason."""
        try:
            answer = await self._answer(method, path, body)
        except MemberError as error:
            if str(error.why) != str(self.problem):
                log.warning("Alertmanager %s: %s; tried again", self.url, error.why)
            self.problem = error.why
            raise
        if self.problem:
            log.info("Alertmanager %s answers again", self.url)
        self.problem, self.last = Reason(), time.time()
        return answer

    async def _answer(self, method: str, path: str, body: bytes | None) -> bytes:
        try:
            headers = {name: value.reveal() for name, value in self._settings().headers.items()}
        except LookupError as error:
            raise MemberError(because("secret_unreadable", place=str(error))) from None
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)) as session,
                session.request(
                    method, self.url.rstrip("/") + path, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                text = await answer.content.read(LONGEST_ANSWER) if answer.content_length != 0 else b""
                status = answer.status
        except TimeoutError:
            raise MemberError(because("no_answer_within", span=TIMEOUT_SECONDS)) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise MemberError(because("no_connection", detail=type(error).__name__)) from None
        if status == 200 and not text.lstrip().startswith(b"<"):
            return text
        if status == 200:
            raise MemberError(because("answer_web_page"))
        said = " ".join(text.decode("utf-8", "replace").split())[:SAID]
        why = because("http_said", status=status, detail=said) if said else because("http_status", status=status)
        raise MemberError(why, refused=status == 400)
