"""No interface, two hundred of them, no privilege, endless headers: a clear reading in bounded time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.network.lab import SETTINGS, Lab, faults

pytestmark = pytest.mark.root

ASK = {
    "wake": "once",
    "in_meeting": False,
    "state": "/nonexistent",
    "sys": "/sys",
    "settings": {**SETTINGS, "services": []},
}


def alone(script: str) -> dict[str, dict[str, object]]:
    """The probe in a network namespace of its own, after a few `ip` commands."""
    command = f"{script}; exec {sys.executable} -m tests.network.driver"
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", command],
        input=json.dumps(ASK),
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    return {one["check"]: one for one in json.loads(done.stdout)}


def test_a_machine_without_an_interface_says_so() -> None:
    found = alone("true")
    assert faults(found) == {"network.link": "link_down"}
    assert "no_interface_at_all" in str(found["network.link"]["evidence"])


def test_two_hundred_interfaces_are_no_trouble() -> None:
    pairs = [f"link add e{number} type veth peer name p{number}" for number in range(99)]
    batch = "\\n".join([*pairs, "link add eth0 type veth peer name in0", "link set eth0 up", "link set in0 up"])
    found = alone(f"printf '{batch}\\n' | ip -batch -")
    assert found["network.link"]["fault"] == ""
    assert found["network.link"]["target"] in ("eth0", "in0")
    assert faults(found) == {"network.address": "no_address"}


def test_without_privilege_it_falls_back_and_says_what_is_missing(lab: Lab) -> None:
    """CAP_NET_RAW dropped, unprivileged echo forbidden: TCP shows the internet, routes show the gateway."""
    mine = {**SETTINGS, "services": [], "portal_url": "", "dns_name": "meet.test"}
    bare = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", "--reuid=nobody", "--clear-groups"]
    done = subprocess.run(
        ["ip", "netns", "exec", lab.room, *bare, sys.executable, "-m", "tests.network.driver"],
        input=json.dumps({**ASK, "settings": mine}),
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    found = {one["check"]: one for one in json.loads(done.stdout)}
    assert faults(found) == {}
    assert found["network.address"]["evidence"]["duplicate_check"] == "no_privilege"
    assert found["network.gateway"]["kind"] == "CannotMeasure"
    assert found["network.gateway"]["reason"] == "no_privilege"
    assert "TCP" in str(found["network.internet"]["evidence"])
