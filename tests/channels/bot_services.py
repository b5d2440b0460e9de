"""Emulators of the bots' documented answers: always HTTP 200, the truth in the body, limits and signatures checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from aiohttp import web

TOKEN = "tokenTOKEN0123456789"
SECRET = "SECsecret0123456789"


class BotServices:
    """All four under one address. ``forced`` is answered instead of the right thing, as (status, body)."""

    def __init__(self) -> None:
        self.port = 0
        self.accepted: list[dict[str, Any]] = []
        self.queries: list[str] = []
        self.calls = 0
        self.forced: tuple[int, Any] | None = None
        self.signed = False

    @property
    def via(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/cgi-bin/webhook/send", self.wecom)
        app.router.add_post("/robot/send", self.dingtalk)
        app.router.add_post("/open-apis/bot/v2/hook/{token}", self.feishu)
        return app

    async def _take(self, request: web.Request) -> tuple[dict[str, Any], web.Response | None]:
        self.calls += 1
        self.queries.append(request.raw_path)
        body = json.loads(await request.read())
        if self.forced is None:
            return body, None
        status, answer = self.forced
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return body, web.Response(status=status, text=text)

    async def wecom(self, request: web.Request) -> web.Response:
        body, forced = await self._take(request)
        if forced is not None:
            return forced
        if request.query.get("key") != TOKEN:
            return web.json_response({"errcode": 93000, "errmsg": "invalid webhook url"})
        content = body["text"]["content"]
        if not content:
            return web.json_response({"errcode": 44004, "errmsg": "empty content"})
        if len(content.encode()) > 2048:
            return web.json_response({"errcode": 40058, "errmsg": "text.content exceed max length 2048"})
        self.accepted.append(body)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def dingtalk(self, request: web.Request) -> web.Response:
        body, forced = await self._take(request)
        if forced is not None:
            return forced
        if request.query.get("access_token") != TOKEN:
            return web.json_response({"errcode": 300005, "errmsg": "token is not exist"})
        if self.signed:
            stamp = request.query.get("timestamp", "0")
            if abs(time.time() * 1000 - float(stamp)) > 3_600_000:
                return web.json_response({"errcode": 310000, "errmsg": "timestamp is invalid"})
            right = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
            if request.query.get("sign") != base64.b64encode(right).decode():
                return web.json_response({"errcode": 310000, "errmsg": "sign not match"})
        self.accepted.append(body)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def feishu(self, request: web.Request) -> web.Response:
        body, forced = await self._take(request)
        if forced is not None:
            return forced
        if request.match_info["token"] != TOKEN:
            return web.json_response({"code": 19001, "msg": "param invalid: incoming webhook access token invalid"})
        if self.signed:
            stamp = str(body.get("timestamp", ""))
            right = hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
            fresh = stamp.isdigit() and abs(time.time() - int(stamp)) < 3600
            if not fresh or body.get("sign") != base64.b64encode(right).decode():
                return web.json_response({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
        self.accepted.append(body)
        return web.json_response({"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"})
