"""Apprise plug-ins for the bots of WeCom, DingTalk, Feishu and Lark that believe the body, not the status.

They take the place of Apprise's own under the same addresses, and accept the web hook's address as it is copied.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

import requests
from apprise import NotifyBase
from apprise.manager_plugins import NotificationManager

from alerting.messages.length import split_bytes
from alerting.sending import bot_answers, bot_rate
from alerting.sending.verdict import SENT, OutcomeWord, Verdict

RATE_FOLDER_VARIABLE = "ROOMWATCH_RATE_FOLDER"

_PHONE = re.compile(r"\+?\d{7,15}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")


class Bot(NotifyBase):  # type: ignore[misc]
    """What the bots have in common. Address: ``scheme://[secret@]token[/person...]?to=person,@all&via=https://host``.

    via: the service's address where it is not the public one (an own installation, a relay).
    """

    title_maxlen = 250
    body_maxlen = 1_000_000  # split by bytes below, which Apprise cannot
    overflow_amalgamate_title = False
    request_rate_per_sec = 0.0  # counted over all senders, below
    templates = ("{schema}://{token}",)
    service_url = ""
    home = ""
    limit_bytes = 18_000
    codes: ClassVar[dict[int, tuple[OutcomeWord, str]]] = {}
    windows: ClassVar[tuple[bot_rate.Window, ...]] = ()

    def __init__(
        self, token: str = "", secret: str = "", people: tuple[str, ...] = (), via: str = "", **rest: Any
    ) -> None:
        super().__init__(**rest)
        if not _TOKEN.fullmatch(token):
            raise TypeError("the bot's token is missing or has characters that no token has")
        self.token, self.secret, self.people = token, secret, people
        self.via = (via or self.home).rstrip("/")
        self.verdict: Verdict | None = None

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        return f"{self.secure_protocol}://{'***' if privacy else self.token}"

    @property
    def url_identifier(self) -> tuple[str, str]:
        return (str(self.secure_protocol), self.token)

    @staticmethod
    def parse_url(url: str) -> dict[str, Any] | None:
        results: dict[str, Any] | None = NotifyBase.parse_url(url, verify_host=False)
        if not results:
            return None
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        named = [one for part in NotifyBase.split_path(results["fullpath"]) for one in part.split(",")]
        named += [one.strip() for one in query.get("to", "").split(",")]
        secret = query.get("secret") or NotifyBase.unquote(results.get("user") or "")
        token = query.get("key") or query.get("token") or NotifyBase.unquote(_authority(url))
        return {
            **results,
            "token": token,
            "secret": secret,
            "people": tuple(filter(None, named)),
            "via": query.get("via", ""),
        }

    def request_address(self) -> str:
        raise NotImplementedError

    def payload(self, text: str) -> dict[str, Any]:
        raise NotImplementedError

    def send(self, body: str, title: str = "", **kwargs: Any) -> bool:
        """Send in parts where the text is too long; the first part that fails ends it."""
        text = f"{title}\n{body}" if title else body
        self.verdict = SENT
        for part in split_bytes(text, self.limit_bytes - len(self.mention_text().encode())):
            self.verdict = self._post(part)
            if self.verdict.outcome != "sent":
                self.logger.warning("%s refused: %s", self.service_name, self.verdict.outcome)
                return False
        return True

    def mention_text(self) -> str:
        """What mentioning adds to the text itself."""
        return ""

    def _post(self, text: str) -> Verdict:
        wait = bot_rate.reserve(rate_folder(), f"{self.secure_protocol}:{self.token}", self.windows)
        if wait > 0:
            return Verdict(outcome="throttled", detail="held back: the bot's limit is reached", retry_after=wait)
        try:
            answer = requests.post(
                self.request_address(),
                data=json.dumps(self.payload(text), ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=self.request_timeout,
                verify=self.verify_certificate,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Verdict(outcome="temporary", detail=f"{type(error).__name__}: no answer")
        return bot_answers.judge(answer.status_code, answer.text, self.codes, answer.headers.get("Retry-After", ""))


class WeCom(Bot):
    """企业微信. Limit: 2,048 bytes of text."""

    service_name = "WeCom"
    secure_protocol = "wecombot"
    home = "https://qyapi.weixin.qq.com"
    limit_bytes = 2048
    codes = bot_answers.WECOM
    windows = bot_rate.WECOM

    def request_address(self) -> str:
        return f"{self.via}/cgi-bin/webhook/send?key={self.token}"

    def payload(self, text: str) -> dict[str, Any]:
        everybody, phones, users = _sorted(self.people)
        content: dict[str, Any] = {"content": text}
        if users or everybody:
            content["mentioned_list"] = users + (["@all"] if everybody else [])
        if phones:
            content["mentioned_mobile_list"] = phones
        return {"msgtype": "text", "text": content}

    @staticmethod
    def parse_native_url(url: str) -> dict[str, Any] | None:
        return _native(url, "qyapi.weixin.qq.com", "/cgi-bin/webhook/send", "key", WeCom)


class DingTalk(Bot):
    """钉钉. Limit: 20,000 bytes of request; the signature goes into the query, encoded once."""

    service_name = "DingTalk"
    secure_protocol = "dingtalk"
    home = "https://oapi.dingtalk.com"
    codes = bot_answers.DINGTALK
    windows = bot_rate.DINGTALK

    def request_address(self) -> str:
        address = f"{self.via}/robot/send?access_token={self.token}"
        if not self.secret:
            return address
        stamp = str(round(time.time() * 1000))
        return f"{address}&timestamp={stamp}&sign={quote(dingtalk_signature(self.secret, stamp), safe='')}"

    def mention_text(self) -> str:
        _, phones, users = _sorted(self.people)
        return "".join(f"\n@{one}" for one in phones + users)

    def payload(self, text: str) -> dict[str, Any]:
        everybody, phones, users = _sorted(self.people)
        at = {"atMobiles": phones, "atUserIds": users, "isAtAll": everybody}
        return {"msgtype": "text", "text": {"content": text + self.mention_text()}, "at": at}

    @staticmethod
    def parse_native_url(url: str) -> dict[str, Any] | None:
        return _native(url, "oapi.dingtalk.com", "/robot/send", "access_token", DingTalk)


class Feishu(Bot):
    """飞书. Limit: 20 KB of request; people are mentioned by open_id or user_id."""

    service_name = "Feishu"
    secure_protocol = "feishu"
    home = "https://open.feishu.cn"
    codes = bot_answers.FEISHU
    windows = bot_rate.FEISHU

    def request_address(self) -> str:
        return f"{self.via}/open-apis/bot/v2/hook/{self.token}"

    def mention_text(self) -> str:
        everybody, _, users = _sorted(self.people)
        tags = [f'<at user_id="{one}"></at>' for one in users]
        return "\n" + "".join(tags + (['<at user_id="all"></at>'] if everybody else [])) if tags or everybody else ""

    def payload(self, text: str) -> dict[str, Any]:
        safe = text.replace("<at ", "<at\u200b ")  # a quoted note must not mention anybody
        content: dict[str, Any] = {"msg_type": "text", "content": {"text": safe + self.mention_text()}}
        if self.secret:
            stamp = str(int(time.time()))
            content |= {"timestamp": stamp, "sign": feishu_signature(self.secret, stamp)}
        return content

    @classmethod
    def parse_native_url(cls, url: str) -> dict[str, Any] | None:
        parts = urlsplit(url)
        found = re.fullmatch(r"/open-apis/bot/v2/hook/([A-Za-z0-9_-]+)/?", parts.path)
        if found is None or parts.hostname != urlsplit(cls.home).hostname:
            return None
        return cls.parse_url(f"{cls.secure_protocol}://{found.group(1)}/" + (f"?{parts.query}" if parts.query else ""))


class Lark(Feishu):
    """Feishu outside of China."""

    service_name = "Lark"
    secure_protocol = "lark"
    home = "https://open.larksuite.com"


def dingtalk_signature(secret: str, stamp: str) -> str:
    """base64(HMAC-SHA256(secret, "stamp\\nsecret")). stamp: milliseconds. Not yet encoded for a query."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)).decode()


