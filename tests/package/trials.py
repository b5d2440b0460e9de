"""Tries what the service must not be able to do, under the unit that runs it, and prints what came of each as JSON.

Runs alone, with the packaged Python: tests/package/test_hardening.py puts it into a unit in place of its program. Each
trial tries and undoes; "done" where it went, else the error's name.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

LEFT, HOMES = "trial-of-roomwatch", ("/home/kiosk", "/root")
LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"init_module": 175, "reboot": 169, "swapon": 167, "kexec_load": 246, "bpf": 321, "perf_event_open": 298,
           "syslog": 103, "userfaultfd": 323, "io_uring_setup": 425, "add_key": 248}  # fmt: skip
"""System calls of x86-64 that the library has no function for."""
NEW_MOUNTS, NEW_USERS, NEW_NETWORK, NEW_PROCESSES = 0x20000, 0x10000000, 0x40000000, 0x20000000
REALTIME, ATTACH, PERSONALITY_32 = 1, 16, 0x0008


def checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def syscall(name: str, *arguments: object) -> None:
    """With arguments that no kernel takes: whoever may ask hears that they are wrong."""
    try:
        checked(LIBC.syscall(NUMBERS[name], *arguments))
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EFAULT, errno.ENOEXEC, errno.ENOENT, errno.E2BIG):
            raise


def in_child(work: Callable[[], object]) -> None:
    """In a process of its own, as it cannot be undone. Raises its OSError."""
    child = os.fork()
    if child == 0:
        code = 0
        try:
            work()
        except OSError as error:
            code = error.errno or errno.EIO
        os._exit(code)
    if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise OSError(code if code > 0 else errno.EPERM, "")


def write(place: str) -> Callable[[], None]:
    """In a home the file stays, so that it can be looked for from outside: the service may see an empty one instead."""

    def attempt() -> None:
        file = Path(place, LEFT)
        file.write_text("x")
        if place not in HOMES:
            file.unlink()

    return attempt


def read(place: str) -> Callable[[], None]:
    def attempt() -> None:
        file = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
        try:
            os.read(file, 256)
        except (BlockingIOError, BrokenPipeError):
            pass  # it is open: that is what must not be
        finally:
            os.close(file)

    return attempt


def mounted() -> None:
    checked(LIBC.mount(b"tmpfs", b"/mnt", b"tmpfs", 0, None))
    checked(LIBC.umount2(b"/mnt", 0))


def control_group() -> None:
    place = Path("/sys/fs/cgroup/trial")
    place.mkdir()
    place.rmdir()


def unshare(flags: int) -> Callable[[], None]:
    return lambda: in_child(lambda: checked(LIBC.unshare(flags)))


def made_socket(family: int, kind: int = socket.SOCK_STREAM) -> Callable[[], None]:
    return lambda: socket.socket(family, kind).close()


def device_node() -> None:
    place = os.environ["STATE_DIRECTORY"].partition(":")[0] if "STATE_DIRECTORY" in os.environ else "/tmp"
    file = Path(place, "trial-node")
    os.mknod(file, 0o600 | 0o060000, os.makedev(7, 0))
    file.unlink()


def set_user_id() -> None:
    file = Path(os.environ.get("STATE_DIRECTORY", "/tmp").partition(":")[0], "trial-suid")
    file.touch()
    try:
        file.chmod(0o4755)
    finally:
        file.unlink()


def listen(port: int) -> Callable[[], None]:
    def attempt() -> None:
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", port))

    return attempt


def writable_code() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def core_file() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


STRANGER = int(os.environ.get("TRIAL_STRANGER", "1"))
"""A process of another user's."""
WRITTEN = ("/etc", "/etc/roomwatch", "/usr", "/opt/roomwatch", "/boot", "/home/kiosk", "/root", "/var/log", "/run",
           "/var/lib")  # fmt: skip
READ = ("/home/kiosk/public", "/root/secret", "/etc/shadow", "/etc/credstore/trial", "/proc/kcore", "/dev/kmsg")
TRIALS: dict[str, Callable[[], object]] = {
    **{f"write {place}": write(place) for place in WRITTEN},
    **{f"read {place}": read(place) for place in READ},
    "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "load a module": lambda: syscall("init_module", b"", 0, b""),
    "trace a process": lambda: in_child(lambda: checked(LIBC.ptrace(ATTACH, STRANGER, 0, 0))),
    "end a stranger's process": lambda: os.kill(STRANGER, signal.SIGWINCH),
    "make a device": device_node,
    "open memory": read("/dev/mem"),
    "mount": mounted,
    "new users": unshare(NEW_USERS),
    "new mounts": unshare(NEW_MOUNTS),
    "new network": unshare(NEW_NETWORK),
    "new processes": unshare(NEW_PROCESSES),
    "change the root": lambda: in_child(lambda: os.chroot("/var")),
    "become root": lambda: in_child(lambda: os.setresuid(0, 0, 0)),
    "set-user-ID file": set_user_id,
    "real time": lambda: in_child(lambda: os.sched_setscheduler(0, REALTIME, os.sched_param(1))),
    "writable code": writable_code,
    "core file": core_file,
    "listen on 80": listen(80),
    "host name": lambda: in_child(lambda: socket.sethostname("trial")),
    "kernel setting": lambda: Path("/proc/sys/kernel/domainname").write_text("(none)"),
    "control group": control_group,
    "kernel log": lambda: syscall("syslog", 3, ctypes.create_string_buffer(64), 64),
    "swap": lambda: syscall("swapon", b"/trial", 0),
    "other kernel": lambda: syscall("kexec_load", 0, 0, None, 0),
    "kernel program": lambda: syscall("bpf", 99, None, 0),
    "performance counters": lambda: syscall("perf_event_open", None, 0, -1, -1, 0),
    "Bluetooth": made_socket(getattr(socket, "AF_BLUETOOTH", 31), socket.SOCK_RAW),
    "kernel's ciphers": made_socket(38, socket.SOCK_SEQPACKET),
    "virtual machines": made_socket(40),
    "other personality": lambda: in_child(lambda: checked(LIBC.personality(PERSONALITY_32))),
}  # fmt: skip
NEEDED: dict[str, Callable[[], object]] = {
    "echo and ARP": made_socket(socket.AF_PACKET, socket.SOCK_RAW),
    "state": write(os.environ.get("STATE_DIRECTORY", "/var/lib/roomwatch").partition(":")[0]),
    "configuration": read("/etc/roomwatch/plan.toml"),
    "other users' processes": read(f"/proc/{STRANGER}/stat"),
    "network settings": lambda: Path("/proc/sys/net").stat(),
    "users with a session": lambda: list(Path("/run/user").iterdir()),
    "page": listen(9720),
}
"""What the daemon does need; refusing it would blind a probe."""


def came_of(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "refused")
    except ValueError:
        return "EPERM"
    return "done"


def main() -> None:
    found = {name: came_of(attempt) for name, attempt in {**TRIALS, **NEEDED}.items()}
    with contextlib.suppress(IndexError):
        Path(sys.argv[1]).write_text(json.dumps(found))
        return
    print(json.dumps(found))


if __name__ == "__main__":
    main()
