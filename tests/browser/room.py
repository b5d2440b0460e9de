"""A real daemon of one room with its pages, and the messenger to which it sends; for tests in a real browser."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from alerting.service.signed_links import SignedLinks
from tests.channels.conftest import free_port
from tests.pages.cheap_hash import cheap_hash

WATCHED = ("host",)
PATIENT = ("cpu_pressure", "memory_pressure", "disk_full", "clock_offset", "reboot_pending")
"""What the machine that runs the tests may suffer from is no incident of theirs."""
PROBES = ("network", "software", "camera", "microphone", "speaker", "display", "host", "power")
PASSWORD = "a long sentence"
PLAN = """
timezone = "Asia/Shanghai"
feedback_after_meetings = true
quiet = []
[contacts.wang]
name = "Wang Qiang"
language = "en"
phone = "+86 10 8101"
channels = ["json://127.0.0.1:{port}/wang"]
[contacts.li]
name = "李伟"
language = "zh-CN"
channels = ["json://127.0.0.1:{port}/li"]
[groups.technical]
name = "Technical"
members = ["wang", "li"]
[groups.leadership]
name = "Leadership"
members = ["li"]
[groups.office]
name = "Office"
members = ["wang"]
roster = "desk"
[rosters.desk]
owner = "wang"
start = 2026-01-05
rotation = ["wang", "li"]
turn_days = 1
[materials.camera]
name = "USB camera"
place = "Cupboard 4F"
quantity = 2
minimum = 1
checked = 2026-01-05
[inspections.monthly]
name = "Monthly round"
every_days = 30
start = 2026-01-05
[report]
owner = "office"
reviewers = ["technical"]
signers = ["leadership"]
[backups.hall]
name = "Hall"
kind = "room"
room = "402"
[chains.default]
steps = [{{ after = 0, tell = ["technical"] }}]
"""


class BrowserRoom:
    """address: of its pages."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._posts: list[tuple[str, str]] = []

    def link(self, contact: str, number: int) -> str:
        """As a message would carry it: after many incidents in a minute messages come as one, without links."""
        key = (self.folder / "state" / "link.key").read_bytes()
        links = SignedLinks(self.address, (), key, time.time)
        return f"{self.address}/i/{number}?k={links.key(number, contact, time.time())}"

    def link_in_message(self, contact: str, number: int) -> str:
        """What a person finds in their messenger."""
        pattern = re.compile(rf"http://\S+/i/{number}\?k=\S+")

        found = pattern.search(self.message(contact, number))
        assert found is not None
        return found[0]

    def message(self, contact: str, number: int) -> str:
        """The first one of this incident that carries a link."""
        mark = f"/i/{number}?k="
        return until(lambda: next((text for to, text in self._posts if to == f"/{contact}" and mark in text), ""))

    def sign_in(self, page: Any, who: str = "wang", to: str = "/") -> None:
        """With a browser's page."""
        page.goto(f"{self.address}/sign-in?to={to}")
        page.locator("input[name=name]").fill(who)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def say(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """A command of this machine's login, as the command line sends it."""
        connection = http.client.HTTPConnection("daemon")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.folder / "state" / "control.sock"))
        connection.request("POST", f"/api/command/{verb}", json.dumps(arguments))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        assert "error" not in answer, answer
        return dict(answer)

    def breaks(self, text: str = "no picture") -> int:
        """Somebody declares an incident; its number."""
        said = self.say("declare", by="Ann", text=text, severity="critical", **{"class": "device"})
        return int(said["number"])

    def incident(self, number: int) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/api/status")
        found = json.loads(connection.getresponse().read())["incidents"]
        connection.close()
        return next((one for one in found if one["number"] == number), {})

    @contextlib.contextmanager
    def running(self) -> Iterator[BrowserRoom]:
        messenger = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._inbox())
        threading.Thread(target=messenger.serve_forever, daemon=True).start()
        off = "\n".join(f"[schedule.{name}]\nenabled = false" for name in PROBES if name not in WATCHED)
        (self.folder / "roomwatch.toml").write_text(
            f'state = "{self.folder}/state"\n[room]\nid = "r12"\nname = "湖畔 Lakeside"\nfloor = "4F"\n'
            f'[web]\nport = {self.port}\npublic_url = "{self.address}"\n'
            f"[web.users]\nwang = '{cheap_hash(PASSWORD)}'\nli = '{cheap_hash(PASSWORD)}'\n{off}\n"
            "[patience]\n" + "".join(f"{code} = 86400\n" for code in PATIENT)
        )
        (self.folder / "plan.toml").write_text(PLAN.format(port=messenger.server_port))
        log = self.folder / "log"
        command = [sys.executable, "-m", "monitor.cli", "run", "--config", str(self.folder / "roomwatch.toml")]
        with log.open("w") as written:
            daemon = subprocess.Popen(command, stdout=written, stderr=written)
        try:
            until(lambda: "messages carry links" in log.read_text())
            until(lambda: any(one["state"] != "unknown" for one in self._checks()))
            yield self
        finally:
            daemon.terminate()
            daemon.wait()
            messenger.shutdown()
            messenger.server_close()

    def _checks(self) -> list[dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/api/status")
        found = json.loads(connection.getresponse().read())["checks"]
        connection.close()
        return list(found)

    def _inbox(self) -> type[http.server.BaseHTTPRequestHandler]:
        posts = self._posts

        class Inbox(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                posts.append((self.path, f"{body.get('title')}\n{body.get('message')}"))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *words: object) -> None: ...

        return Inbox


def until(find: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What ``find`` gives once it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := find():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"nothing within {seconds:g} s")