def feishu_signature(secret: str, stamp: str) -> str:
    """base64(HMAC-SHA256("stamp\\nsecret", "")): the text to sign is the key. stamp: seconds."""
    return base64.b64encode(hmac.digest(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256)).decode()


def rate_folder() -> Path:
    """Where the senders of this machine count together."""
    return Path(os.environ.get(RATE_FOLDER_VARIABLE) or tempfile.gettempdir())


def _authority(url: str) -> str:
    """The token with its capitals, which a parsed host name loses."""
    return urlsplit(url).netloc.rpartition("@")[2].partition(":")[0]


def _sorted(people: tuple[str, ...]) -> tuple[bool, list[str], list[str]]:
    """(everybody?, phone numbers, user ids)"""
    everybody = any(one.lower().lstrip("@") == "all" for one in people)
    rest = [one.lstrip("@") for one in people if one.lower().lstrip("@") != "all"]
    return everybody, [one for one in rest if _PHONE.fullmatch(one)], [one for one in rest if not _PHONE.fullmatch(one)]


def _native(url: str, host: str, path: str, name: str, bot: type[Bot]) -> dict[str, Any] | None:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if parts.hostname != host or parts.path.rstrip("/") != path or name not in query:
        return None
    rest = "&".join(f"{one}={quote(values[0], safe='')}" for one, values in query.items() if one != name)
    return bot.parse_url(f"{bot.secure_protocol}://{query[name][0]}/" + (f"?{rest}" if rest else ""))


def register() -> None:
    """Put these in the place of Apprise's own."""
    plugins = NotificationManager()
    for bot in (WeCom, DingTalk, Feishu, Lark):
        plugins.add(bot, schemas=bot.secure_protocol, force=True)
