"""In the container of bench/container_room.py: takes webhooks; /tmp/messages has when each came, and its title."""

import json
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Take(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        came = time.time()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with Path("/tmp/messages").open("a") as file:
            file.write(json.dumps({"came": came, "title": body.get("title", "")}, ensure_ascii=False) + "\n")
        self.send_response(200)
        self.end_headers()


HTTPServer(("127.0.0.1", 8099), Take).serve_forever()
