"""Debian's Alertmanager on loopback, as many members of one cluster as a test asks for, with a receiver behind."""

from __future__ import annotations

import asyncio
import json
import subprocess
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from scripts.fleet_demo import free_ports

ROUTE = {"receiver": "test", "group_by": ["site", "room"], "group_wait": "0s", "group_interval": "1s"}
START_SECONDS = 30.0


@dataclass
class Alertmanagers(AbstractAsyncContextManager["Alertmanagers"]):
    """Started on entering. receiver: the address to which it notifies, "" for none that listens."""

    folder: Path
    count: int = 2
    receiver: str = "http://127.0.0.1:9/"
    ports: list[int] = field(default_factory=list)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = self.ports or free_ports(2 * self.count)

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(f"http://127.0.0.1:{port}" for port in self.ports[: self.count])

    async def __aenter__(self) -> Alertmanagers:
        file = self.folder / "alertmanager.yml"
        hook = {"name": "test", "webhook_configs": [{"url": self.receiver, "send_resolved": True}]}
        file.write_text(json.dumps({"route": ROUTE, "receivers": [hook]}))
        gossip = self.ports[self.count :]
        for number, url in enumerate(self.urls):
            own, peers = gossip[number], [one for one in gossip if one != gossip[number]]
            self.running[url] = subprocess.Popen(
                [
                    *("prometheus-alertmanager", f"--config.file={file}", f"--web.listen-address={url[7:]}"),
                    *(f"--storage.path={self.folder}/{number}", f"--cluster.listen-address=127.0.0.1:{own}"),
                    *(f"--cluster.peer=127.0.0.1:{peer}" for peer in peers),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        try:
            await asyncio.wait_for(self._until_ready(), START_SECONDS)
        except BaseException:
            self.stop()
            raise
        return self

    async def _until_ready(self) -> None:
        async with httpx.AsyncClient(trust_env=False) as asking:
            for url in self.urls:
                while True:
                    try:
                        if (await asking.get(url + "/-/ready")).status_code == 200:
                            break
                    except httpx.TransportError:
                        pass
                    await asyncio.sleep(0.05)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        for url in list(self.running):
            self.kill(url)

    def kill(self, url: str) -> None:
        child = self.running.pop(url)
        child.kill()
        child.wait(30)

    async def ask(self, path: str, url: str = "") -> Any:
        async with httpx.AsyncClient(trust_env=False) as asking:
            return (await asking.get((url or self.urls[0]) + path)).raise_for_status().json()

    async def silence(self, *matchers: dict[str, Any]) -> str:
        """Makes a silence of an hour; its id."""
        body = {
            "matchers": [{"isRegex": False, "isEqual": True, **one} for one in matchers],
            "startsAt": "2020-01-01T00:00:00Z",
            "endsAt": "2099-01-01T00:00:00Z",
            "createdBy": "test",
            "comment": "test",
        }
        async with httpx.AsyncClient(trust_env=False) as asking:
            answer = await asking.post(self.urls[0] + "/api/v2/silences", json=body)
            assert answer.status_code == 200, answer.text
            return str(answer.json()["silenceID"])
