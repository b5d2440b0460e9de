"""The steps by which bench/container_room.py proves the service that docs/install.md installs by hand: every probe
under the hardened unit, reload, a remedy, watchdog, and a clean stop. One line a finding; "as_expected" is 1 or 0."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.room import line

SOURCE_TREE = Path(__file__).resolve().parents[1]
BENCH = "container_room"
CONFIGURATION = """
[room]
id = "virtual"
[working_hours]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
start = "00:00"
end = "23:59"
"""
PLAN = """
[contacts.it]
name = "IT"
language = "en"
channels = ["json://127.0.0.1:8099/hook"]
[groups.technical]
name = "T"
members = ["it"]
[chains.default]
steps = [{ after = 0, tell = ["technical"] }]
"""
VICTIM = "[Unit]\nDescription=something to restart\n[Service]\nExecStart=/usr/bin/sleep infinity\n"
PROBES = ("network", "software", "camera", "microphone", "speaker", "display", "host", "power")
EXPLAINED = ("host.clock", "host.usb")
"""What the unit keeps from a probe and says so: reading the clock's state needs a call that also sets it; USB errors
stand in the kernel's log, and are counted by the ports alone without it."""
NO_NETWORK = "there is no route"
"""The guest has no network, which no unit gives it: what lies behind the missing gateway is not asked."""


class Service:
    def __init__(self, machine: Any) -> None:
        self.machine = machine

    def shell(self, line: str, **more: Any) -> str:
        return str(self.machine.shell(line, **{"check": False, **more}).stdout).strip()

    def show(self, *names: str) -> dict[str, str]:
        text = self.shell("systemctl show roomwatch " + " ".join(f"-p {name}" for name in names))
        return dict(row.partition("=")[::2] for row in text.splitlines())

    def status(self) -> dict[str, Any]:
        text = self.shell("cd / && runuser -u roomwatch -- /opt/roomwatch/bin/roomwatch status --json", seconds=60)
        with contextlib.suppress(ValueError):
            found = json.loads(text)
            assert isinstance(found, dict)
            return found
        return {"checks": [], "faults": []}

    def wait(self, what: Callable[[], bool], seconds: float) -> float:
        """Until it is so; -1 when it never was."""
        begun = time.monotonic()
        while time.monotonic() < begun + seconds:
            if what():
                return time.monotonic() - begun
            time.sleep(0.5)
        return -1.0

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(row) for row in self.shell("cat /tmp/messages").splitlines()]


def say(case: str, good: bool, **more: Any) -> None:
    line(BENCH, f"service-{case}", "as_expected", float(good), "ratio", **more)


def readme(pattern: str, user: str) -> list[str]:
    """Commands of README and docs/install.md that match, with the room's user of this machine."""
    found = re.findall(rf"^    ({pattern}.*)$", _readme(), re.MULTILINE)
    assert found, pattern
    return [one.split("  #")[0].strip().replace("kiosk", user) for one in found]


def sandbox(service: Service) -> None:
    status = service.shell("cat /proc/$(systemctl show -p MainPID --value roomwatch)/status")
    fields = {key: rest.strip() for key, _, rest in (row.partition(":") for row in status.splitlines())}
    uid = service.shell("id -u roomwatch")
    kept = {key: fields.get(key, "") for key in ("CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Uid")}
    raw_only = all(int(kept[name] or "0", 16) == 1 << 13 for name in ("CapEff", "CapBnd", "CapAmb"))
    same = kept["Uid"].split() == [uid] * 4 and kept["NoNewPrivs"] == "1" and kept["Seccomp"] == "2"
    say("user-and-capability", raw_only and same, **kept)
    for how, command in (
        ("offline", "--offline=true /etc/systemd/system/roomwatch.service"),
        ("running", "roomwatch.service"),
    ):
        text = service.shell(f"systemd-analyze security --no-pager {command} | tail -1")
        figure = re.search(r"([\d.]+) [A-Z]", text)
        line(BENCH, f"service-exposure-{how}", "exposure", float(figure[1]) if figure else -1, "score")


def probes(service: Service) -> None:
    """Every probe runs under the unit, and none is kept from its device by it."""
    wanted = {"camera": "camera", "microphone": "microphone", "speaker": "speaker", "software": "software"}
    seen: dict[str, list[dict[str, Any]]] = {}

    def settled() -> bool:
        seen.clear()
        for row in service.status()["checks"]:
            seen.setdefault(row["check"].partition(".")[0], []).append(row)
        picture = any(row["check"] == "camera" and row["state"] == "ok" for row in seen.get("camera", []))
        sound = any(row["check"] == "microphone" and row["values"] for row in seen.get("microphone", []))
        return picture and sound and {"network", "host", "speaker"} <= set(seen)

    took = service.wait(settled, 300)
    line(BENCH, "service-probes", "all_have_looked", took, "s")
    for name in PROBES:
        rows = seen.get(wanted.get(name, name), []) or seen.get(name, [])
        blind = [f"{row['check']}: {row['note']}" for row in rows if row["state"] == "unknown"]
        sees = [f"{row['check']} {row['state']}" for row in rows if row["state"] != "unknown"]
        unexplained = [one for one in blind if not one.startswith(EXPLAINED) and not one.endswith(NO_NETWORK)]
        say(f"probe-{name}", not unexplained, sees=sees, blind=blind)
    heard = [row["values"] for row in seen.get("microphone", []) if "level_dbfs" in row["values"]]
    say("session-part-hears", bool(heard), level_dbfs=heard[0]["level_dbfs"] if heard else None)
    meeting = service.status().get("meeting", {})
    say("meeting-is-known", meeting.get("running") is False, meeting=meeting)
    refused = service.shell("journalctl -b -u roomwatch -o cat | grep -ciE 'operation not permitted|permission denied'")
    say("nothing-refused-in-the-log", refused == "0", lines=refused)


