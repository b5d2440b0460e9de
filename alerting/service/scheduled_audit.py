"""Audits the journal on a schedule, beside the engine: in a thread, with a reader of its own, over what changed.

A finding is told in ways that do not need the chain it doubts: straight to ``audit.channels``, to the dead-man's
switches, and as the fault ``audit_failed``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from alerting.audit.auditor import audit, confirmed
from alerting.audit.finding import AuditFinding, Code
from alerting.configuration import Secret
from alerting.delivery.contract import Outbound, Outcome, OutgoingMessage
from alerting.journal import JournalUnavailable, open_reader
from alerting.model.fault import Fault
from alerting.plan.contract import ResponsePlan
from alerting.plan.wall_time import clock
from alerting.service.settings import ServiceSettings
from alerting.words import load_words

log = logging.getLogger(__name__)

CODE = "audit_failed"
LOOK_BACK = 24 * 3600.0
"""Seconds of closed incidents that the first audit after a start reads again: a night and a day."""
QUIET_AFTER = 3600.0
"""Seconds without a new finding after which the fault is over: what was missed stays missed, it was told."""
REMEMBER = 7 * 86400.0
"""Seconds for which a told finding is known: longer than an incident usually lives."""
RECHECK = 5.0
"""Seconds after which a finding is looked for a second time: an engine that wakes up writes that it was asleep, and
what was due meanwhile, at its first tick."""
TELL_AT_MOST = 5
"""Findings that one message names; the rest it counts, and `roomwatch audit` lists."""


class Audits:
    """``findings``: how many there were in the last audit; ``last``: Unix time of it, 0 before the first."""

    def __init__(
        self,
        settings: Callable[[], ServiceSettings],
        folder: Path,
        *,
        plan: Callable[[], tuple[ResponsePlan, float]],
        now: Callable[[], float],
        opened: Callable[[Fault], Awaitable[object]],
        cleared: Callable[[Fault], Awaitable[object]],
        outbound: Outbound,
        alarm: Callable[[str], Awaitable[None]],
        examine: Callable[[], Awaitable[None]] | None = None,
        recheck: float = RECHECK,
    ) -> None:
        """plan: the plan in force and since when. now: the engine's time. alarm: tells the dead-man's switches.
        examine: examines the journal, for rows that make no sense."""
        self._examine, self._recheck = examine, recheck
        self._settings, self._folder, self._plan, self._now = settings, folder, plan, now
        self._opened, self._cleared, self._outbound, self._alarm = opened, cleared, outbound, alarm
        self._file = folder / "audit.json"
        self._told = self._read()
        self._since: float | None = None
        self._open_until = 0.0
        self.findings = 0
        self.last = 0.0

    async def loop(self) -> None:
        """Until cancelled. An audit that breaks is logged and tried again: it must not end the daemon."""
        self._open_until = time.time() + QUIET_AFTER
        while True:
            await asyncio.sleep(self._settings().audit.interval)
            try:
                await self.once()
            except JournalUnavailable as error:
                # Told by the fault journal_unavailable.
                log.warning("no audit for now: %s", error)
            except Exception:
                log.exception("the audit broke; it is tried again")

    async def once(self) -> list[AuditFinding]:
        """One audit; what is new is told. All findings of it."""
        plan, plan_since = self._plan()
        now = self._now()
        since = now - LOOK_BACK if self._since is None else self._since
        thorough = self._since is None
        found = await asyncio.to_thread(self._audit, now, since, plan, plan_since, thorough)
        if found is None:
            if self._examine is not None:
                await self._examine()
            return []
        # Damage is told by itself, as the fault journal_damaged.
        fresh = [one for one in found if one.key not in self._told and one.code is not Code.DAMAGED]
        if fresh:
            # People are called for it: it must still be so when an engine that was asleep has caught up.
            await asyncio.sleep(self._recheck)
            again = await asyncio.to_thread(self._audit, self._now(), since, plan, plan_since, thorough) or []
            found, fresh = confirmed(found, again), confirmed(fresh, again)
        self._since, self.last, self.findings = now, time.time(), len(found)
        if fresh:
            await self._tell(fresh)
        elif self._open_until and time.time() >= self._open_until:
            self._open_until = 0.0
            await self._cleared(self._fault())
        return found

    def _audit(
        self, now: float, since: float, plan: ResponsePlan, plan_since: float, thorough: bool
    ) -> list[AuditFinding] | None:
        """None where rows of the journal make no sense: they are found and set aside when it is examined."""
        reader = open_reader(self._folder)
        try:
            found = list(audit(reader, now=now, since=since, plan=plan, plan_since=plan_since, thorough=thorough))
            if reader.unreadable:
                log.error("%d rows of the journal make no sense: it is not audited", reader.unreadable)
            return None if reader.unreadable else found
        finally:
            reader.close()

    def _fault(self, **evidence: str | float | int | bool) -> Fault:
        return Fault(room=self._settings().home.id, code=CODE, since=self._now(), evidence=evidence)

    async def _tell(self, fresh: list[AuditFinding]) -> None:
        for one in fresh:
            log.error(
                "audit: incident %d, %s: %s %s (%s)", one.incident, one.what, one.code.value, one.contact, one.detail
            )
        self._told |= {one.key: time.time() for one in fresh}
        self._write()
        self._open_until = time.time() + QUIET_AFTER
        text = self._text(fresh)
        first = fresh[0]
        fault = self._fault(incident=first.incident, what=first.what, finding=first.code.value, count=len(fresh))
        for telling in (self._straight(fresh, text), self._alarm(text), self._opened(fault)):
            try:
                await telling
            except Exception:
                log.exception("one way to tell of the audit broke")

    def _text(self, fresh: list[AuditFinding]) -> str:
        words = load_words(self._settings().home.language)
        timezone = self._plan()[0].data.timezone
        lines = [in_words(one, self._settings().home.language, timezone) for one in fresh[:TELL_AT_MOST]]
        if len(fresh) > TELL_AT_MOST:
            lines.append(words.text("audit.more", count=len(fresh) - TELL_AT_MOST))
        return "\n".join(lines)

    async def _straight(self, fresh: list[AuditFinding], text: str) -> None:
        """Past the plan's engine and its outbox: these are in doubt."""
        settings = self._settings()
        if settings.mode == "observe" or not settings.audit.channels:
            return
        words = load_words(settings.home.language)
        title = words.text("audit.title", room=settings.home.name or settings.home.id)
        rows = [
            OutgoingMessage(
                key=f"audit-{settings.home.id}-{fresh[0].key}-{number}",
                contact="audit",
                channel=str(number),
                url=url,
                title=title,
                body=text,
                short=f"{title} {text.splitlines()[0]}",
                language=settings.home.language,
            )
            for number, url in enumerate(settings.audit.channels)
            if isinstance(url, Secret)
        ]
        for result in await self._outbound.send(rows):
            if result.outcome is not Outcome.SENT:
                log.error("the audit could not be told by channel %s: %s", result.key[-1], result.detail)

    def _read(self) -> dict[str, float]:
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(key): float(at) for key, at in known.items() if float(at) > time.time() - REMEMBER}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return {}

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(self._told), encoding="utf-8")
            fresh.replace(self._file)
        except OSError as error:
            log.warning("what the audit told cannot be kept (%s): it is told again after a restart", error.strerror)


def in_words(finding: AuditFinding, language: str, timezone: str) -> str:
    """One line for people: which incident, what did not happen, when it was due. timezone: "" for this machine's."""
    words = load_words(language)
    at = clock(finding.at, timezone, "%m-%d %H:%M") if math.isfinite(finding.at) else "?"
    kind = f"audit.what.{finding.what}"
    what = words.text(kind) if words.has(kind) else finding.what
    who = words.text("audit.who", contact=finding.contact) if finding.contact else ""
    said = words.text(f"audit.{finding.code.value}")
    return words.text("audit.line", number=finding.incident, time=at, what=what, who=who, said=said)
