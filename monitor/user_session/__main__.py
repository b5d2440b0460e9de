"""Started by systemd for each connection, with the socket as standard input."""

from __future__ import annotations

import logging
import socket
import sys

from monitor.user_session.server import allowed_users, answer_call


def main() -> int:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        link = socket.socket(fileno=0)
    except OSError:
        print("roomwatch-session is started by roomwatch-session.socket, not by hand", file=sys.stderr)
        return 2
    with link:
        return int(answer_call(link, allowed_users()) is not None)


if __name__ == "__main__":
    sys.exit(main())
