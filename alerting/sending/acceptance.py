"""Whether an answer of success is a service's acceptance: a 200 alone is none. Pure."""

from __future__ import annotations

import json
from typing import Any

from alerting.sending.detail import Detail, because


def refusal(scheme: str, body: str) -> Detail:
    """Why an answer of success is no acceptance; no detail where it is one."""
    start = body[:2000].lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<script")):
        return because("answer_web_page")
    try:
        said = json.loads(body) if start.startswith("{") else None
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict) and (why := _denied(said)):
        return because("answer_denies", detail=why)
    if scheme in _ACCEPTED and not _ACCEPTED[scheme](said, body):
        return because("answer_foreign")
    return Detail()


def _denied(said: dict[str, Any]) -> str:
    """By the fields in which services say that they did not take it."""
    for name in ("ok", "success"):
        if said.get(name) is False:
            return f"{name} = false"
    for name in ("errcode", "err_code"):
        if isinstance(said.get(name), int) and said[name] != 0:
            return f"{name} = {said[name]}"
    if str(said.get("status", "")).lower() in ("error", "fail", "failed", "failure"):
        return f"status = {str(said['status'])[:20]}"
    if said.get("error") and said.get("ok") is not True and said.get("success") is not True:
        return "error"
    return ""


def _has(name: str) -> Any:
    return lambda said, text: isinstance(said, dict) and bool(said.get(name))


_ACCEPTED = {
    "tgram": _has("ok"),
    "slack": lambda said, text: text.strip() == "ok" or (isinstance(said, dict) and said.get("ok") is True),
    "pover": _has("status"),
}
"""What the services document as acceptance: https://core.telegram.org/bots/api#making-requests,
https://api.slack.com/messaging/webhooks, https://pushover.net/api#response."""
