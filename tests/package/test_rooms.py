"""What an administrator does with the package, in a booted Debian: real apt, real dpkg, real systemd."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from alerting.journal.sqlite.schema import MIGRATIONS
from alerting.journal.sqlite.schema import VERSION as SCHEMA
from monitor.version import VERSION
from tests.package.conftest import NEXT, PORT, RELEASE, built
from tests.package.room import Room, run, until

NEWEST = f"apt-get install -q --yes roomwatch={NEXT}~{RELEASE}"
INVOCATION = "systemctl show --value --property InvocationID roomwatch"
OLD_JOURNAL = 2
"""The schema of the journal that an earlier version left; its rows have no checksums yet."""

OUTAGE = """
import time
from urllib.request import urlopen

without, last = 0.0, time.monotonic()
while True:
    try:
        urlopen("http://127.0.0.1:9720/healthz", timeout=5).close()
        answers = True
    except OSError:
        answers = False
    now = time.monotonic()
    without, last = without + (0 if answers else now - last), now
    with open("/root/outage", "w") as file:
        file.write(str(without))
    time.sleep(0.1)
"""


def canary(room: Room) -> None:
    """Put the room into the ring that has the next version."""
    room.shell(f"wget -q -P /etc/apt/sources.list.d http://127.0.0.1:{PORT}/rooms/canary-{RELEASE}.sources")
    room.shell("apt-get update -q")


def old_journal(room: Room) -> None:
    """In place of the journal, one as an earlier version wrote it, with one line in it."""
    text = [step for number in range(OLD_JOURNAL) for step in MIGRATIONS[number]]
    program = (
        "import json, os, sqlite3\n"
        "place = '/var/lib/roomwatch/journal.db'\n"
        "[os.unlink(place + end) for end in ('', '-wal', '-shm') if os.path.exists(place + end)]\n"
        "db = sqlite3.connect(place)\n"
        "db.execute('CREATE TABLE schema_version (version INTEGER NOT NULL)')\n"
        f"[db.execute(one) for one in {text!r}]\n"
        f"[db.execute('INSERT INTO schema_version VALUES (?)', (one,)) for one in range(1, {OLD_JOURNAL} + 1)]\n"
        "db.execute('INSERT INTO memory VALUES (?, ?)', ('kept', json.dumps('over the upgrade')))\n"
        "db.commit()\n"
    )
    (room.root / "root/old.py").write_text(program)
    room.shell("systemctl stop roomwatch; python3 /root/old.py; chown roomwatch: /var/lib/roomwatch/*")


def memory(room: Room) -> str:
    ask = (
        "import sqlite3; print(sqlite3.connect('file:/var/lib/roomwatch/journal.db?mode=ro', uri=True)"
        ".execute('SELECT value FROM memory WHERE name = ?', ('kept',)).fetchone())"
    )
    return room.said(f'python3 -c "{ask}"')


def test_lintian_finds_nothing_that_has_no_reason(package: Path) -> None:
    run("lintian", "--allow-root", "--fail-on", "error,warning", package)


def test_two_builds_give_the_same_bytes(package: Path, folder: Path) -> None:
    assert built(folder / "again").read_bytes() == package.read_bytes()


def test_two_commands_install_a_service_that_watches(
    installed: tuple[Path, dict[str, float], str], record_property: object
) -> None:
    layer, took, said = installed
    print(json.dumps(took))
    assert (layer / "etc/systemd/system/multi-user.target.wants/roomwatch.service").is_symlink()
    assert "roomwatch session enable kiosk" in said, "who sits at the screen is asked for"
    assert not list(layer.glob("etc/systemd/system/*/roomwatch-echo.service"))


def test_the_bundle_installs_what_it_holds_and_nothing_else(bare: Callable[[str, list[Path]], Room]) -> None:
    room = bare("bundle", [])
    try:
        room.boot()
        room.shell("apt-get update -q")  # what it needs of Debian
        fetched = f"wget -q -O- http://127.0.0.1:{PORT}/rooms/roomwatch-{VERSION}.tar"
        bundle = f"/root/roomwatch-{VERSION}"
        room.shell(f"{fetched} | tar -x -C /root")
        room.shell(f"cd {bundle} && cp roomwatch_*.deb /root/whole.deb && echo >>$(ls roomwatch_*.deb)")
        assert room.shell(f"{bundle}/install", check=False).returncode != 0, "a changed package is refused"
        assert room.shell("dpkg-query -W roomwatch", check=False).returncode != 0
        room.shell(f"cd {bundle} && mv /root/whole.deb $(ls roomwatch_*.deb) && ./install")
        until(room.watches)
    finally:
        room.close()


def test_the_command_its_help_and_its_completion_are_there(room: Room) -> None:
    assert "No fault" in room.said("roomwatch status", check=False) or room.said("roomwatch status --json", check=False)
    room.shell("test -s /usr/share/man/man1/roomwatch.1.gz -a -s /usr/share/man/man5/roomwatch.toml.5.gz")
    completed = room.said("COMP_WORDS='roomwatch sta' COMP_CWORD=1 _ROOMWATCH_COMPLETE=bash_complete roomwatch")
    assert "plain,status" in completed
    room.shell("cd /usr/share/doc/roomwatch && test -s README.md -a -s docs/channels.md -a -s docs/privacy.zh-CN.md")
    room.shell("test ! -e /usr/share/doc/roomwatch/docs/adr -a ! -e /usr/share/doc/roomwatch/docs/pictures")
    refused = room.shell("roomwatch setup --config /root/own --yes --tell 'Li=nonsense'", check=False)
    assert "/usr/share/doc/roomwatch/docs/channels.md" in refused.stderr
    bill = json.loads(room.said("cat /usr/share/doc/roomwatch/roomwatch.cdx.json"))
    assert {"scapy", "numpy", "opencv-python-headless"} <= {one["name"] for one in bill["components"]}
    assert all(one["licenses"] for one in bill["components"])


def test_an_upgrade_keeps_and_migrates_the_journal_and_keeps_an_edited_file(room: Room) -> None:
    canary(room)
    old_journal(room)
    room.shell('sed -i \'s/^id = "room"/id = "lakeside"/\' /etc/roomwatch/roomwatch.toml; systemctl start roomwatch')
    (room.root / "root/outage.py").write_text(OUTAGE)
    room.shell("systemd-run -q --unit=outage /usr/bin/python3 /root/outage.py")
    begun = time.monotonic()
    room.shell(f"{NEWEST} -o Dpkg::Options::=--force-confold")
    until(room.watches)
    took = {"upgrade_seconds": time.monotonic() - begun}
    room.shell("systemctl stop outage")
    print(json.dumps({**took, "seconds_without_a_watching_service": float(room.said("cat /root/outage"))}))
    assert room.journal_schema() == SCHEMA
    assert "over the upgrade" in memory(room)
    assert 'id = "lakeside"' in room.said("cat /etc/roomwatch/roomwatch.toml")
    assert NEXT in room.said("dpkg-query -W roomwatch")


def test_a_power_cut_between_unpacking_and_configuring_is_mended_by_dpkg(room: Room) -> None:
    canary(room)
    old_journal(room)
    room.shell(f"cd /root && apt-get download -q roomwatch={NEXT}~{RELEASE} && dpkg --unpack roomwatch_*.deb")
    assert room.said("dpkg-query -W -f '${db:Status-Status}' roomwatch") == "unpacked"
    room.power_off(cut=True)
    room.boot()
    room.shell("dpkg --configure -a")
    until(room.watches)
    assert room.journal_schema() == SCHEMA
    assert "over the upgrade" in memory(room)


def test_dpkg_killed_while_it_unpacks_is_mended_by_apt(room: Room) -> None:
    canary(room)
    old_journal(room)
    room.shell(f"cd /root && apt-get download -q roomwatch={NEXT}~{RELEASE}")
    room.shell("cd /root && { dpkg -i roomwatch_*.deb & pid=$!; sleep 1.5; kill -KILL $pid; wait $pid; }", check=False)
    assert room.said("dpkg-query -W -f '${db:Status-Status}' roomwatch") != "installed", "killed too late to prove it"
    room.shell(f"dpkg --configure -a; {NEWEST} --reinstall --fix-broken")
    until(room.watches)
    assert room.journal_schema() == SCHEMA
    assert "over the upgrade" in memory(room)


def test_a_full_disk_leaves_the_old_version_watching(room: Room) -> None:
    canary(room)
    # As large as what is there, and a little more.
    room.shell(
        "systemctl stop roomwatch; size=$(du -sm /opt | cut -f1); mkdir /root/kept; cp -a /opt/. /root/kept;"
        " mount -t tmpfs -o size=$((size + 60))M,mode=755 tmpfs /opt;"
        " cp -a /root/kept/. /opt; systemctl start roomwatch"
    )
    until(room.watches)
    before, running = room.journal_schema(), room.said(INVOCATION)
    done = room.shell(NEWEST, check=False)
    assert done.returncode != 0
    assert "No space left on device" in done.stdout + done.stderr
    assert room.watches()
    assert room.said(INVOCATION) == running, "it was not even stopped"
    assert NEXT not in room.said("dpkg-query -W roomwatch")
    assert room.journal_schema() == before


def test_an_older_version_does_not_touch_a_newer_journal(room: Room) -> None:
    canary(room)
    room.shell(NEWEST)
    until(room.watches)
    newer = (
        "import sqlite3; db = sqlite3.connect('/var/lib/roomwatch/journal.db');"
        f" db.execute('INSERT INTO schema_version VALUES ({SCHEMA + 1})'); db.commit()"
    )
    room.shell(f'systemctl stop roomwatch; python3 -c "{newer}"')
    older = room.said("apt-cache madison roomwatch | awk '{print $3}' | sort -V | head -1").strip()
    done = room.shell(f"apt-get install -q --yes --allow-downgrades roomwatch={older}", check=False)
    assert done.returncode != 0
    assert f"has schema {SCHEMA + 1}, and this version knows up to {SCHEMA}" in done.stdout + done.stderr
    assert NEXT in room.said("dpkg-query -W roomwatch")
    assert room.journal_schema() == SCHEMA + 1

    # docs/operations.md, Roll back, without a copy
    room.shell("systemctl stop roomwatch; mv /var/lib/roomwatch /var/lib/roomwatch.newer")
    room.shell(f"apt-get install -q --yes --allow-downgrades roomwatch={older} && apt-mark hold roomwatch")
    until(room.watches)
    assert room.journal_schema() == SCHEMA
    assert NEXT not in room.said("dpkg-query -W roomwatch")


def test_removing_keeps_what_was_recorded_and_purging_deletes_it(room: Room) -> None:
    room.shell("apt-get remove -q --yes roomwatch")
    assert room.said("systemctl is-active roomwatch", check=False).strip() != "active"
    room.shell("test -s /var/lib/roomwatch/journal.db -a -s /etc/roomwatch/plan.toml -a ! -e /opt/roomwatch")
    room.shell("apt-get install -q --yes --no-install-recommends roomwatch")
    until(room.watches)
    room.shell("apt-get purge -q --yes roomwatch")
    room.shell("test ! -e /var/lib/roomwatch -a ! -e /etc/roomwatch -a ! -e /opt/roomwatch")


def test_an_installation_by_hand_is_not_mixed_with_the_package(room: Room) -> None:
    room.shell("apt-get purge -q --yes roomwatch && mkdir -p /opt/roomwatch/bin && touch /opt/roomwatch/bin/pip")
    done = room.shell("apt-get install -q --yes --no-install-recommends roomwatch", check=False)
    assert done.returncode != 0
    assert "/opt/roomwatch was made by hand" in done.stdout + done.stderr
    room.shell("test -e /opt/roomwatch/bin/pip")

    # What it says to type is enough, and an addition of the administrator's stays.
    units = "/etc/systemd/system/roomwatch.service /etc/systemd/user/roomwatch-session.socket"
    room.shell(f"mkdir -p /etc/systemd/system/roomwatch.service.d /etc/systemd/user && touch {units}")
    room.shell(
        "echo '[Service]' >/etc/systemd/system/roomwatch.service.d/own.conf; touch /etc/tmpfiles.d/roomwatch.conf"
    )
    lines = [one.strip() for one in (done.stdout + done.stderr).splitlines() if one.startswith("    ")]
    assert len(lines) == 6, "the lines that it says to type"
    for line in lines:
        room.shell(line, check=not line.startswith("systemctl"))
    room.shell(f"for one in {units} /etc/tmpfiles.d/roomwatch.conf; do test ! -e $one || exit 1; done")
    room.shell("test -e /etc/systemd/system/roomwatch.service.d/own.conf")
    room.shell("systemctl daemon-reload && apt-get install -q --yes --no-install-recommends roomwatch")
    until(room.watches)
