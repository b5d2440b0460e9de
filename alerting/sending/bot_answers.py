"""What the answers of messenger bots mean: by code and by text, after the services' own documents. Pure tables.

One code stands for several things at some services, so the text decides where it says more. An unknown code counts as
temporary: tried again too often is better than given up wrongly.
"""

from __future__ import annotations

import json
import re
from typing import Any

from alerting.sending.verdict import SENT, OutcomeWord, SendVerdict, of_http_status, retry_seconds

WECOM: dict[int, tuple[OutcomeWord, str]] = {
    45009: ("throttled", "the bot has sent more than 20 messages in a minute"),
    45033: ("throttled", "too many requests at once"),
    45011: ("throttled", "too many requests in a minute"),
    45002: ("permanent", "the text is longer than 2,048 bytes"),
    40001: ("permanent", "the bot's key is wrong"),
    40008: ("permanent", "the message type is refused"),
    40058: ("permanent", "a parameter is refused (text longer than 2,048 bytes?)"),
    44004: ("permanent", "the text is empty"),
    93000: ("permanent", "the bot's key is wrong, or the bot was removed from its group"),
    93004: ("permanent", "the bot is disabled"),
    93008: ("permanent", "the bot is not in the group"),
}
"""https://developer.work.weixin.qq.com/document/path/90313 and 91770; -1 is "busy, try again"."""

DINGTALK: dict[int, tuple[OutcomeWord, str]] = {
    130101: ("throttled", "the bot has sent more than 20 messages in a minute and is silenced for ten"),
    410100: ("throttled", "the bot sends too fast"),
    660026: ("throttled", "the bot sends too fast"),
    300005: ("permanent", "the bot's token does not exist"),
    310000: ("permanent", "the bot's security setting refuses it (signature, keyword or address; is the clock right?)"),
    400013: ("permanent", "the group was dissolved"),
    400101: ("permanent", "the bot's token does not exist"),
    400102: ("permanent", "the bot is disabled"),
    400105: ("permanent", "the message type is refused"),
    400106: ("permanent", "the bot does not exist"),
    40035: ("permanent", "a parameter is missing"),
    43004: ("permanent", "the content type is refused"),
    430101: ("permanent", "the text holds a link that is called unsafe"),
    430102: ("permanent", "the text is called improper"),
    430103: ("permanent", "the text is called improper"),
    430104: ("permanent", "the text is called improper"),
}
"""https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages; -1 is "busy, try again"."""

FEISHU: dict[int, tuple[OutcomeWord, str]] = {
    11232: ("throttled", "the bot has sent more than 100 messages in a minute or 5 in a second"),
    11233: ("throttled", "the group's bots have sent too much"),
    9499: ("permanent", "the request is refused"),
    10003: ("permanent", "a parameter is refused"),
    19007: ("permanent", "the bot is not enabled"),
    99991400: ("throttled", "too many requests"),
    19001: ("permanent", "the bot's address does not exist"),
    19002: ("permanent", "the message type or its content is refused"),
    19003: ("throttled", "the bot sends too fast"),
    19021: ("permanent", "the signature is refused: is the secret right, and the clock?"),
    19022: ("permanent", "the bot's list of allowed addresses refuses this one"),
    19024: ("permanent", "the bot's keyword is not in the text"),
    19036: ("permanent", "the bot was removed from its group"),
}
"""https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot; Lark's are the same."""

TOO_FAST = re.compile(
    r"too many request|too fast|too frequent|freq(?:uency)? (?:limit|out of)|rate limit|flow control|qps|"
    r"frequency|频率|限流|频繁|发送太快|超过限制|次数超"
)
"""Texts of a service that wants fewer messages, whatever code it gives them."""

BUSY = re.compile(
    r"system (?:is )?busy|internal (?:server )?error|server error|service unavailable|timeout|timed out|try again|"
    r"retry later|系统繁忙|服务繁忙|稍后|超时|内部错误"
)
"""Texts of a service that has trouble of its own."""

LONGEST = 8192
"""Characters of an answer that are read: the documented ones have 200."""

SILENCE_SECONDS = {130101: 600.0, 45009: 60.0, 11232: 60.0}
"""How long the service says it will refuse."""


def judge(status: int, text: str, codes: dict[int, tuple[OutcomeWord, str]], retry_after: str = "") -> SendVerdict:
    """The verdict on a bot's answer: the HTTP status first, then the body's errcode, code or StatusCode."""
    by_status = of_http_status(status, retry_after)
    code, said = _code(text)
    if code is None:
        if by_status.outcome != "sent":
            return by_status
        return SendVerdict(
            outcome="temporary", detail="answered 200 without a result: a proxy or a login page in the way?"
        )
    if code == 0 and by_status.outcome == "sent":
        return SENT
    outcome, meaning = codes.get(code, (by_status.outcome if by_status.outcome != "sent" else "temporary", said))
    words = said[:LONGEST].lower()
    if status == 429 or TOO_FAST.search(words):
        outcome = "throttled"
    elif status >= 500 or BUSY.search(words):
        outcome = "temporary"
    wait = None
    if outcome == "throttled":
        wait = by_status.retry_after or retry_seconds(retry_after) or SILENCE_SECONDS.get(code)
    return SendVerdict(outcome=outcome, detail=f"code {code}: {said or meaning}", retry_after=wait)


def _code(text: str) -> tuple[int | None, str]:
    try:
        body: Any = json.loads(text[:LONGEST])
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(body, dict):
        return None, ""
    for name in ("errcode", "code", "StatusCode"):
        value = body.get(name)
        if isinstance(value, str) and value.lstrip("-").isascii() and value.lstrip("-").isdecimal() and len(value) < 12:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value, str(body.get("errmsg") or body.get("msg") or body.get("StatusMessage") or "")
    return None, ""
