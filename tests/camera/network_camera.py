"""A network camera on the loopback: a real HTTP server, its stream of JPEGs, and the settings that look at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from probes.camera import NetworkCamera, Settings


@contextmanager
def server(handle: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self)

        def log_message(self, *args: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}/stream"
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def look_at(url: str, **more: object) -> Settings:
    return Settings(network={"lobby": NetworkCamera(url=url, **more)}, deadline_seconds=6, first_picture_seconds=1.5)  # type: ignore[arg-type]


def send_pictures(request: BaseHTTPRequestHandler, pictures: Iterable[bytes], seconds: float) -> None:
    """Motion JPEG, one picture after so many seconds, until all are sent or nobody listens any more."""
    request.send_response(200)
    request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=x")
    request.end_headers()
    try:
        for one in pictures:
            request.wfile.write(b"--x\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(one))
            request.wfile.write(one + b"\r\n")
            time.sleep(seconds)
    except OSError:
        return
