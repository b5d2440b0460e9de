"""A Matrix homeserver on the loopback: Synapse itself, with people, a room, and what its members read there."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.channels.conftest import free_port

PROGRAM = Path(
    os.environ.get("ROOMWATCH_HOMESERVER") or Path(__file__).resolve().parents[2] / ".venv-homeserver"
).joinpath("bin", "python")
SECRET = "registers the people of this test"
START_SECONDS = 90.0


@dataclass
class Homeserver:
    """``password``: of the user roomwatch, who is invited to ``room``; the user li reads there."""

    folder: Path
    port: int = field(default_factory=free_port)
    room: str = ""
    password: str = "a pass-word"
    process: asyncio.subprocess.Process | None = None
    token: str = ""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, password: str = "") -> str:
        return f"matrix://roomwatch:{quote(password or self.password)}@127.0.0.1:{self.port}/{quote(self.room)}"

    def _configure(self) -> Path:
        free = {"per_second": 1000, "burst_count": 1000}
        settings = {
            "server_name": "localhost",
            "pid_file": str(self.folder / "homeserver.pid"),
            "listeners": [
                {
                    "port": self.port,
                    "bind_addresses": ["127.0.0.1"],
                    "tls": False,
                    "type": "http",
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(self.folder / "homeserver.db")}},
            "media_store_path": str(self.folder / "media"),
            "signing_key_path": str(self.folder / "signing.key"),
            "registration_shared_secret": SECRET,
            "macaroon_secret_key": SECRET,
            "form_secret": SECRET,
            "report_stats": False,
            "trusted_key_servers": [],
            "rc_login": {"address": free, "account": free, "failed_attempts": free},
            "rc_message": free,
        }
        file = self.folder / "homeserver.yaml"
        file.write_text(json.dumps(settings))  # YAML is JSON's superset
        return file

    async def start(self) -> None:
        """Start it on the same port and the same data as before; returns when it answers."""
        assert PROGRAM.exists(), f"{PROGRAM} is missing: scripts/test installs it"
        command = [str(PROGRAM), "-m", "synapse.app.homeserver", "--config-path", str(self._configure())]
        if not (self.folder / "signing.key").exists():
            made = await asyncio.create_subprocess_exec(*command, "--generate-keys")
            assert await made.wait() == 0
        with (self.folder / "homeserver.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(*command, cwd=self.folder, stdout=log, stderr=log)
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
            while True:
                assert self.process.returncode is None, (self.folder / "homeserver.log").read_text()[-2000:]
                try:
                    async with session.get(f"{self.base}/health") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.2)

    async def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            await self.process.wait()
            self.process = None

    async def _ask(self, method: str, path: str, **words: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.base}{path}", **words) as answer,
        ):
            said: dict[str, Any] = await answer.json()
            assert answer.status == 200, said
            return said

    async def _register(self, name: str, password: str) -> str:
        path = "/_synapse/admin/v1/register"
        nonce = (await self._ask("GET", path))["nonce"]
        signed = "\0".join((nonce, name, password, "notadmin")).encode()
        mac = hmac.new(SECRET.encode(), signed, hashlib.sha1).hexdigest()
        person = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
        return str((await self._ask("POST", path, json=person))["access_token"])

    async def furnish(self) -> None:
        """Two people, and a room to which li invites the other."""
        await self._register("roomwatch", self.password)
        self.token = await self._register("li", "another")
        wish = {"preset": "private_chat", "invite": ["@roomwatch:localhost"]}
        self.room = (await self._ask("POST", "/_matrix/client/v3/createRoom", json=wish))["room_id"]

    async def read(self) -> list[str]:
        """The texts in the room as li sees them, oldest first."""
        path = f"/_matrix/client/v3/rooms/{quote(self.room)}/messages"
        found = await self._ask("GET", path, params={"dir": "b", "limit": "50"})
        messages = [event["content"] for event in found["chunk"] if event["type"] == "m.room.message"]
        return [str(content["body"]) for content in reversed(messages)]
