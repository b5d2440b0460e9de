"""The rooms' playbook with ansible-core over SSH: from a bare Debian to a room that watches, and what comes later.

One room for all, as an installation takes its minutes: each test begins with a room that watches, and leaves one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.version import VERSION
from tests.package.conftest import NEXT, RELEASE, SOURCE, SUITE
from tests.package.room import PORT, Room, run, until

ADDRESS = f"http://127.0.0.1:{PORT}"
SOURCES = "/etc/apt/sources.list.d"
WANTED: dict[str, Any] = {
    "roomwatch_secrets": {"webhook-url": "https://hook.example.org/secret"},
    "roomwatch_remedies": ["restart-unit/cups"],
}
ELSEWHERE = f"Types: deb\nURIs: {ADDRESS}/debian\nSuites: ./\nTrusted: yes\n"
"""A description of another repository, by the name that one of ours could have."""


@pytest.fixture(scope="session")
def controlled(package: Path) -> Path:
    """A Debian that Ansible can reach: with an SSH server and Python alone, and a user of the room's screen."""
    making = (
        f". {SOURCE}/scripts/debian-root; debian_root {SUITE} controlled systemd systemd-sysv systemd-container dbus "
        "libpam-systemd wget python3 openssh-server"
    )
    return Path(run("bash", "-euc", making).strip())


