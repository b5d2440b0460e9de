"""What the answer of a messenger's bot means, by code and by text, as a code of a reason. Pure.

One code stands for several things at some services, so the text decides where it says more. An unknown code counts as
temporary: tried again too often is better than given up wrongly.
"""

from __future__ import annotations

import json
import re
from typing import Any

from alerting.sending.delivery_verdict import SENT, OutcomeWord, SendVerdict, of_http_status, retry_seconds
from alerting.sending.detail import Detail, because

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
        return SendVerdict(outcome="temporary", detail=because("no_result"))
    if code == 0 and by_status.outcome == "sent":
        return SENT
    outcome, meaning = codes.get(code, (by_status.outcome if by_status.outcome != "sent" else "temporary", ""))
    words = said[:LONGEST].lower()
    judged = outcome
    if status == 429 or TOO_FAST.search(words):
        outcome = "throttled"
    elif status >= 500 or BUSY.search(words):
        outcome = "temporary"
    wait = None
    if outcome == "throttled":
        wait = by_status.retry_after or retry_seconds(retry_after) or SILENCE_SECONDS.get(code)
    # A text that says more than the code: what the table says of the code does not hold.
    detail = _meaning(code, meaning if outcome == judged else "", said)
    return SendVerdict(outcome=outcome, detail=detail, retry_after=wait)


def _meaning(code: int, meaning: str, said: str) -> Detail:
    if not meaning:
        return because("bot_said", number=code, detail=said)
    if not said:
        return because("bot_code", number=code, meaning=because(meaning))
    return because("bot_meant", number=code, meaning=because(meaning), detail=said)


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
