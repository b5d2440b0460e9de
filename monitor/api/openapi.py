"""The OpenAPI 3.1 document, made of the table of calls and of the types of their documents."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from alerting.service.api_tokens import SCOPES
from monitor.api.call import PARTS, Call
from monitor.api.documents import ProblemDetails
from monitor.version import VERSION

REF = "#/components/schemas/{name}"
PLACES: dict[str, dict[str, Any]] = {
    name: {"type": "string", "pattern": f"^{pattern}$"} for name, pattern in PARTS.items()
} | {"number": {"type": "integer", "minimum": 1, "maximum": 999_999_999_999}}
"""Parts of an address → their schema."""
EVERY = {
    400: "What was sent makes no sense",
    401: "No token, or one that is not valid",
    403: "The token has not this scope",
    404: "There is no such thing",
    405: "This address takes another method",
    408: "It took too long to arrive",
    409: "Refused; the reason says why",
    413: "Too long",
    415: "Not JSON, or compressed",
    429: "Too many",
    500: "Roomwatch broke; its log says where",
    503: "The journal cannot be read now",
}
"""Statuses of problems, the same for every call."""


def document(calls: Iterable[Call]) -> dict[str, Any]:
    calls = list(calls)
    types = dict.fromkeys(one for call in calls for one in (call.answer, call.body, ProblemDetails) if one is not None)
    _, schemas = msgspec.json.schema_components(types, ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Roomwatch",
            "version": VERSION,
            "description": "One room's monitor, or a site's. Times are Unix seconds.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "; ".join(SCOPES)}},
        },
        "security": [{"token": []}],
    }


def _operation(call: Call) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": call.id,
        "summary": call.summary,
        "description": f"Scope: {call.scope}.",
        "parameters": [*_places(call), *_query(call)],
        "responses": {
            str(call.status): _answer(call),
            **{str(status): _problem(text) for status, text in EVERY.items()},
        },
    }
    if call.body is not None:
        schema = {"$ref": REF.format(name=call.body.__name__)}
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return made


def _places(call: Call) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": PLACES[name]}
        for name in re.findall(r"{(\w+)}", call.path)
    ]


def _query(call: Call) -> list[dict[str, Any]]:
    (_,), schemas = msgspec.json.schema_components((call.query,), ref_template=REF)
    found = []
    for name, schema in schemas[call.query.__name__]["properties"].items():
        options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        plain = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        shown = {**plain, **(options[0] if options else {})}
        found.append({"name": name, "in": "query", "required": False, "schema": shown})
    return found


def _answer(call: Call) -> dict[str, Any]:
    if call.answer is None:
        return {"description": "Done"}
    schema = {"$ref": REF.format(name=call.answer.__name__)}
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _problem(text: str) -> dict[str, Any]:
    schema = {"$ref": REF.format(name="ProblemDetails")}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}
