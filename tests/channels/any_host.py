"""Every host of the web at one place: a proxy that ends TLS itself and answers as the services document it.

An address is tried as it stands in the documentation: HTTPS_PROXY leads here, and the certificate is of an authority
that only the test's child trusts.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    host: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def certificate(folder: Path, hosts: list[str]) -> tuple[Path, Path]:
    """(certificate, key) of one server of all these hosts, which is its own authority."""
    names = ",".join(f"IP:{one}" if one[0].isdigit() else f"DNS:{one}" for one in hosts)
    chain, key = folder / "server.pem", folder / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=roomwatch test",
         "-addext", f"subjectAltName={names}", "-keyout", str(key), "-out", str(chain)],
        check=True, capture_output=True,
    )  # fmt: skip
    return chain, key


ANSWERS: Mapping[str, object] = {
    "qyapi.weixin.qq.com": {"errcode": 0, "errmsg": "ok"},
    "oapi.dingtalk.com": {"errcode": 0, "errmsg": "ok"},
    "open.feishu.cn": {"code": 0, "msg": "success", "data": {}},
    "api.telegram.org": {"ok": True, "result": {"message_id": 1}},
    "sms.example.com": {"code": "0"},
    "matrix.example.com": {
        "access_token": "t",
        "user_id": "@roomwatch:example.com",
        "home_server": "example.com",
        "device_id": "d",
        "room_id": "!AbCdEf:example.com",
        "event_id": "$1",
        "flows": [{"type": "m.login.password"}],
        "versions": ["v1.1"],
    },
}
"""What a good answer holds; "ok" as text for every other host."""


NOT_THERE = (".well-known/", "m.room.encryption")
"""What a Matrix homeserver of one name, and a room that is not encrypted, do not have."""


@dataclass
class AnyHost:
    chain: Path
    key: Path
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    async def start(self) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self.chain, self.key)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = ""
        try:
            while line := await reader.readline():
                method, target, _ = line.decode().split(" ", 2)
                headers: dict[str, str] = {}
                while (head := (await reader.readline()).decode().strip()) != "":
                    name, _, value = head.partition(":")
                    headers[name.lower()] = value.strip()
                if method == "CONNECT":
                    host = target.rpartition(":")[0]
                    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    await writer.drain()
                    await writer.start_tls(self._tls)
                    continue
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                name = host or urlsplit(target).hostname or ""
                self.requests.append(Request(name, method, target, headers, body))
                answer = ANSWERS.get(name, "ok")
                text = answer if isinstance(answer, str) else json.dumps(answer)
                status = "404 Not Found" if any(part in target for part in NOT_THERE) else "200 OK"
                head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
                writer.write(head.encode() + text.encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, ValueError):
            return
        finally:
            writer.close()
