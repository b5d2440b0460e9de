"""What the bots of messengers have in common: our own, since Apprise believes the status where only the body tells.

The web hook's address is accepted as it is copied, beside the short form ``scheme://[secret@]token/``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

from alerting.messages.text_cutting import split_bytes
from alerting.sending.delivery_verdict import SENT, OutcomeWord, SendVerdict
from alerting.sending.detail import because
from alerting.sending.messengers.bot_verdict import judge
from alerting.sending.messengers.rate import Window, reserve
from alerting.sending.web_request import AddressError, NoAnswerError, request

RATE_FOLDER_VARIABLE = "ROOMWATCH_RATE_FOLDER"

COLOURS = {"failure": "🔴", "warning": "🟠", "info": "🔵", "success": "🟢"}
"""A bot's text has no colour of its own, so the sign of the type is its first character."""

_PHONE = re.compile(r"\+?\d{7,15}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")


class Bot:
    """What the bots have in common. Address: ``scheme://[secret@]token[/person...]?to=person,@all&via=https://host``.

    via: the service's address where it is not the public one (an own installation, a relay). verify=no: its certificate
    is not looked at.
    """

    scheme = ""
    home = ""
    limit_bytes = 18_000
    codes: ClassVar[dict[int, tuple[OutcomeWord, str]]] = {}
    windows: ClassVar[tuple[Window, ...]] = ()

    def __init__(self, url: str) -> None:
        """url: of this bot's scheme. Raises ValueError where it has no token."""
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        login, _, authority = parts.netloc.rpartition("@")
        self.secret = query.get("secret") or unquote(login.partition(":")[0])
        self.token = query.get("key") or query.get("token") or unquote(authority.partition(":")[0])
        named = [unquote(one) for part in parts.path.split("/") for one in part.split(",")]
        named += [one.strip() for one in query.get("to", "").split(",")]
        self.people = tuple(filter(None, named))
        self.via = (query.get("via") or self.home).rstrip("/")
        self.verify = query.get("verify", "yes").lower() not in ("no", "false", "0", "off")
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("the bot's token is missing or has characters that no token has")

    @classmethod
    def short_form(cls, url: str) -> str:
        """The copied address of this bot's web hook in the short form; "" where it is none."""
        raise NotImplementedError

    def request_address(self) -> str:
        raise NotImplementedError

    def payload(self, text: str) -> dict[str, Any]:
        raise NotImplementedError

    def send(self, title: str, body: str, type: str = "") -> SendVerdict:
        """Send in parts where the text is too long; the first part that fails ends it. type: a key of COLOURS or ""."""
        text = f"{title}\n{body}" if title else body
        text = f"{COLOURS[type]} {text}" if type in COLOURS else text
        verdict = SENT
        parts = split_bytes(text, self.limit_bytes - len(self.mention_text().encode()))
        for number, part in enumerate(parts):
            verdict = self._post(part)
            if verdict.outcome != "sent":
                return verdict._replace(perhaps_arrived=verdict.perhaps_arrived or number > 0)
        return verdict

    def mention_text(self) -> str:
        """What mentioning adds to the text itself."""
        return ""

    def _post(self, text: str) -> SendVerdict:
        wait = reserve(rate_folder(), f"{self.scheme}:{self.token}", self.windows)
        if wait > 0:
            return SendVerdict(outcome="throttled", detail=because("bot_held_back"), retry_after=wait)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        body = json.dumps(self.payload(text), ensure_ascii=False).encode()
        try:
            answer = request("POST", self.request_address(), headers=headers, body=body, verify=self.verify)
        except NoAnswerError as error:
            return SendVerdict(outcome="temporary", detail=error.why, perhaps_arrived=error.perhaps_arrived)
        except AddressError as error:
            return SendVerdict(outcome="permanent", detail=error.why)
        return judge(answer.status, answer.text, self.codes, answer.retry_after)


def rate_folder() -> Path:
    """Where the senders of this machine count together."""
    return Path(os.environ.get(RATE_FOLDER_VARIABLE) or os.environ.get("TMPDIR") or "/tmp")


def sort_people(people: tuple[str, ...]) -> tuple[bool, list[str], list[str]]:
    """(everybody?, phone numbers, user ids)"""
    everybody = any(one.lower().lstrip("@") == "all" for one in people)
    rest = [one.lstrip("@") for one in people if one.lower().lstrip("@") != "all"]
    return everybody, [one for one in rest if _PHONE.fullmatch(one)], [one for one in rest if not _PHONE.fullmatch(one)]


def short_form_of(bot: type[Bot], url: str, path: str, name: str) -> str:
    """name: of the query's field that holds the token."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if parts.hostname != urlsplit(bot.home).hostname or parts.path.rstrip("/") != path or name not in query:
        return ""
    rest = "&".join(f"{one}={quote(values[0], safe='')}" for one, values in query.items() if one != name)
    return f"{bot.scheme}://{query[name][0]}/" + (f"?{rest}" if rest else "")
