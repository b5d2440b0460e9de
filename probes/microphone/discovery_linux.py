"""Which capture devices the kernel has, under which stable names, and who holds each. Does not open any.

Reads /proc/asound and /dev/snd/by-id, because PortAudio leaves a busy device out of its list: busy is not missing.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

SOUND_SERVERS = frozenset(
    {"pipewire", "pulseaudio", "wireplumber", "pipewire-pulse", "pipewire-media-", "jackd", "jackdbus"}
)
"""A sound server that holds a device passes it on: its own clients say whether the device is in use."""

_CARD = re.compile(r"^\s*(\d+) \[([^\]]*)\]: (\S+) - (.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureDevice:
    """One capture device of ALSA.

    stable_name: its link in /dev/snd/by-id or by-path, else the card's id; the same after replugging.
    holder_pid: who has it open (0: nobody), holder: that program's name, "" where it cannot be read.
    position: frames delivered since the stream began (hw_ptr); -1 where no stream runs. It moves on a live stream.
    """

    card: int
    device: int
    card_id: str
    name: str
    stable_name: str
    state: str = "CLOSED"
    holder_pid: int = 0
    holder: str = ""
    position: int = -1

    def answers_to(self, part: str) -> bool:
        """True when a part of a name fits one that ALSA's tools print for it: link, card's id or card's name."""
        return any(part in name for name in (self.stable_name, self.card_id, self.name))

    @property
    def portaudio_suffix(self) -> str:
        """How PortAudio ends this device's name."""
        return f"(hw:{self.card},{self.device})"

    @property
    def held_by_program(self) -> bool:
        """True when something other than a sound server has it open."""
        return self.holder_pid != 0 and self.holder not in SOUND_SERVERS


def capture_devices(proc: Path = Path("/proc"), dev: Path = Path("/dev")) -> tuple[CaptureDevice, ...]:
    """All capture devices, by card and device number; none where the kernel has no sound."""
    names = _cards(proc / "asound" / "cards")
    stable = _stable_names(dev / "snd")
    found = []
    for folder in sorted((proc / "asound").glob("card[0-9]*/pcm*c")):
        card, device = _number(folder.parent.name[4:], -1), _number(folder.name[3:-1], -1)
        if card < 0 or device < 0:
            continue
        card_id, name = names.get(card, (f"card{card}", f"card {card}"))
        state, pid, position = _status(folder)
        found.append(
            CaptureDevice(
                card=card,
                device=device,
                card_id=card_id,
                name=name,
                stable_name=stable.get(card, card_id),
                state=state,
                holder_pid=pid,
                holder=_program(proc, pid) if pid else "",
                position=position,
            )
        )
    return tuple(found)


def _cards(file: Path) -> dict[int, tuple[str, str]]:
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return {}
    matches = (_CARD.match(line) for line in lines)
    return {int(m[1]): (m[2].strip(), m[4].strip()) for m in matches if m}


def _stable_names(snd: Path) -> dict[int, str]:
    """Card number → link name. by-id comes last and wins: it names the device and not the port it is plugged into."""
    found: dict[int, str] = {}
    for folder in ("by-path", "by-id"):
        for link in sorted((snd / folder).glob("*")):
            with contextlib.suppress(OSError, ValueError):
                found[int(link.readlink().name.removeprefix("controlC"))] = link.name
    return found


def _status(folder: Path) -> tuple[str, int, int]:
    """State, owner's pid and hw_ptr of the first open substream."""
    for status in sorted(folder.glob("sub*/status")):
        try:
            text = status.read_text(errors="replace")
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        if "state" in fields:
            return fields["state"], _number(fields.get("owner_pid"), 0), _number(fields.get("hw_ptr"), -1)
    return "CLOSED", 0, -1


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text) if text is not None else otherwise
    except ValueError:
        return otherwise


def _program(proc: Path, pid: int) -> str:
    """The name of a process or thread (owner_pid is a thread's id, whose own comm may be a thread name)."""
    with contextlib.suppress(OSError):
        status = (proc / str(pid) / "status").read_text(errors="replace")  # a name is cut within a letter
        group = re.search(r"^Tgid:\s*(\d+)", status, re.MULTILINE)
        return (proc / (group[1] if group else str(pid)) / "comm").read_text(errors="replace").strip()
    return ""
