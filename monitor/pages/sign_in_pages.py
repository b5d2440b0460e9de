"""``/sign-in`` and ``/sign-out``: a contact's own password opens what the plan lets them do."""

from __future__ import annotations

import time

from aiohttp import web

from alerting.service.incident_desk import IncidentDesk
from alerting.words import Words
from monitor.pages.bodies import form_of
from monitor.pages.frame import PageFrame, cookie, foreign
from monitor.pages.source import RoomSource
from monitor.pages.visitors import COOKIE, Visitors
from monitor.sign_in.lockout import Lockout
from monitor.sign_in.matching import NotMatched, PasswordMatching, TooBusy
from monitor.sign_in.password import LONGEST


class SignInPages:
    def __init__(self, frame: PageFrame, desk: IncidentDesk, visitors: Visitors) -> None:
        self._frame, self._desk, self._visitors = frame, desk, visitors
        self._matching, self._lockout = PasswordMatching(), Lockout(time.monotonic)

    def add_to(self, app: web.Application, start: str) -> None:
        if not start:
            app.router.add_get("/sign-in", self._show)
            app.router.add_post("/sign-in", self._sign_in)
            app.router.add_post("/sign-out", self._sign_out)

    async def _show(self, request: web.Request) -> web.Response:
        if self._visitors.contact(request):
            raise web.HTTPSeeOther(local(request.query.get("to", "")))
        return self._page(request, to=request.query.get("to", ""))

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = await form_of(request)
        name, password, to = form.get("name", "")[:200], form.get("password", ""), form.get("to", "")
        if foreign(request) or not self._visitors.anybody:
            return self._page(request, problem="elsewhere", to=to, status=403)
        if not name or not 0 < len(password) <= LONGEST:
            return self._page(request, problem="wrong", name=name, to=to, status=403)
        address, contact = request.remote or "", self._visitors.called(name)
        known = contact or name.strip().casefold()
        if wait := self._lockout.wait(known, address):
            return self._page(request, problem="locked", name=name, to=to, status=429, wait=wait)
        written = self._visitors.written(contact) if contact else ""
        # Counted before it is known: of many guesses at once each must count.
        locks = self._lockout.failed(known, address)
        try:
            right = await self._matching.matches(password, written)
        except (TooBusy, NotMatched) as error:
            self._lockout.untried(known, address)
            problem = "busy" if isinstance(error, TooBusy) else "unmatched"
            return self._page(request, problem=problem, name=name, to=to, status=503)
        if not right:
            await self._desk.note_visit("sign_in_locked" if locks else "sign_in_failed", contact, address)
            return self._page(request, problem="wrong", name=name, to=to, status=403)
        self._lockout.succeeded(known, address)
        await self._desk.note_visit("signed_in", contact, address)
        self._visitors.sessions.end(cookie(request, COOKIE))
        answer = web.HTTPSeeOther(local(to))
        token = self._visitors.sessions.begin(contact, written)
        answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=self._frame.secure(request), path="/")
        raise answer

    async def _sign_out(self, request: web.Request) -> web.Response:
        contact = self._visitors.contact(request)
        answer = web.HTTPSeeOther("/")
        if not foreign(request):
            self._visitors.sessions.end(cookie(request, COOKIE))
            answer.del_cookie(COOKIE, path="/")
            if contact:
                await self._desk.note_visit("signed_out", contact, request.remote or "")
        raise answer

    def _page(
        self,
        request: web.Request,
        *,
        problem: str = "",
        name: str = "",
        to: str = "",
        status: int = 200,
        wait: float = 0,
    ) -> web.Response:
        source = self._frame.source(request)
        assert source is not None  # without a room in the address it is the home room
        words = self._frame.words(request, source)
        said = "" if self._visitors.anybody else words.text("pages.sign_in.nobody")
        if problem:
            said = said or words.text(f"pages.sign_in.{problem}", minutes=max(1, round(wait / 60)))
        answer = self._render(request, source, words, said, name, to, status)
        if wait:
            answer.headers["Retry-After"] = f"{wait:.0f}"
        return answer

    def _render(
        self, request: web.Request, source: RoomSource, words: Words, problem: str, name: str, to: str, status: int
    ) -> web.Response:
        return self._frame.page(
            request,
            source,
            "sign_in.html",
            words,
            status=status,
            problem=problem,
            name=name,
            to=local(to),
            kept=f"to={local(to)}&",
            possible=self._visitors.anybody,
        )


def local(to: str) -> str:
    """A path of this server, "/" for anything else: no link may lead elsewhere by way of the sign-in page."""
    plain = to.isascii() and to.isprintable() and "\\" not in to and len(to) < 200
    return to if plain and to.startswith("/") and not to.startswith("//") else "/"
