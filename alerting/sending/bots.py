"""The bots of WeCom, DingTalk, Feishu and Lark: our own, since Apprise believes the status where only the body tells.

The web hook's address is accepted as it is copied, beside the short form ``scheme://[secret@]token/``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import time
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

from alerting.messages.length import split_bytes
from alerting.sending import bot_answers, bot_rate
from alerting.sending.detail import because
from alerting.sending.verdict import SENT, OutcomeWord, SendVerdict
from alerting.sending.web_request import AddressError, NoAnswerError, request

RATE_FOLDER_VARIABLE = "ROOMWATCH_RATE_FOLDER"

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
    windows: ClassVar[tuple[bot_rate.Window, ...]] = ()

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

    def send(self, title: str, body: str) -> SendVerdict:
        """Send in parts where the text is too long; the first part that fails ends it."""
        text = f"{title}\n{body}" if title else body
        verdict = SENT
        for part in split_bytes(text, self.limit_bytes - len(self.mention_text().encode())):
            verdict = self._post(part)
            if verdict.outcome != "sent":
                break
        return verdict

    def mention_text(self) -> str:
        """What mentioning adds to the text itself."""
        return ""

    def _post(self, text: str) -> SendVerdict:
        wait = bot_rate.reserve(rate_folder(), f"{self.scheme}:{self.token}", self.windows)
        if wait > 0:
            return SendVerdict(outcome="throttled", detail=because("bot_held_back"), retry_after=wait)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        body = json.dumps(self.payload(text), ensure_ascii=False).encode()
        try:
            answer = request("POST", self.request_address(), headers=headers, body=body, verify=self.verify)
        except NoAnswerError as error:
            return SendVerdict(outcome="temporary", detail=error.why)
        except AddressError as error:
            return SendVerdict(outcome="permanent", detail=error.why)
        return bot_answers.judge(answer.status, answer.text, self.codes, answer.retry_after)


class WeCom(Bot):
    """企业微信. Limit: 2,048 bytes of text."""

    scheme = "wecombot"
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

    @classmethod
    def short_form(cls, url: str) -> str:
        return _short_form(cls, url, "/cgi-bin/webhook/send", "key")


class DingTalk(Bot):
    """钉钉. Limit: 20,000 bytes of request; the signature goes into the query, encoded once."""

    scheme = "dingtalk"
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

    @classmethod
    def short_form(cls, url: str) -> str:
        return _short_form(cls, url, "/robot/send", "access_token")


class Feishu(Bot):
    """飞书. Limit: 20 KB of request; people are mentioned by open_id or user_id."""

    scheme = "feishu"
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
    def short_form(cls, url: str) -> str:
        parts = urlsplit(url)
        found = re.fullmatch(r"/open-apis/bot/v2/hook/([A-Za-z0-9_-]+)/?", parts.path)
        if found is None or parts.hostname != urlsplit(cls.home).hostname:
            return ""
        return f"{cls.scheme}://{found[1]}/" + (f"?{parts.query}" if parts.query else "")


class Lark(Feishu):
    """Feishu outside of China."""

    scheme = "lark"
    home = "https://open.larksuite.com"


def dingtalk_signature(secret: str, stamp: str) -> str:
    """base64(HMAC-SHA256(secret, "stamp\\nsecret")). stamp: milliseconds. Not yet encoded for a query."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)).decode()


def feishu_signature(secret: str, stamp: str) -> str:
    """base64(HMAC-SHA256("stamp\\nsecret", "")): the text to sign is the key. stamp: seconds."""
    return base64.b64encode(hmac.digest(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256)).decode()


def rate_folder() -> Path:
    """Where the senders of this machine count together."""
    return Path(os.environ.get(RATE_FOLDER_VARIABLE) or os.environ.get("TMPDIR") or "/tmp")


def _sorted(people: tuple[str, ...]) -> tuple[bool, list[str], list[str]]:
    """(everybody?, phone numbers, user ids)"""
    everybody = any(one.lower().lstrip("@") == "all" for one in people)
    rest = [one.lstrip("@") for one in people if one.lower().lstrip("@") != "all"]
    return everybody, [one for one in rest if _PHONE.fullmatch(one)], [one for one in rest if not _PHONE.fullmatch(one)]


def _short_form(bot: type[Bot], url: str, path: str, name: str) -> str:
    """name: of the query's field that holds the token."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if parts.hostname != urlsplit(bot.home).hostname or parts.path.rstrip("/") != path or name not in query:
        return ""
    rest = "&".join(f"{one}={quote(values[0], safe='')}" for one, values in query.items() if one != name)
    return f"{bot.scheme}://{query[name][0]}/" + (f"?{rest}" if rest else "")


BOTS = (WeCom, DingTalk, Feishu, Lark)


def bot_of(url: str) -> Bot | None:
    """The bot at this address; None where the address is of another service. Raises ValueError for a bot's address
    that is wrong."""
    scheme = url.partition("://")[0].lower()
    for bot in BOTS:
        short = url if scheme == bot.scheme else bot.short_form(url) if scheme == "https" else ""
        if short:
            return bot(short)
    return None
