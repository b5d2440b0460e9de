"""Asks the room user's session part to do something there, and puts its number into words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.protocol import ALLOWED, cannot, done
from monitor.session.remedies import Problem
from monitor.session_client.client import ask, socket_of
from monitor.session_client.protocol import FOLDER, SessionError

ANSWER_SECONDS = 30.0
"""The session part ends itself after 25 s."""

WORDS = {
    Problem.ROOT: "the session belongs to root, and nothing is ever restarted as root; log in as the room's user",
    Problem.UNKNOWN_APPLICATION: "there is no profile of this name: write [probes.software.applications.NAME]",
    Problem.NO_START: "its profile has neither unit, start nor join: write it in the room's configuration",
    Problem.NO_USER_MANAGER: "the room user's service manager (systemd --user) does not answer",
    Problem.NO_UNIT: "the unit in its profile does not exist in the user's session",
    Problem.DID_NOT_END: "it could not be ended: a process sits in the kernel; restart the PC",
    Problem.DID_NOT_START: "it was started but did not come up, or ended at once; see `journalctl --user -e` there",
    Problem.NOT_ALLOWED: f"the administrator has not allowed this host: touch {ALLOWED}/start-backup/HOST",
    Problem.BAD_LINK: "that is no join link: https://, or a meeting program's own scheme, without spaces",
    Problem.NO_OPENER: "nothing there opens links: install xdg-utils, or give the profile a join command",
    Problem.NO_SOUND_SERVER: "no unit of a sound server runs in that session (pipewire, wireplumber, pulseaudio)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InSession:
    """One verb of the session part. user: whose session; "" where there is only one."""

    verb: str
    subject: str
    user: str = ""
    application: str = ""
    link: str = ""
    folder: Path = FOLDER

    async def ask(self, *, dry: bool, command: str, good: str) -> RemedyOutcome:
        """good: the sentence when all went well."""
        try:
            uid = self._uid()
        except LookupError as error:
            return cannot(str(error), command)
        if uid == 0:
            return cannot(WORDS[Problem.ROOT], command)
        words = {"application": self.application, "link": self.link}
        given = {name: value for name, value in words.items() if value}
        try:
            answer = await ask(
                socket_of(uid, self.folder), self.verb, owner=uid, deadline=ANSWER_SECONDS, dry=dry, **given
            )
        except SessionError as error:
            remedy = "log the room's user in, and: systemctl --user enable --now roomwatch-session.socket"
            return cannot(f"the room user's session part gave no answer ({error}); {remedy}", command)
        try:
            problem = Problem(int(answer.get("problem", -1)))
        except ValueError:
            return cannot("the session part's answer is not known to this version", command)
        if problem is not Problem.NONE:
            return cannot(f"{self.subject}: {WORDS[problem]}", command)
        return done(good, command)

    def _uid(self) -> int:
        """Raises LookupError with what to do."""
        import pwd

        if self.user:
            try:
                return pwd.getpwnam(self.user).pw_uid
            except KeyError:
                raise LookupError(f"there is no user {self.user!r} on this machine") from None
        try:
            uids = [int(one.stem) for one in self.folder.glob("*.sock") if one.stem.isdigit()]
        except OSError:
            uids = []
        if not uids:
            raise LookupError(
                "no session part listens: log the room's user in, and there: "
                "systemctl --user enable --now roomwatch-session.socket"
            )
        if len(uids) > 1:
            raise LookupError(
                f"several sessions are open ({', '.join(map(str, sorted(uids)))}): name `user` in the profile"
            )
        return uids[0]
