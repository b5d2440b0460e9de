"""A browser without JavaScript: keeps cookies, reads the forms of a page, presses their buttons."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import aiohttp


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"": given.get("action", "")})
        elif tag == "input" and self.forms and given.get("type") in ("hidden", "text", "date"):
            self.forms[-1][given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self.forms[-1][self._select] = given["value"]


def forms(page: str) -> list[dict[str, str]]:
    """The fields of each form; "" is its address."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


class Phone:
    """One person's browser. status, page: of the answer that it shows."""

    def __init__(self, address: str) -> None:
        self._session = aiohttp.ClientSession(address, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.status, self.page, self.url = 0, "", ""

    async def close(self) -> None:
        await self._session.close()

    async def open(self, path: str, **more: Any) -> str:
        async with self._session.get(path, **more) as answer:
            return await self._shows(answer)

    async def press(self, verb: str, nth: int = 0, **typed: str) -> str:
        """Fill in and send a form of the page that is shown."""
        form = [one for one in forms(self.page) if one.get("verb") == verb][nth]
        return await self.send({**form, **typed})

    async def send(self, form: dict[str, str], **more: Any) -> str:
        fields = {name: value for name, value in form.items() if name}
        async with self._session.post(form[""], data=fields, **more) as answer:
            return await self._shows(answer)

    def verbs(self) -> list[str]:
        return [one["verb"] for one in forms(self.page) if "verb" in one]

    def note(self) -> str:
        """What the page says of the last press."""
        found = re.search(r'<p class="note (?:good|bad)" role="(?:status|alert)">(.*?)</p>', self.page)
        return found[1] if found else ""

    async def _shows(self, answer: aiohttp.ClientResponse) -> str:
        self.status, self.page, self.url = answer.status, await answer.text(), str(answer.url)
        return self.page
