"""Fills a gateway's templates, sends the request and judges the answer. Runs in the sending child only."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

from alerting.messages.text_cutting import cut_sms
from alerting.sending.delivery_verdict import SENT, SendVerdict, of_http_status
from alerting.sending.detail import because
from alerting.sending.web_request import AddressError, NoAnswerError, request

SCHEME = "gateway://"


def send_by_gateway(message: dict[str, Any]) -> SendVerdict:
    """message: as on the pipe, with ``gateway`` as Gateway.reveal() gives it. The detail is not yet redacted."""
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    gateway: dict[str, Any] | None = message.get("gateway")
    if gateway is None:
        return SendVerdict(outcome="permanent", detail=because("gateway_unknown"))
    recipient = unquote(urlsplit(str(message["url"])).path.strip("/"))
    text = str(message.get("short") or message.get("title") or "")
    fields = {
        **gateway["secrets"],
        "to": recipient,
        "text": cut_sms(text, int(gateway["limit"])),
        "title": str(message.get("title", "")),
        "body": str(message.get("body", "")),
        "key": str(message["key"]),
    }
    templates = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)

    def fill(template: str) -> str:
        return templates.from_string(template).render(fields)

    try:
        url, body = fill(gateway["url"]), fill(gateway["body"]).encode()
        headers = {name: fill(value) for name, value in gateway["headers"].items()}
    except TemplateError as error:
        return SendVerdict(outcome="permanent", detail=because("gateway_template", detail=str(error)))
    if any("\n" in value or "\r" in value for value in headers.values()):
        return SendVerdict(outcome="permanent", detail=because("gateway_header"))
    try:
        answer = request(gateway["method"], url, headers=headers, body=body or None)
    except NoAnswerError as error:
        silent = because("gateway_silent", detail=error.why)
        return SendVerdict(outcome="temporary", detail=silent, perhaps_arrived=error.perhaps_arrived)
    except AddressError as error:
        return SendVerdict(outcome="permanent", detail=because("gateway_address", detail=error.why))
    return judge(gateway, answer.status, answer.text, answer.retry_after)


def secrets_of(message: dict[str, Any]) -> list[str]:
    """What must not be in a detail: the secrets' values and the filled-in recipient."""
    gateway = message.get("gateway") or {}
    return [str(value) for value in gateway.get("secrets", {}).values()]


def judge(gateway: dict[str, Any], status: int, text: str, retry_after: str = "") -> SendVerdict:
    """The verdict on an answer. text: the body."""
    by_status = of_http_status(status, retry_after)
    path = str(gateway["answer_field"])
    if not path or (by_status.outcome != "sent" and not text.lstrip().startswith(("{", "["))):
        return by_status
    try:
        value: Any = json.loads(text)
        for name in path.split("."):
            value = value[int(name)] if isinstance(value, list) else value[name]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        if by_status.outcome != "sent":
            return by_status
        return SendVerdict(outcome="temporary", detail=because("gateway_answer", field=path))
    said = value if isinstance(value, str) else json.dumps(value)
    if said in gateway["sent"] and by_status.outcome == "sent":
        return SENT
    detail = because("gateway_said", field=path, detail=said)
    if said in gateway["throttled"]:
        return SendVerdict(outcome="throttled", detail=detail, retry_after=by_status.retry_after)
    if said in gateway["permanent"]:
        return SendVerdict(outcome="permanent", detail=detail)
    return SendVerdict(outcome=by_status.outcome if by_status.outcome != "sent" else "temporary", detail=detail)
