"""Restart a conferencing program in the room user's session, by its unit or its start command; never as root.

monitor/user_session/restart_program.py ends and starts it there: how long it may take, and how it is killed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.in_session import InSession
from monitor.remedies.remedy import Remedy
from monitor.user_session_client.protocol import FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartApplication:
    """target: the profile's id. user: whose session, "" where there is only one."""

    target: str
    user: str = ""
    folder: Path = FOLDER

    @property
    def _command(self) -> str:
        return f"roomwatch remedy try restart_application {self.target}"

    @property
    def _session(self) -> InSession:
        return InSession(
            verb="restart", subject=self.target, user=self.user, application=self.target, folder=self.folder
        )

    def describe(self) -> str:
        return f"End {self.target} in the room user's session and start it again."

    async def dry_run(self) -> RemedyOutcome:
        good = because("application_ready", what=self.target)
        return await self._session.ask(dry=True, command=self._command, good=good)

    async def run(self) -> RemedyOutcome:
        good = because("application_runs", what=self.target)
        return await self._session.ask(dry=False, command=self._command, good=good)


def remedy(target: str, user: str) -> Remedy:
    return RestartApplication(target=target, user=user)
