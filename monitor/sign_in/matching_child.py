"""The child that holds one password against one hash: {"password": …, "written": …} on stdin, exit code 0 or WRONG."""

from __future__ import annotations

import json
import os
import sys

from alerting.child.confinement import begin_item, bind_to_parent
from monitor.sign_in.password import matches

WRONG = 3
"""Not 1, which is Python's own for a child that broke: nobody is told then that the password is wrong."""
CPU_SECONDS = 10
"""Twenty times what the hash of ``roomwatch web-password`` takes."""


def main() -> int:
    bind_to_parent(int(os.environ.get("ROOMWATCH_PARENT", os.getppid())))
    begin_item(CPU_SECONDS)
    asked = json.loads(sys.stdin.buffer.read(8192))
    return 0 if matches(asked["password"], asked["written"]) else WRONG


if __name__ == "__main__":
    sys.exit(main())
