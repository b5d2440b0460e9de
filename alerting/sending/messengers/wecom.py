"""The bot of WeCom (企业微信)."""

from __future__ import annotations

from typing import Any

from alerting.sending.delivery_verdict import OutcomeWord
from alerting.sending.messengers.bot import Bot, short_form_of, sort_people
from alerting.sending.messengers.rate import Window

CODES: dict[int, tuple[OutcomeWord, str]] = {
    45009: ("throttled", "bot_20_a_minute"),
    45033: ("throttled", "bot_too_many_at_once"),
    45011: ("throttled", "bot_too_many_a_minute"),
    45002: ("permanent", "bot_text_too_long"),
    40001: ("permanent", "bot_key_wrong"),
    40008: ("permanent", "bot_message_type"),
    40058: ("permanent", "bot_parameter_long"),
    44004: ("permanent", "bot_text_empty"),
    93000: ("permanent", "bot_key_or_removed"),
    93004: ("permanent", "bot_disabled"),
    93008: ("permanent", "bot_not_in_group"),
}
"""https://developer.work.weixin.qq.com/document/path/90313 and 91770; -1 is "busy, try again"."""

WINDOWS = (Window(20, 60.0),)


class WeCom(Bot):
    """企业微信. Limit: 2,048 bytes of text."""

    scheme = "wecombot"
    home = "https://qyapi.weixin.qq.com"
    limit_bytes = 2048
    codes = CODES
    windows = WINDOWS

    def request_address(self) -> str:
        return f"{self.via}/cgi-bin/webhook/send?key={self.token}"

    def payload(self, text: str) -> dict[str, Any]:
        everybody, phones, users = sort_people(self.people)
        content: dict[str, Any] = {"content": text}
        if users or everybody:
            content["mentioned_list"] = users + (["@all"] if everybody else [])
        if phones:
            content["mentioned_mobile_list"] = phones
        return {"msgtype": "text", "text": content}

    @classmethod
    def short_form(cls, url: str) -> str:
        return short_form_of(cls, url, "/cgi-bin/webhook/send", "key")
