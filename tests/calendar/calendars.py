"""Makes iCalendar texts for tests, and serves them as a real HTTP server would."""

from __future__ import annotations

import base64
import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TITLE = "Merger with Acme, strictly secret"
ATTENDEE = "spy@acme.example"
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC).timestamp()


def at(hours: float) -> str:
    """UTC time so many hours after NOW."""
    return f"{dt.datetime.fromtimestamp(NOW + hours * 3600, dt.UTC):%Y%m%dT%H%M%SZ}"


def event(*lines: str, start: str = "", end: str = "", uid: str = "") -> str:
    """One event with a title and an attendee that nobody may ever see."""
    own = [f"DTSTART{start}"] if start else []
    own += [f"DTEND{end}"] if end else []
    text = [f"UID:{uid or id(lines)}", f"SUMMARY:{TITLE}", f"DESCRIPTION:{TITLE}\\, really", *own, *lines]
    text += [f"ATTENDEE;CN={TITLE}:mailto:{ATTENDEE}", "ORGANIZER;CN=Chief:mailto:Chief@example.com"]
    return "\r\n".join(["BEGIN:VEVENT", *text, "END:VEVENT"])


def calendar(*events: str, head: str = "") -> bytes:
    parts = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test", f"X-WR-CALNAME:{TITLE}", *([head] if head else [])]
    return "\r\n".join([*parts, *events, "END:VCALENDAR", ""]).encode("utf-8", "surrogateescape")


@dataclass
class Site:
    """What the server answers. asked: (path, If-None-Match, Authorization) of each request."""

    body: bytes = b""
    status: int = 200
    etag: str = ""
    login: str = ""
    redirect: str = ""
    trickle: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = False
    port: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/room.ics"


@contextmanager
def served(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            authorization = self.headers.get("Authorization", "")
            site.asked.append((self.path, self.headers.get("If-None-Match", ""), authorization))
            wanted = "Basic " + base64.b64encode(site.login.encode()).decode()
            if site.login and authorization != wanted:
                self.send_error(401)
            elif site.redirect:
                self.send_response(302)
                self.send_header("Location", site.redirect)
                self.end_headers()
            elif site.etag and self.headers.get("If-None-Match") == site.etag:
                self.send_response(304)
                self.end_headers()
            else:
                self.send_response(site.status)
                if site.etag:
                    self.send_header("ETag", site.etag)
                for name, value in site.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self._write()

        def _write(self) -> None:
            try:
                while site.trickle and not server.done.is_set():
                    self.wfile.write(b" " * 10)
                    time.sleep(site.trickle)
                self.wfile.write(site.body)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        done = threading.Event()

    server = Server(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.done.set()
        server.shutdown()
        thread.join()
        server.server_close()
