"""Tokens of the programs that use the API: made once, shown once, kept as a hash in the journal's memory."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.plan.contract import ResponsePlan
from alerting.service.name_lookup import find_contact, unknown_name

MEMORY = "api_tokens"
"""The small fact that holds them: id → token, a JSON object."""
SCOPES = ("read", "report", "respond", "admin")
START = "rw_"
"""How every token begins, so that a search for leaked secrets finds one."""
MOST = 100
"""Tokens of one daemon; they share one small fact."""


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """id: by which it is revoked. contact: in whose name it acts, "" for nobody. digest: SHA-256 of the secret; the
    secret has 192 random bits, so that no slower hash is needed. made_at: Unix seconds."""

    id: str
    name: str
    scopes: tuple[str, ...]
    contact: str = ""
    digest: str
    made_at: float
    made_by: str = ""

    def allows(self, scope: str) -> bool:
        return scope in self.scopes or "admin" in self.scopes


def tokens_of(recall: Callable[[str], str | None]) -> dict[str, ApiToken]:
    return msgspec.json.decode(recall(MEMORY) or "{}", type=dict[str, ApiToken])


def holder(text: str, recall: Callable[[str], str | None]) -> ApiToken | None:
    """The token that a program shows, None for one that is none or was revoked."""
    name, _, secret = text.removeprefix(START).partition("_")
    found = tokens_of(recall).get(name) if text.startswith(START) and text.isascii() else None
    return found if found is not None and hmac.compare_digest(found.digest, _digest(secret)) else None


class ApiTokens:
    """The commands on tokens, as a scheduled task that has nothing to do by the calendar."""

    name = "api_tokens"

    def __init__(self) -> None:
        self.commands: Mapping[str, TaskCommand] = {
            "token_make": _make,
            "token_revoke": _revoke,
            "tokens": _list,
        }

    def perform(self, transaction: Transaction) -> float:
        return float("inf")


def _make(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    known, name = tokens_of(transaction.recall), str(arguments.get("name") or "").strip()
    asked = arguments.get("scopes")
    asked = [str(one) for one in asked] if isinstance(asked, (list, tuple)) else []
    scopes = tuple(one for one in SCOPES if one in asked)
    if not name or not scopes or len(scopes) != len(set(asked)):
        raise Refused("token_incomplete", known=SCOPES)
    if len(known) >= MOST or any(one.name == name for one in known.values()):
        raise Refused("token_there" if len(known) < MOST else "too_many_tokens", given=name)
    contact = _contact(str(arguments.get("contact") or ""), scopes, transaction.plan)
    key, secret = secrets.token_hex(4), secrets.token_urlsafe(24)
    made = ApiToken(
        id=key,
        name=name,
        scopes=scopes,
        contact=contact,
        digest=_digest(secret),
        made_at=transaction.now,
        made_by=by,
    )
    _keep(transaction, {**known, key: made})
    transaction.event("token_made", by=by, data={"token": key, "name": name, "scopes": list(scopes), "for": contact})
    return {"token": f"{START}{key}_{secret}", **_shown(made)}


def _contact(name: str, scopes: tuple[str, ...], plan: ResponsePlan) -> str:
    contact = find_contact(name, plan) if name else None
    if name and contact is None:
        raise unknown_name(name, plan)
    if contact is None and {"respond", "admin"} & set(scopes):
        raise Refused("token_without_contact")
    return contact or ""


def _revoke(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    known, wanted = tokens_of(transaction.recall), str(arguments.get("name") or "")
    key = next((key for key, one in known.items() if wanted in (key, one.name)), None)
    if key is None:
        raise Refused("no_such_token", given=wanted, known=tuple(f"{key} ({one.name})" for key, one in known.items()))
    gone = known.pop(key)
    _keep(transaction, known)
    transaction.event("token_revoked", by=by, data={"token": key, "name": gone.name})
    return _shown(gone)


def _list(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"tokens": [_shown(one) for one in tokens_of(transaction.recall).values()]}


def _shown(one: ApiToken) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "scopes": list(one.scopes),
        "contact": one.contact,
        "made_at": one.made_at,
        "made_by": one.made_by,
    }


def _keep(transaction: Transaction, tokens: Mapping[str, ApiToken]) -> None:
    transaction.remember(MEMORY, json.dumps(msgspec.to_builtins(tokens), ensure_ascii=False))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
