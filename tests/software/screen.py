"""A real X server with real programs on it: a browser, and a small window that can be made to hang in two ways."""

from __future__ import annotations

import http.server
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--password-store=basic",
)

WINDOW = """
import os, threading, gi
gi.require_version("Gtk", "3.0")
gi.require_version("GdkX11", "3.0")
from gi.repository import GdkX11, GLib, Gtk
def say(shown):
    shown.get_display().sync()  # the X server has heard of all that was done
    with open(os.environ["ORDER"] + ".shown", "w") as file:
        file.write(f"{shown.get_window().get_xid()}\\n")
window, count, lock = Gtk.Window(), Gtk.Label(), threading.Lock()
window.add(count)
window.show_all()
say(window)
lock.acquire()
def tick():
    count.set_text(str(int(count.get_text() or 0) + 1))
    order = open(os.environ["ORDER"]).read()
    while order == "spin":
        pass
    if order == "deadlock":
        lock.acquire()
    if order == "another" and window in Gtk.Window.list_toplevels():
        other = Gtk.Window()
        other.show_all()
        window.destroy()
        say(other)
    return True
GLib.timeout_add(100, tick)
Gtk.main()
"""
"""A native client in GTK: draws ten times a second until it is told to spin, to wait for what never comes, or to
close its window and show another. Beside its order it writes the number of the window that it shows: GTK has a hidden
one besides, which is there first and answers too."""


@contextmanager
def display() -> Iterator[str]:
    assert shutil.which("Xvfb"), "install xvfb"
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "2000x600x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as said:
        number = said.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.kill()
        server.wait()


PAGE = b"""<canvas id=c width=640 height=480></canvas><script>
let n = 0; const brush = c.getContext("2d");
setInterval(() => { brush.fillStyle = `hsl(${7 * n++ % 360} 80% 50%)`; brush.fillRect(0, 0, 640, 480); }, 60);
setInterval(async () => { if ((await (await fetch("/order")).text()) == "spin") for (;;); }, 500);
</script>"""
"""Draws a whole picture sixteen times a second, as a meeting's page does: its standing still can be measured."""


class _Pages(http.server.BaseHTTPRequestHandler):
    spin: threading.Event

    def do_GET(self) -> None:
        body = PAGE if self.path != "/order" else b"spin" if self.spin.is_set() else b""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def page() -> Iterator[tuple[str, threading.Event]]:
    """The address of a page that draws all the time, and the event after which it spins."""
    spin = threading.Event()
    handler = type("Pages", (_Pages,), {"spin": spin})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", spin
        finally:
            server.shutdown()


@contextmanager
def browser(screen: str, profile: Path, page: str, place: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """``place``: the first, second or third beside each other. A window that another covers draws nothing."""
    chromium = shutil.which("chromium")
    assert chromium, "install chromium"
    where = (f"--window-position={660 * place},0", "--window-size=660,560")
    with _group(
        [chromium, *SWITCHES, *where, f"--user-data-dir={profile}", f"--app={page}"], DISPLAY=screen
    ) as process:
        yield process


@contextmanager
def window(screen: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The program, and the file in which its order is written."""
    folder.mkdir()
    order, script = folder / "order", folder / "window.py"
    order.write_text("")
    script.write_text(WINDOW)
    with _group(["/usr/bin/python3", str(script)], DISPLAY=screen, ORDER=str(order)) as process:
        yield process, order


@contextmanager
def _group(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
