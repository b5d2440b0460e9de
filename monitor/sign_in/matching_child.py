"""The child that holds one password against one hash: {"password": …, "written": …} on stdin, exit code 0 or 1."""

from __future__ import annotations

import json
import os
import sys

from alerting.child.confinement import begin_item, bind_to_parent
from monitor.sign_in.password import matches

CPU_SECONDS = 10
"""Twenty times what the hash of ``roomwatch web-password`` takes."""


def main() -> int:
    bind_to_parent(int(os.environ.get("ROOMWATCH_PARENT", os.getppid())))
    begin_item(CPU_SECONDS)
    asked = json.loads(sys.stdin.buffer.read(8192))
    return 0 if matches(asked["password"], asked["written"]) else 1


if __name__ == "__main__":
    sys.exit(main())
