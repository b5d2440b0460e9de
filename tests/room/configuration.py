"""How the virtual room's PC is set up: its configuration, its plan, and the time that an emulated PC needs."""

from __future__ import annotations

import json

from bench.network_lab import far
from tests.room.surroundings import HOOK, MAIL_PORT, WATCHER

CAMERA, MICROPHONE, PROGRAM = "USB_Room_Camera", "USB_Room_Mic", "room-client"
CONFIGURATION = f"""
[room]
id = "virtual"
name = "Virtual room"
[web]
listen = "0.0.0.0"
[working_hours]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
start = "00:00"
end = "23:59"

# Time for a guest that is ten times slower than a PC. The intervals are the shipped ones: each look by way of the
# session part costs 13 s of the guest's CPU, and at 20 s they left nothing for anything else.
[schedule.camera]
deadline = 120.0
[schedule.microphone]
deadline = 90.0
[schedule.speaker]
deadline = 60.0
[schedule.host]
deadline = 60.0
[schedule.software]
deadline = 60.0
[schedule.network]
deadline = 60.0
[schedule.power]
deadline = 60.0
[probes.camera]
cameras = ["{CAMERA}"]
# At each interval, not each quarter of an hour: nobody waits for it.
look_every_seconds = 54.0
deadline_seconds = 40.0
first_picture_seconds = 15.0
# Of the pictures that the camera promises, an emulated PC on a busy machine misses some by itself.
[probes.camera.limits]
low_rate_share = 0.25
[probes.microphone]
source = "{MICROPHONE}"
kind = "raw"
cpu_seconds = 40
stall_seconds = 8.0
[probes.microphone.session]
query_seconds = 20.0

[probes.network]
internet = {json.dumps(list(far.TARGETS))}
internet6 = ["2001:db8:2::1"]
portal_url = "http://page.lab.example/"
portal_expect = "as expected"
portal_interval = 30.0
services = ["meet"]
services_file = "/etc/roomwatch/services.toml"
ca_file = "/etc/roomwatch/authority.pem"
proxy = "none"
[probes.software]
use_known = false
[probes.software.applications.client]
executables = ["{PROGRAM}"]
expected = "always"
helpers = ["--type=renderer"]
count = 1
logs = ["/var/log/room-client/*.log"]
"""
PLAN = f"""
# Also at night: the guest has the time of day of its snapshot.
quiet = []
peak = []
[contacts.it]
name = "IT"
language = "en"
channels = ["{HOOK}", "mailto://{WATCHER}:{MAIL_PORT}?from=room@example.org&to=it@example.org"]
[groups.technical]
name = "Technical group"
members = ["it"]
[chains.default]
steps = [{{ after = 0, tell = ["technical"] }}]
"""
SLOW = "[Service]\nTimeoutStartSec=300\n"
"""A busy machine's guest has taken over a minute to import what a PC imports in one second."""
SLOW_SESSION = "[Service]\nRuntimeMaxSec=120\n"
"""One call of the session part took 13 s of CPU in the guest, and half a minute while the machine was busy."""
