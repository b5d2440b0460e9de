"""Restart the sound server of the room user's session: PipeWire with its session manager, or PulseAudio."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.in_session import InSession
from monitor.remedies.remedy import Remedy
from monitor.user_session_client.protocol import FOLDER

COMMAND = "systemctl --user restart pipewire pipewire-pulse wireplumber"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartSoundServer:
    """user: whose session, "" where there is only one."""

    user: str = ""
    folder: Path = FOLDER

    @property
    def _session(self) -> InSession:
        return InSession(verb="restart_sound", subject="sound server", user=self.user, folder=self.folder)

    def describe(self) -> str:
        return "Restart the sound server of the room user's session."

    async def dry_run(self) -> RemedyOutcome:
        return await self._session.ask(dry=True, command=COMMAND, good=because("sound_ready"))

    async def run(self) -> RemedyOutcome:
        return await self._session.ask(dry=False, command=COMMAND, good=because("sound_active"))


def remedy(target: str, user: str) -> Remedy:
    return RestartSoundServer(user=user)
