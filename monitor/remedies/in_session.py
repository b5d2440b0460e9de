"""Asks the room user's session part to do something there, and says what its number means."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.remedy import ALLOWED, cannot, done
from monitor.user_session.problems import SessionProblem
from monitor.user_session_client.client import ask, socket_of
from monitor.user_session_client.protocol import FOLDER, SessionError

log = logging.getLogger("roomwatch.remedies")
ANSWER_SECONDS = 30.0
"""The session part ends itself after 25 s."""

OF_THE_SUBJECT = {
    SessionProblem.UNKNOWN_APPLICATION: "session_profile",
    SessionProblem.NO_START: "session_no_start",
    SessionProblem.NO_UNIT: "session_no_unit",
    SessionProblem.DID_NOT_END: "session_not_ended",
    SessionProblem.DID_NOT_START: "session_not_started",
}
OF_THE_SESSION = {
    SessionProblem.ROOT: "session_root",
    SessionProblem.NO_USER_MANAGER: "session_manager",
    SessionProblem.BAD_LINK: "session_link",
    SessionProblem.NO_OPENER: "session_opener",
    SessionProblem.NO_SOUND_SERVER: "session_sound",
}
"""The session part's numbers → codes of reasons: about the program, and about the session itself."""


class NoSession(Exception):
    """Nobody's session can be asked."""

    def __init__(self, why: Reason) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class InSession:
    """One verb of the session part. user: whose session; "" where there is only one."""

    verb: str
    subject: str
    user: str = ""
    application: str = ""
    link: str = ""
    allowed: str = "start-backup"
    """The folder of hosts that the administrator allowed for this verb."""
    folder: Path = FOLDER

    async def ask(self, *, dry: bool, command: str, good: Reason) -> RemedyOutcome:
        """good: what it came to when all went well."""
        try:
            uid = self._uid()
        except NoSession as missing:
            return cannot(missing.why, command)
        if uid == 0:
            return cannot(because("session_root"), command)
        words = {"application": self.application, "link": self.link}
        given = {name: value for name, value in words.items() if value}
        try:
            answer = await ask(
                socket_of(uid, self.folder), self.verb, owner=uid, deadline=ANSWER_SECONDS, dry=dry, **given
            )
        except SessionError as error:
            log.warning("%s of %s: %s", self.verb, self.subject, error)
            return cannot(because("session_silent"), command)
        try:
            problem = SessionProblem(int(answer.get("problem", -1)))
        except ValueError:
            return cannot(because("session_strange"), command)
        if problem is not SessionProblem.NONE:
            return cannot(self._meaning(problem), command)
        return done(good, command)

    def _meaning(self, problem: SessionProblem) -> Reason:
        if problem is SessionProblem.NOT_ALLOWED:
            return because("session_host", place=str(ALLOWED / self.allowed / "HOST"))
        if problem in OF_THE_SESSION:
            return because(OF_THE_SESSION[problem])
        return because(OF_THE_SUBJECT[problem], what=self.subject)

    def _uid(self) -> int:
        """Raises NoSession."""
        import pwd

        if self.user:
            try:
                return pwd.getpwnam(self.user).pw_uid
            except KeyError:
                raise NoSession(because("session_no_user", user=self.user)) from None
        try:
            uids = [int(one.stem) for one in self.folder.glob("*.sock") if one.stem.isdecimal()]
        except OSError:
            uids = []
        if not uids:
            raise NoSession(because("session_none"))
        if len(uids) > 1:
            raise NoSession(because("session_several", uids=tuple(map(str, sorted(uids)))))
        return uids[0]
