"""Start the backup application with a join link in the room user's session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.in_session import InSession
from monitor.remedies.remedy import Remedy, cannot
from monitor.user_session_client.protocol import FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class StartBackup:
    """target: the join link, or a profile's id, a space and the link: then the profile's own join command is used."""

    target: str
    user: str = ""
    folder: Path = FOLDER

    @property
    def _parts(self) -> tuple[str, str]:
        first, _, rest = self.target.strip().partition(" ")
        return (first, rest.strip()) if rest else ("", first)

    @property
    def _session(self) -> InSession:
        application, link = self._parts
        return InSession(
            verb="open_link",
            subject=application or "backup",
            user=self.user,
            application=application,
            link=link,
            folder=self.folder,
        )

    def describe(self) -> str:
        application, link = self._parts
        return f"Join {link or 'the backup meeting'} with {application or 'the program that opens such links'}."

    async def dry_run(self) -> RemedyOutcome:
        return await self._ask(dry=True, good=because("backup_ready"))

    async def run(self) -> RemedyOutcome:
        return await self._ask(dry=False, good=because("backup_joined"))

    async def _ask(self, *, dry: bool, good: Reason) -> RemedyOutcome:
        link = self._parts[1]
        if not link:
            return cannot(because("no_link"))
        return await self._session.ask(dry=dry, command=f"xdg-open '{link}'", good=good)


def remedy(target: str, user: str) -> Remedy:
    return StartBackup(target=target, user=user)
