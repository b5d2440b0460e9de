"""The steps of which faults are made: on the guest's devices, its cable, the way out and what lies far away."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bench.network_lab import faulty_logins
from tests.room.room_pc import RoomPc

Step = Callable[[RoomPc], None]


def rig(order: str) -> Step:
    """An order to the devices: see guest/rig.sh."""
    return lambda room: room.act(f"/opt/rig/rig.sh {order}")


def shell(line: str, seconds: float = 60) -> Step:
    """What somebody types on the room's PC, as root."""
    return lambda room: room.act(line, seconds)


def outside(do: Step) -> Step:
    """It happens outside of the room's PC."""

    def step(room: RoomPc) -> None:
        room.act_outside()
        do(room)

    return step


def cable(up: bool) -> Step:
    return outside(lambda room: room.machine.link(up))


def power(*, mains: bool, used: int = 10) -> Step:
    """used: hundredths of the battery."""
    return outside(lambda room: room.machine.power(mains=mains, used=used))


def loose_cable(room: RoomPc) -> None:
    """Five times out, longer than a link's patience, and in."""
    room.act_outside()
    for _ in range(5):
        room.machine.link(False)
        time.sleep(6.0)
        room.machine.link(True)
        time.sleep(3.0)


def netem(what: str) -> Step:
    """Delay or jitter on what the room's PC sends, in its own kernel, as not every machine has it; "" takes it away."""
    return shell("tc qdisc " + (f"replace dev eth0 root netem {what}" if what else "delete dev eth0 root"))


def router(*command: str) -> Step:
    """A command on the router."""
    return outside(lambda room: _discard(room.surroundings.world.inside(room.surroundings.world.router, *command)))


def router_rule(chain: str, rule: str) -> Step:
    kind = "ip" if chain == "dstnat" else "inet"
    return outside(lambda room: room.surroundings.world.rule(chain, rule, kind=kind))


def no_leases(room: RoomPc) -> None:
    """The router lends no address any more."""
    room.act_outside()
    room.surroundings.leases.kill()
    room.surroundings.leases.wait()


def leases(room: RoomPc) -> None:
    room.surroundings.leases = room.surroundings.lend()


def far_side(**what: Any) -> Step:
    """How the servers far away behave: see bench/network_lab/far.py."""
    return outside(lambda room: room.surroundings.world.change(**what))


def login_page(room: RoomPc) -> None:
    """The router answers every plain page with a form, and lets nothing else out but names."""
    room.act_outside()
    faulty_logins.login_page(room.surroundings.world, faulty_logins.FORM)


def six_leads_nowhere(room: RoomPc) -> None:
    """The router announces an IPv6 prefix and has no IPv6 way out."""
    room.act_outside()
    room.surroundings.announce_six()


def receivers(**what: str) -> Step:
    """How the receivers of messages behave: hook or mail = "takes", "refuses" or "silent"."""
    return outside(lambda room: room.surroundings.receiver(**what))


def impatient(code: str) -> tuple[Step, ...]:
    """What an administrator types who wants to be told of it without patience."""
    file = "/etc/roomwatch/conf.d/patience.toml"
    return (shell(f"printf '[patience]\\n{code} = 0\\n' >{file} && roomwatch reload", 180),)


def told(code: str) -> Step:
    """Wait until this fault is open and told of."""

    def wait(room: RoomPc) -> None:
        room.wait(lambda: code in room.surroundings.seen.faults and bool(room.messages(code)), 180, f"{code} is told")

    return wait


def untold(code: str) -> Step:
    """Wait until this fault is open, and a minute, in which nobody can be told of it."""

    def wait(room: RoomPc) -> None:
        room.wait(lambda: code in room.surroundings.seen.faults, 180, f"{code} is open")
        time.sleep(60.0)

    return wait


def recorded(room: RoomPc) -> None:
    """Wait until it is written down that the message was taken: one in flight at a power cut may come twice."""
    time.sleep(5.0)


def again(room: RoomPc) -> None:
    """Wait until the daemon answers again."""
    asked = time.monotonic()
    room.wait(lambda: room.surroundings.seen.answered > asked, 300, "the daemon answers again")


def power_cut(room: RoomPc) -> None:
    room.act_outside()
    room.machine.power_cut()
    room.set_clocks()
    room.plug_all()


def _discard(_: object) -> None:
    """A step returns nothing."""