class Controller:
    """This machine, which plays the playbook against one room. There is no network: SSH speaks over the pipe."""

    def __init__(self, folder: Path, room: Room) -> None:
        self._folder = folder
        self._fleet = folder / "fleet"
        self.name("湖景会议室")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key")
        room.shell("mkdir -p -m 700 /root/.ssh /run/sshd")
        (room.root / "root/.ssh/authorized_keys").write_text((folder / "key.pub").read_text())
        inside = f"nsenter --target={room.leader} --all --wdns=/ /usr/sbin/sshd -i"
        self._ssh = f'-o ProxyCommand="{inside}" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'

    def name(self, name: str) -> None:
        """Call the room so in the inventory."""
        rooms = self._folder / "rooms.csv"
        rooms.write_text(
            f"id,name,site,floor,address,user,programs\n301,{name},hq,3,10.0.3.1,kiosk,zoom=always\n", encoding="utf-8"
        )
        done = CliRunner().invoke(main, ["rooms", "write", str(rooms), str(self._fleet)])
        assert done.exit_code == 0, done.output

    def file(self, text: str) -> str:
        """One of the fleet's files, by its path."""
        made = self._folder / "file.toml"
        made.write_text(text)
        return str(made)

    def play(self, *words: str, code: int = 0, **variables: object) -> str:
        given = {"roomwatch_repository": f"{ADDRESS}/rooms", **variables}
        done = subprocess.run(
            ["ansible-playbook", "-i", str(self._fleet / "ansible.yml"), str(SOURCE / "deploy/ansible/rooms.yml"),
             "--user", "root", "--private-key", str(self._folder / "key"), "--ssh-common-args", self._ssh,
             "-e", json.dumps(given), *words],
            env={**os.environ, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1"},
            capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "WARNING" not in done.stderr.replace("Permanently added", ""), done.stderr
        return done.stdout


def changed(said: str) -> int:
    return int(re.findall(r"changed=(\d+)", said)[0])


def version(room: Room) -> str:
    """Of the package; empty where there is none."""
    return room.shell("dpkg-query -W -f '${Version}' roomwatch", check=False).stdout


def shown_name(room: Room) -> object:
    return json.loads(room.said("roomwatch status --json 2>/dev/null", check=False))["name"]


def configuration(room: Room) -> str:
    """What stands in its folder, file by file."""
    return room.said("cd /etc/roomwatch && find . -type f -exec stat -c '%a %G' {} + -exec sha256sum {} + | sort")


@pytest.fixture(scope="module")
def room(bare: Callable[..., Room], controlled: Path) -> Iterator[Room]:
    made = bare("controlled", [controlled])
    try:
        made.boot()
        made.shell("useradd --create-home kiosk")
        yield made
    finally:
        made.close()
        shutil.rmtree(made.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def controller(room: Room, tmp_path_factory: pytest.TempPathFactory) -> Controller:
    """What has played once already. Somebody had begun by hand there, with a ring that is ahead."""
    made = Controller(tmp_path_factory.mktemp("controller"), room)
    room.shell(f"wget -q -P {SOURCES} {ADDRESS}/rooms/canary-{RELEASE}.sources")
    (room.root / SOURCES[1:] / f"early-{RELEASE}.sources").write_text(ELSEWHERE)
    assert room.shell("dpkg-query -W python3-apt", check=False).returncode != 0
    assert "gets the package first" in made.play("--check")
    assert version(room) == ""
    made.play(**WANTED)
    until(room.watches)
    return made


def test_from_a_bare_debian_to_a_room_that_watches_and_a_second_time_changes_nothing(
    room: Room, controller: Controller
) -> None:
    assert shown_name(room) == "湖景会议室"
    assert room.said("stat -c '%a %U' /etc/credstore/webhook-url").strip() == "600 root"
    assert "roomwatch-session" in room.said("id -Gn kiosk").split()
    assert room.shell("test -L /home/kiosk/.config/systemd/user/sockets.target.wants/roomwatch-session.socket")
    assert room.shell("test -f /etc/roomwatch/remedies/restart-unit/cups")

    assert changed(controller.play("--check", **WANTED)) == 0
    assert changed(controller.play(**WANTED)) == 0

    room.shell("roomwatch session disable kiosk")
    assert "roomwatch-session" not in room.said("id -Gn kiosk").split()
    assert changed(controller.play("--check", **WANTED)) == 1, "what somebody took back is foretold"


@pytest.mark.usefixtures("controller")
def test_a_source_that_was_fetched_by_hand_gives_way_and_one_of_another_repository_stays(room: Room) -> None:
    assert version(room) == f"{VERSION}~{RELEASE}", "the ring by hand would have brought the next one"
    assert set(room.said(f"ls {SOURCES}").split()) == {"roomwatch.sources", f"early-{RELEASE}.sources"}


def test_a_configuration_that_is_refused_is_not_put_in_place(room: Room, controller: Controller) -> None:
    room.shell("echo '[working_hours]\nend = \"19:00\"' >/etc/roomwatch/conf.d/90-hand.toml")
    before = configuration(room)
    evening = controller.file('[working_hours]\nstart = "20:00"\nend = "21:00"\n')
    said = controller.play(code=2, roomwatch_base=evening)
    assert "/etc/roomwatch/conf.d/90-hand.toml: working_hours.end" in said, "each file alone is good"
    plan = controller.file("[contacts.li]\nlevel = 70000\n")
    for words in (["--check"], []):
        said = controller.play(*words, code=2, roomwatch_plan=plan)
        assert "the plan has problems" in said
        assert "/etc/roomwatch/plan.toml: contacts.li.level" in said
    assert configuration(room) == before
    assert room.said("ls /run | grep ^roomwatch-", check=False).split() == ["roomwatch-session"]
    assert room.watches()


def test_a_room_whose_configuration_is_refused_already_says_so_and_is_mended(
    room: Room, controller: Controller
) -> None:
    room.shell(
        "echo '[web]\nport = 70000' >/etc/roomwatch/conf.d/95-hand.toml; systemctl restart roomwatch", check=False
    )
    assert "Result=exit-code" in room.said("systemctl show roomwatch -p Result")
    assert "/etc/roomwatch/conf.d/95-hand.toml: web.port = 70000" in controller.play(code=2)
    room.shell("rm /etc/roomwatch/conf.d/9*-hand.toml")
    controller.name("Lakeside")
    controller.play()
    until(room.watches)
    assert shown_name(room) == "Lakeside"


def test_check_foretells_a_change_and_a_task_that_fails_later_keeps_nothing_from_being_loaded(
    room: Room, controller: Controller
) -> None:
    controller.play(**WANTED)
    controller.name("Seaside")
    secret = {"webhook-url": "https://hook.example.org/another"}
    before = configuration(room)
    said = controller.play("--check", "--diff", roomwatch_secrets=secret)
    assert '+name = "Seaside"' in said
    assert changed(said) >= 2
    assert configuration(room) == before

    said = controller.play(code=2, roomwatch_secrets=secret, roomwatch_user="unknown-here")
    assert "unknown-here" in said
    until(room.watches)
    assert shown_name(room) == "Seaside"
    assert room.said("cat /run/credentials/roomwatch.service/webhook-url") == secret["webhook-url"]
    assert changed(controller.play(roomwatch_secrets=secret)) == 0


def test_what_is_not_listed_any_more_is_taken_away_and_what_the_role_did_not_bring_stays(
    room: Room, controller: Controller
) -> None:
    secrets = {"webhook-url": "https://hook.example.org", "matrix-token": "a"}
    controller.play(roomwatch_secrets=secrets, roomwatch_remedies=["restart-unit/cups"])
    room.shell("touch /etc/roomwatch/remedies/reset-usb/1-1.4; echo mine >/etc/credstore/smtp-password")
    both = "find /etc/roomwatch/remedies -type f -printf '%P\n' | sort; ls /etc/credstore"
    before = room.said(both).split()
    assert before == ["reset-usb/1-1.4", "restart-unit/cups", "matrix-token", "smtp-password", "webhook-url"]

    assert changed(controller.play()) == 0, "without a list the room keeps what it has"
    fewer = {"roomwatch_secrets": {"matrix-token": "a"}, "roomwatch_remedies": ["restart-unit/ssh"]}
    assert changed(controller.play("--check", **fewer)) >= 3
    assert room.said(both).split() == before
    controller.play(**fewer)
    assert room.said(both).split() == ["restart-unit/ssh", "matrix-token", "smtp-password"]
    until(room.watches)
    assert room.said("ls /run/credentials/roomwatch.service").split() == ["matrix-token", "smtp-password"]
    assert changed(controller.play(**fewer)) == 0

    controller.play(roomwatch_secrets={}, roomwatch_remedies=[])
    assert room.said(both).split() == ["smtp-password"]
    assert "write it as restart-unit/cups" in controller.play(code=2, roomwatch_remedies=["restart-unit/../../cups"])
    assert "write letters" in controller.play(code=2, roomwatch_secrets={"../shadow": "a"})


def test_what_setup_wrote_on_the_room_stays_and_is_named(room: Room, controller: Controller) -> None:
    plan = controller.file((SOURCE / "config/plan.toml").read_text())
    room.shell(
        "roomwatch setup --yes --name 'By hand' --tell 'Li=mailto://li@example.org' --screen-user - && roomwatch reload"
    )
    said = controller.play(roomwatch_plan=plan)
    assert "/etc/roomwatch/conf.d/setup.toml: room.name" in said
    assert "/etc/roomwatch/plan.d/setup.toml" in said
    assert shown_name(room) == "By hand"
    room.shell("rm /etc/roomwatch/conf.d/setup.toml /etc/roomwatch/plan.d/setup.toml")
    assert "setup.toml" not in controller.play(roomwatch_plan=plan)


def test_latest_is_what_the_ring_has_now(
    room: Room, controller: Controller, site: Path, key: str, next_package: Path
) -> None:
    ring = [SOURCE / "scripts/repository", site / "rooms", "--key", key, "--url", f"{ADDRESS}/rooms", "early"]
    run(*ring, "--from", "all")
    controller.play(roomwatch_ring="early", roomwatch_package_state="latest")
    assert version(room) == f"{VERSION}~{RELEASE}"
    run(*ring, next_package)
    controller.play(roomwatch_ring="early")
    assert version(room) == f"{VERSION}~{RELEASE}", "present keeps the version"
    assert changed(controller.play(roomwatch_ring="early", roomwatch_package_state="latest")) == 1
    assert version(room) == f"{NEXT}~{RELEASE}"
    until(room.watches)
