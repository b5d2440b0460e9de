"""What hostile text on each way in costs a real daemon: the delay of an alarm, and memory. Prints JSON, a line a way.

Four alarms in quiet, then four while the way is under attack: a mailbox full of mails that are built to be slow, an
ntfy stream of deep and endless lines, an MQTT topic that is flooded. About two minutes a way.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from aiohttp import web

from tests.channels.conftest import free_port
from tests.inbound.test_hostile_server import Server, serving
from tests.inbound.test_mqtt import broker_with

TRIALS = 4
GAP_SECONDS = 13.0
"""Between two alarms: from five a minute on, a target gets them as one digest."""

HEAD = b"From: li@example.org\r\nSubject: Re: [RW-1]\r\n"
MAILS: tuple[bytes | tuple[int, bytes], ...] = (
    HEAD + b"\r\n" + b"-" * 120_000 + b"\r\ntake 1",
    HEAD + b"Content-Type: text/plain; " + b'a="\\";' * 20_000 + b"\r\n\r\ntake 1",
    HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--<" * 25_000,
    HEAD + b"\r\na" + b"\xcc\x80\xcc\x96" * 30_000,
    (1 << 32, b"x" * 1000),
)

FLOODER = """
import sys
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
client = Client(CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_start()
while True:
    for payload in (b"take 1", b"[" * 4000, b"x" * 1_000_000):
        client.publish("ack/li", payload, qos=1).wait_for_publish(30)
"""


class Receiver:
    """Gets the alarms."""

    def __init__(self) -> None:
        self.titles: asyncio.Queue[str] = asyncio.Queue()
        self.attack = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.titles.put_nowait(str((await request.json())["title"]))
        return web.Response(text="ok")

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"event":"open"}\n')
        await self.attack.wait()
        lines = [b"[" * 60_000, b'{"event":' * 3000, b'{"event":"message","topic":"ack/li","message":"take 1"}']
        with contextlib.suppress(OSError):
            while True:
                await response.write(b"\n".join(lines) + b"\n")
                await asyncio.sleep(0.002)
        return response


async def measured(way: str) -> dict[str, Any]:
    receiver, mailbox = Receiver(), Server({})
    application = web.Application()
    application.router.add_post("/alarm", receiver.take)
    application.router.add_get("/{topics}/json", receiver.stream)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    with tempfile.TemporaryDirectory() as name:
        async with serving(mailbox), broker_with(Path(name)) as broker:
            tables = {
                "mail": f'host = "127.0.0.1"\nport = {mailbox.port}\nuser = "u"\nsecurity = "none"\n'
                f'poll_seconds = 1.0\npassword = {{ file = "{name}/word" }}',
                "mqtt": f'host = "127.0.0.1"\nport = {broker}',
                "ntfy": f'url = "http://127.0.0.1:{port}"',
            }
            async with daemon(Path(name), port, f"[inbound.{way}.x]\n{tables[way]}") as process:
                quiet = await alarms(Path(name), receiver, process)
                flooder = None
                if way == "mail":
                    mailbox.mails.update({n: MAILS[n % len(MAILS)] for n in range(1, 2000)})
                elif way == "ntfy":
                    receiver.attack.set()
                else:
                    flooder = await asyncio.create_subprocess_exec(sys.executable, "-c", FLOODER, str(broker))
                try:
                    under = await alarms(Path(name), receiver, process)
                finally:
                    if flooder is not None:
                        flooder.kill()
                        await flooder.wait()
    await runner.cleanup()
    return {
        "way": way,
        "quiet_seconds": round(statistics.median(quiet["delays"]), 3),
        "attacked_seconds": round(statistics.median(under["delays"]), 3),
        "attacked_longest": round(max(under["delays"]), 3),
        "daemon_grew_mib": round(under["daemon"] - quiet["daemon"], 1),
        "child_grew_mib": round(under["child"] - quiet["child"], 1),
        "mails_fetched": len(mailbox.fetched),
    }


@contextlib.asynccontextmanager
async def daemon(folder: Path, port: int, inbound: str) -> AsyncIterator[psutil.Process]:
    probes = ("network", "software", "camera", "microphone", "speaker", "display", "host", "power")
    off = "\n".join(f"[schedule.{one}]\nenabled = false" for one in probes)
    (folder / "word").write_text("secret")
    (folder / "roomwatch.toml").write_text(f'state = "{folder}/state"\n[web]\nport = {free_port()}\n{inbound}\n{off}\n')
    (folder / "plan.toml").write_text(
        'timezone = "UTC"\nquiet = []\n[groups.technical]\nname = "t"\nmembers = ["li"]\n[contacts.li]\nname = "Li"\n'
        'language = "en"\nmail = "li@example.org"\ntopic = "ack/li"\n'
        f'channels = ["json://127.0.0.1:{port}/alarm"]\n'
        '[chains.default]\nsteps = [{ after = 0, tell = ["technical"] }]\n'
    )
    command = [sys.executable, "-m", "monitor.cli", "run", "--config", str(folder / "roomwatch.toml")]
    with (folder / "log").open("w") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        try:
            async with asyncio.timeout(60):
                while not (folder / "state" / "control.sock").exists():
                    await asyncio.sleep(0.1)
            await asyncio.sleep(4)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            await process.wait()


async def alarms(folder: Path, receiver: Receiver, process: psutil.Process) -> dict[str, Any]:
    """Delays in seconds from the word to the message; the most memory meanwhile, in MiB of resident pages."""
    watching = asyncio.create_task(_most(process))
    delays = []
    connector = aiohttp.UnixConnector(str(folder / "state" / "control.sock"))
    async with aiohttp.ClientSession(connector=connector) as session:
        for number in range(TRIALS):
            while not receiver.titles.empty():
                receiver.titles.get_nowait()
            begun = time.monotonic()
            words = {"by": "guest", "class": "device", "room": f"R{begun:.0f}-{number}"}
            async with session.post("http://daemon/api/command/declare", json=words) as answer:
                assert answer.status == 200, await answer.text()
            async with asyncio.timeout(60):
                while words["room"] not in await receiver.titles.get():
                    pass
            delays.append(time.monotonic() - begun)
            await asyncio.sleep(GAP_SECONDS)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    return {"delays": delays, **MOST}


MOST: dict[str, float] = {}


async def _most(process: psutil.Process) -> None:
    MOST.update(daemon=0.0, child=0.0)
    while True:
        MOST["daemon"] = max(MOST["daemon"], process.memory_info().rss / 2**20)
        for child in process.children():
            with contextlib.suppress(psutil.Error):
                if "alerting.inbound.child" in child.cmdline():
                    MOST["child"] = max(MOST["child"], child.memory_info().rss / 2**20)
        await asyncio.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("ways", nargs="*", default=["mail", "ntfy", "mqtt"])
    for way in parser.parse_args().ways:
        print(json.dumps(asyncio.run(measured(way))), flush=True)


if __name__ == "__main__":
    main()
