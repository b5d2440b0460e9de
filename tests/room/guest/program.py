"""In the guest: a conferencing program with a page in a process of its own, which it does not bring back.

Runs as a copy of Python under the program's name. A line in the file /tmp/program.order: "eat" takes memory without
end, "exit N" ends it with that code.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ORDER = Path("/tmp/program.order")
LOG = Path("/var/log/room-client/client.log")
PAGE = "import time\nwhile True:\n    time.sleep(1)"

page = subprocess.Popen([sys.executable, "-c", PAGE, "--type=renderer"])
eaten = []
while True:
    time.sleep(0.5)
    page.poll()
    with LOG.open("a") as log:
        log.write("frame\n")
    if ORDER.exists():
        words = ORDER.read_text().split()
        if words[0] == "eat":
            eaten.append(bytearray(os.urandom(1 << 20)) * 32)
        elif words[0] == "exit":
            ORDER.unlink()
            page.kill()
            os._exit(int(words[1]))
