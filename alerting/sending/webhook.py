"""Posts a message as JSON to a web hook: ``json://`` and ``jsons://``, in the form that Apprise gave it.

Our own, since it is the commonest way into other systems: Apprise takes half a second to load, and hides Retry-After.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from alerting.sending.acceptance import refusal
from alerting.sending.delivery_verdict import SendVerdict, of_http_status
from alerting.sending.detail import because
from alerting.sending.web_request import AddressError, NoAnswerError, request

SCHEMES = ("json://", "jsons://")


def send_by_webhook(message: dict[str, Any]) -> SendVerdict:
    """message: as on the pipe. The detail is not yet redacted.

    Of the address's query, ``+Name=`` is a header, ``-name=`` a parameter, ``:name=`` a field of the JSON (of one that
    is there already: its new name, or none), ``method=`` and ``verify=no`` speak for themselves.
    """
    try:
        parts = urlsplit(str(message["url"]))
    except ValueError:
        return SendVerdict(outcome="permanent", detail=because("address_wrong", detail="ValueError"))
    query = dict(_query(parts.query))
    headers = {"Content-Type": "application/json"}
    headers |= {name[1:]: value for name, value in _query(parts.query, "+")}
    parameters = "&".join(f"{quote(name[1:])}={quote(value)}" for name, value in _query(parts.query, "-"))
    scheme = "https" if parts.scheme == "jsons" else "http"
    url = f"{scheme}://{parts.netloc}{parts.path or '/'}" + (f"?{parameters}" if parameters else "")
    title, body = str(message.get("title", "")), str(message.get("body", ""))
    try:
        fields: dict[str, Any] = {
            "version": "1.0",
            "title": title,
            "message": body or title,
            "attachments": [_attachment(Path(path)) for path in message.get("attachments", ())],
            "type": str(message.get("type") or "warning"),
        }
    except OSError as error:
        return SendVerdict(
            outcome="temporary", detail=because("attachment_unreadable", detail=error.strerror or type(error).__name__)
        )
    for name, value in _query(parts.query, ":"):
        if name[1:] not in fields:
            fields[name[1:]] = value
        elif value:
            fields[value] = fields.pop(name[1:])
        else:
            del fields[name[1:]]
    verify = query.get("verify", "yes").lower() not in ("no", "false", "0", "off")
    try:
        answer = request(
            query.get("method", "POST").upper(), url, headers=headers, body=json.dumps(fields).encode(), verify=verify
        )
    except NoAnswerError as error:
        return SendVerdict(outcome="temporary", detail=error.why, perhaps_arrived=error.perhaps_arrived)
    except AddressError as error:
        return SendVerdict(outcome="permanent", detail=error.why)
    verdict = of_http_status(answer.status, answer.retry_after)
    why = refusal(parts.scheme, answer.text) if verdict.outcome == "sent" else None
    return SendVerdict("temporary", because("http_but", status=answer.status, detail=why)) if why else verdict


def _query(query: str, mark: str = "") -> list[tuple[str, str]]:
    """Names with this mark before them, and values. A plus sign is no space here."""
    pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
    return [(name, value) for name, value in pairs if name.startswith(mark) and len(name) > len(mark)]


def _attachment(path: Path) -> dict[str, str]:
    import mimetypes  # seldom needed

    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {"filename": path.name, "base64": base64.b64encode(path.read_bytes()).decode(), "mimetype": kind}
