"""The bot of Feishu (飞书), and of Lark, which is Feishu outside of China."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from typing import Any
from urllib.parse import urlsplit

from alerting.sending.delivery_verdict import OutcomeWord
from alerting.sending.messengers.bot import Bot, sort_people
from alerting.sending.messengers.rate import Window

CODES: dict[int, tuple[OutcomeWord, str]] = {
    11232: ("throttled", "bot_100_a_minute"),
    11233: ("throttled", "bot_group_limit"),
    9499: ("permanent", "bot_request_refused"),
    10003: ("permanent", "bot_parameter"),
    19007: ("permanent", "bot_disabled"),
    99991400: ("throttled", "bot_too_fast"),
    19001: ("permanent", "bot_address_unknown"),
    19002: ("permanent", "bot_content"),
    19003: ("throttled", "bot_too_fast"),
    19021: ("permanent", "bot_signature"),
    19022: ("permanent", "bot_address_list"),
    19024: ("permanent", "bot_keyword"),
    19036: ("permanent", "bot_removed"),
}
"""https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot; Lark's are the same."""

WINDOWS = (Window(100, 60.0), Window(5, 1.0))


class Feishu(Bot):
    """飞书. Limit: 20 KB of request; people are mentioned by open_id or user_id."""

    scheme = "feishu"
    home = "https://open.feishu.cn"
    codes = CODES
    windows = WINDOWS

    def request_address(self) -> str:
        return f"{self.via}/open-apis/bot/v2/hook/{self.token}"

    def mention_text(self) -> str:
        everybody, _, users = sort_people(self.people)
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


def feishu_signature(secret: str, stamp: str) -> str:
    """base64(HMAC-SHA256("stamp\\nsecret", "")): the text to sign is the key. stamp: seconds."""
    return base64.b64encode(hmac.digest(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256)).decode()
