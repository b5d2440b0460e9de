"""The bot of DingTalk (钉钉)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any
from urllib.parse import quote

from alerting.sending.delivery_verdict import OutcomeWord
from alerting.sending.messengers.bot import Bot, short_form_of, sort_people
from alerting.sending.messengers.rate import Window

CODES: dict[int, tuple[OutcomeWord, str]] = {
    130101: ("throttled", "bot_silenced"),
    410100: ("throttled", "bot_too_fast"),
    660026: ("throttled", "bot_too_fast"),
    300005: ("permanent", "bot_token_unknown"),
    310000: ("permanent", "bot_security"),
    400013: ("permanent", "bot_group_dissolved"),
    400101: ("permanent", "bot_token_unknown"),
    400102: ("permanent", "bot_disabled"),
    400105: ("permanent", "bot_message_type"),
    400106: ("permanent", "bot_unknown"),
    40035: ("permanent", "bot_parameter_missing"),
    43004: ("permanent", "bot_content_type"),
    430101: ("permanent", "bot_link_unsafe"),
    430102: ("permanent", "bot_text_improper"),
    430103: ("permanent", "bot_text_improper"),
    430104: ("permanent", "bot_text_improper"),
}
"""https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages; -1 is "busy, try again"."""

WINDOWS = (Window(20, 60.0),)
"""Above it DingTalk silences the bot for ten minutes: the one limit that must not even be touched."""


class DingTalk(Bot):
    """钉钉. Limit: 20,000 bytes of request; the signature goes into the query, encoded once."""

    scheme = "dingtalk"
    home = "https://oapi.dingtalk.com"
    codes = CODES
    windows = WINDOWS

    def request_address(self) -> str:
        address = f"{self.via}/robot/send?access_token={self.token}"
        if not self.secret:
            return address
        stamp = str(round(time.time() * 1000))
        return f"{address}&timestamp={stamp}&sign={quote(dingtalk_signature(self.secret, stamp), safe='')}"

    def mention_text(self) -> str:
        _, phones, users = sort_people(self.people)
        return "".join(f"\n@{one}" for one in phones + users)

    def payload(self, text: str) -> dict[str, Any]:
        everybody, phones, users = sort_people(self.people)
        at = {"atMobiles": phones, "atUserIds": users, "isAtAll": everybody}
        return {"msgtype": "text", "text": {"content": text + self.mention_text()}, "at": at}

    @classmethod
    def short_form(cls, url: str) -> str:
        return short_form_of(cls, url, "/robot/send", "access_token")


def dingtalk_signature(secret: str, stamp: str) -> str:
    """base64(HMAC-SHA256(secret, "stamp\\nsecret")). stamp: milliseconds. Not yet encoded for a query."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)).decode()