def reload(service: Service) -> None:
    service.machine.put({"/etc/roomwatch/conf.d/zz.toml": b'[room]\nname = "Renamed"\n'})
    service.shell("chmod 644 /etc/roomwatch/conf.d/zz.toml; systemctl reload roomwatch")
    took = service.wait(lambda: service.status().get("name") == "Renamed", 60)
    say("reload", took >= 0, **service.show("ActiveState", "NRestarts"))
    service.machine.put({"/etc/roomwatch/conf.d/zz.toml": b'[room]\nnome = "x"\n'})
    service.shell("chmod 644 /etc/roomwatch/conf.d/zz.toml; systemctl reload roomwatch; sleep 3")
    log = service.shell("journalctl -b -u roomwatch -o cat | grep -A3 'configuration is refused' | tail -3")
    good = service.status().get("name") == "Renamed" and "room.nome" in log
    say("bad-file-is-refused", good, log=log, **service.show("ActiveState", "NRestarts"))
    service.shell("rm /etc/roomwatch/conf.d/zz.toml; systemctl reload roomwatch")


def remedy(service: Service) -> None:
    service.shell("systemctl daemon-reload; systemctl start victim")
    invocation = "systemctl show -p InvocationID --value victim"
    ask = "cd / && runuser -u roomwatch -- systemctl --no-ask-password start"
    before = service.shell(invocation)
    refused = service.machine.shell(f"{ask} roomwatch-remedy-restart-unit@victim", check=False)
    say("remedy-not-listed-is-refused", refused.returncode != 0 and service.shell(invocation) == before,
        said=refused.stderr[:200])  # fmt: skip
    (kept,) = re.findall(r"list of empty files below `([^`]*)`", _readme())
    (example,) = re.findall(r"`(restart-unit)/cups`", _readme())
    service.shell(f"mkdir -p {kept}/{example} && touch {kept}/{example}/victim")
    done = service.machine.shell(f"{ask} roomwatch-remedy-restart-unit@victim", check=False, seconds=120)
    say(
        "remedy-restarts-the-unit", done.returncode == 0 and service.shell(invocation) != before, said=done.stderr[:300]
    )
    other = service.machine.shell(f"{ask} systemd-timesyncd", check=False)
    stop = service.machine.shell("cd / && runuser -u roomwatch -- systemctl --no-ask-password stop victim", check=False)
    say("no-other-unit-and-no-other-verb", other.returncode != 0 and stop.returncode != 0, said=stop.stderr[:200])


def _readme() -> str:
    return "".join((SOURCE_TREE / name).read_text() for name in ("README.md", "docs/install.md"))


def watchdog(service: Service) -> None:
    """A daemon that answers no more is killed and started again."""
    service.machine.put({"/etc/systemd/system/roomwatch.service.d/fast.conf": b"[Service]\nWatchdogSec=15\n"})
    service.shell("systemctl daemon-reload; systemctl restart roomwatch", seconds=120)
    time.sleep(20)
    before = service.show("NRestarts", "ActiveState")
    service.shell("kill -STOP $(systemctl show -p MainPID --value roomwatch)")
    took = service.wait(lambda: service.show("NRestarts")["NRestarts"] != before["NRestarts"], 120)
    ready = service.wait(lambda: service.show("ActiveState")["ActiveState"] == "active", 60)
    log = service.shell("journalctl -b -u roomwatch -o cat | grep -i watchdog | tail -1")
    good = before == {"NRestarts": "0", "ActiveState": "active"} and took >= 0 and ready >= 0 and "atchdog" in log
    say("watchdog", good, seconds=round(took, 1), log=log)


def stop(service: Service) -> None:
    service.wait(lambda: service.status()["checks"] != [], 60)
    begun = time.monotonic()
    service.shell("systemctl stop roomwatch", seconds=60)
    took = time.monotonic() - begun
    found = service.show("ActiveState", "Result", "ExecMainStatus")
    left = service.shell("pgrep -u roomwatch -a")
    mark = service.shell("ls /var/lib/roomwatch/clean-shutdown.json")
    wanted = {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"}
    say("stop-is-clean", found == wanted and not left and bool(mark), seconds=round(took, 2), left=left, **found)
