"""What the service must not be able to do is tried under its installed unit, and refused."""

from __future__ import annotations

import json

import pytest

from tests.package.conftest import SOURCE
from tests.package.room import Room

pytestmark = pytest.mark.timeout(500)
"""The first test also boots and installs."""
PROGRAM = "/usr/local/lib/trials.py"


def tried(room: Room, unit: str, *, as_it_is: bool = True) -> dict[str, str]:
    """What came of each trial under this unit; or, to compare, under none."""
    stranger = room.said("cat /root/stranger").strip()
    result = "/var/lib/roomwatch/trials.json"
    if not as_it_is:
        return dict(json.loads(room.said(f"TRIAL_STRANGER={stranger} /opt/roomwatch/bin/python {PROGRAM}")))
    place = f"/run/systemd/system/{unit}.d"
    lines = (
        "[Unit]\nAssertPathExists=\n[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\nExecStartPre=\nExecStart=\nExecReload=\n"
        f"ExecStart=/opt/roomwatch/bin/python {PROGRAM}\nEnvironment=TRIAL_STRANGER={stranger}\n"
        f"StandardOutput=truncate:{result}\n"
    )
    room.shell(f"mkdir -p {place}")
    (room.root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    room.shell(f"cat >{place}/trial.conf <<'END'\n{lines}END\nsystemctl daemon-reload; systemctl stop {unit}")
    room.shell(f"systemctl start {unit}")
    return dict(json.loads(room.said(f"cat {result}")))


@pytest.fixture
def prepared(room: Room) -> Room:
    room.shell(
        "useradd --create-home kiosk; chmod 755 /home/kiosk; echo x >/home/kiosk/public; echo x >/root/secret;"
        " mkdir -p /etc/credstore /run/user/1000; install -m 600 /dev/null /etc/credstore/trial;"
        " setsid setpriv --reuid kiosk --clear-groups sleep 3600 >/dev/null 2>&1 </dev/null &"
        " echo $! >/root/stranger; sleep 0.5"
    )
    (room.root / PROGRAM.lstrip("/")).write_text((SOURCE / "tests/package/trials.py").read_text())
    return room


def test_the_daemon_is_refused_what_it_must_not_do_and_nothing_that_it_needs(prepared: Room) -> None:
    from tests.package import trials

    free = tried(prepared, "roomwatch.service", as_it_is=False)
    for home in trials.HOMES:
        prepared.shell(f"rm -f {home}/{trials.LEFT}")
    held = tried(prepared, "roomwatch.service")
    for home in trials.HOMES:
        if held[f"write {home}"] == "done" and prepared.shell(f"test -e {home}/{trials.LEFT}", check=False).returncode:
            held[f"write {home}"] = "into an empty one"
    provable = {name for name in trials.TRIALS if free[name] == "done"}
    print(json.dumps({"not provable here": sorted(set(trials.TRIALS) - provable), "refused": sorted(provable)}))
    assert len(provable) >= len(trials.TRIALS) * 2 // 3, free
    assert {name: held[name] for name in trials.TRIALS if held[name] == "done"} == {}
    assert {name: held[name] for name in trials.NEEDED if held[name] != "done"} == {}


def test_systemd_s_score_of_the_installed_daemon_is_as_promised(room: Room) -> None:
    room.shell("systemd-analyze security --no-pager --threshold=20 roomwatch.service")
