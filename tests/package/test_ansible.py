"""The rooms' playbook with ansible-core over SSH: from a bare Debian to a room that watches, and again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from tests.package.conftest import SOURCE, SUITE
from tests.package.room import PORT, Room, run, until

INVENTORY = "id,name,site,floor,address,user,programs\n301,湖景会议室,hq,3,10.0.3.1,kiosk,zoom=always\n"
WANTED = {
    "roomwatch_secrets": {"webhook-url": "https://hook.example.org/secret"},
    "roomwatch_remedies": ["restart-unit/cups"],
}


@pytest.fixture(scope="session")
def controlled(package: Path) -> Path:
    """A Debian that Ansible can reach: with an SSH server and Python, and a user of the room's screen."""
    making = (
        f". {SOURCE}/scripts/debian-root; debian_root {SUITE} controlled systemd systemd-sysv systemd-container dbus "
        "libpam-systemd wget python3 python3-apt openssh-server"
    )
    return Path(run("bash", "-euc", making).strip())


class Controller:
    """This machine, which plays the playbook against one room. There is no network: SSH speaks over the pipe."""

    def __init__(self, folder: Path, room: Room) -> None:
        self._folder = folder
        self._fleet = folder / "fleet"
        (folder / "rooms.csv").write_text(INVENTORY)
        done = CliRunner().invoke(main, ["rooms", "write", str(folder / "rooms.csv"), str(self._fleet)])
        assert done.exit_code == 0, done.output
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key")
        room.shell("mkdir -p -m 700 /root/.ssh /run/sshd")
        (room.root / "root/.ssh/authorized_keys").write_text((folder / "key.pub").read_text())
        inside = f"nsenter --target={room.leader} --all --wdns=/ /usr/sbin/sshd -i"
        self._ssh = f'-o ProxyCommand="{inside}" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'

    def play(self, *words: str, code: int = 0, **variables: object) -> str:
        given = {"roomwatch_repository": f"http://127.0.0.1:{PORT}/rooms", **variables}
        done = subprocess.run(
            ["ansible-playbook", "-i", str(self._fleet / "ansible.yml"), str(SOURCE / "deploy/ansible/rooms.yml"),
             "--user", "root", "--private-key", str(self._folder / "key"), "--ssh-common-args", self._ssh,
             "-e", json.dumps(given), *words],
            env={**os.environ, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1"},
            capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


def changed(said: str) -> int:
    return int(re.findall(r"changed=(\d+)", said)[0])


@pytest.fixture
def room(bare: Callable[..., Room], controlled: Path) -> Iterator[Room]:
    made = bare("controlled", [controlled])
    try:
        made.boot()
        made.shell("useradd --create-home kiosk")
        yield made
    finally:
        made.close()
        shutil.rmtree(made.folder, ignore_errors=True)


def test_from_a_bare_debian_to_a_room_that_watches_and_a_second_time_changes_nothing(
    room: Room, tmp_path: Path
) -> None:
    controller = Controller(tmp_path, room)
    foretold = controller.play("--check")
    assert "gets the package first" in foretold
    assert room.shell("dpkg-query -W roomwatch", check=False).returncode != 0

    controller.play(
        roomwatch_secrets={"webhook-url": "https://hook.example.org/secret"}, roomwatch_remedies=["restart-unit/cups"]
    )
    until(room.watches)
    status = json.loads(room.said("roomwatch status --json", check=False))
    assert status["name"] == "湖景会议室"
    assert room.said("stat -c '%a %U' /etc/credstore/webhook-url").strip() == "600 root"
    assert "roomwatch-session" in room.said("id -Gn kiosk").split()
    assert room.shell("test -L /home/kiosk/.config/systemd/user/sockets.target.wants/roomwatch-session.socket")
    assert room.shell("test -f /etc/roomwatch/remedies/restart-unit/cups")

    assert changed(controller.play("--check", **WANTED)) == 0
    assert changed(controller.play(**WANTED)) == 0

    room.shell("roomwatch session disable kiosk")
    assert "roomwatch-session" not in room.said("id -Gn kiosk").split()
    assert changed(controller.play("--check", **WANTED)) == 1, "what somebody took back is foretold"


def test_a_configuration_that_is_refused_is_not_put_in_place(room: Room, tmp_path: Path) -> None:
    controller = Controller(tmp_path, room)
    controller.play()
    before = room.said("cat /etc/roomwatch/roomwatch.toml")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[web]\nport = 70000\n")
    said = controller.play(code=2, roomwatch_base=str(wrong))
    assert "web.port = 70000: expected a whole number <= 65535" in said
    assert room.said("cat /etc/roomwatch/roomwatch.toml") == before
    assert room.watches()
