"""What goes wrong on a room's PC, in a booted Debian: each is said in a clear sentence, and nothing is lost."""

from __future__ import annotations

import json
import re

import pytest

from tests.package.conftest import NEXT, RELEASE
from tests.package.room import Room, until
from tests.package.test_rooms import NEWEST, canary

pytestmark = pytest.mark.timeout(900)
RECEIVER = """
import http.server

class Taken(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open("/root/messages", "a") as file:
            file.write(body + "\\n")
        self.send_response(200)
        self.end_headers()

http.server.ThreadingHTTPServer(("127.0.0.1", 8099), Taken).serve_forever()
"""
OLD_KERNEL = "SystemCallFilter=~pidfd_open:ENOSYS", "RestrictAddressFamilies=~AF_INET6"
"""As a kernel before Linux 5.3, and one without IPv6, refuse them."""


def messages(room: Room, wanted: str) -> list[str]:
    """The keys of the messages that bear this title, in the order in which they came."""
    found = [json.loads(line) for line in room.said("cat /root/messages", check=False).splitlines() if line[:1] == "{"]
    return [one["message"].split()[-1] for one in found if wanted in one["title"]]


@pytest.fixture
def told(room: Room) -> Room:
    """A room in which one person is told."""
    (room.root / "root/receiver.py").write_text(RECEIVER)
    room.shell(
        "systemd-run -q --unit=receiver python3 /root/receiver.py; sleep 1; roomwatch setup --yes --name Lakeside"
        " --tell 'Li Wei=json://127.0.0.1:8099' --no-test && roomwatch reload"
    )
    return room


def starts(room: Room) -> int:
    return room.said("journalctl --no-pager -o cat -u roomwatch").count("Started roomwatch.service")


def declared(room: Room) -> str:
    """The number of the incident that a phone call opens, once its message has come."""
    said = room.said("roomwatch declare 'no sound in the room' --by 'Li Wei' --class device")
    number = re.findall(r"#(\d+)", said)[0]
    until(lambda: number in opened(room))
    return str(number)


def opened(room: Room) -> list[str]:
    """The incidents of such calls, one for each message that told of one."""
    return [key.split("-")[1] for key in messages(room, "Device fault reported") if "-opened-" in key]


def test_an_upgrade_in_mid_incident_neither_loses_nor_doubles_an_alarm(told: Room) -> None:
    canary(told)
    first = declared(told)
    before = starts(told)
    told.shell(NEWEST)
    until(told.watches)
    assert starts(told) == before + 1, "it watches until the new files are in place, and is started once"
    told.shell(f"roomwatch take {first} --by 'Li Wei' && roomwatch notify-test")
    until(lambda: messages(told, "[TEST]"))  # what would come again has come by then
    assert opened(told) == [first]
    keys = messages(told, "")
    assert len(keys) == len(set(keys)), keys


def test_a_file_that_was_edited_and_that_the_new_version_changes_is_asked_for_and_kept(told: Room) -> None:
    canary(told)
    told.shell('sed -i \'s/^id = "room"/id = "lakeside"/\' /etc/roomwatch/roomwatch.toml')
    asked = told.shell(NEWEST, check=False)
    assert asked.returncode != 0
    assert "Configuration file '/etc/roomwatch/roomwatch.toml'" in asked.stdout + asked.stderr
    assert told.watches(), "while the question waits"
    assert NEXT in told.said("dpkg-query -W roomwatch")
    told.shell("dpkg --configure -a --force-confold")
    until(told.watches)
    assert told.said("dpkg-query -W -f '${db:Status-Status}' roomwatch") == "installed"
    assert 'id = "lakeside"' in told.said("cat /etc/roomwatch/roomwatch.toml")
    assert told.said("roomwatch status --json", check=False).count('"Lakeside"')


def test_an_upgrade_that_nobody_watches_keeps_an_edited_file_without_a_question(told: Room) -> None:
    canary(told)
    told.shell("echo '# ours' >>/etc/roomwatch/roomwatch.toml")
    told.shell(f"apt-get install -q --yes -o Dpkg::Options::=--force-confold roomwatch={NEXT}~{RELEASE}")
    until(told.watches)
    assert told.said("tail -n 1 /etc/roomwatch/roomwatch.toml") == "# ours\n"


def test_an_old_kernel_without_ipv6_and_a_room_without_camera_are_watched_and_named(told: Room) -> None:
    lines = "\n".join(OLD_KERNEL)
    place = "/etc/systemd/system/roomwatch.service.d"
    told.shell(f"mkdir -p {place}; printf '[Service]\\n{lines}\\n' >{place}/old.conf; systemctl daemon-reload")
    told.shell("systemctl restart roomwatch")
    until(told.watches)
    limits = " ".join(f"-p '{one}'" for one in OLD_KERNEL)
    said = told.said(f"systemd-run -qP --wait {limits} roomwatch doctor --language en", check=False)
    assert "does not tell when a program ends" in said
    assert "camera: no device is connected" in said
    assert "Lakeside" in told.said("roomwatch status", check=False)
    assert "Traceback" not in told.said("journalctl --no-pager -u roomwatch")


def test_a_user_of_the_screen_who_is_missing_is_named_before_and_after(told: Room) -> None:
    refused = told.shell("roomwatch session enable kiosk", check=False)
    assert (refused.returncode, refused.stderr) == (1, "roomwatch: this machine has no user kiosk.\n")
    told.shell("useradd --create-home kiosk && roomwatch session enable kiosk")
    told.shell("loginctl terminate-user kiosk; userdel --remove --force kiosk")
    said = told.said("roomwatch doctor --language en", check=False)
    assert "roomwatch session enable USER" in said
    assert told.watches()
