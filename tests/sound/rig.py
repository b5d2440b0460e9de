"""A sound server of the test's own: PipeWire with its session manager and PulseAudio door in a private folder.

with SoundRig(folder) as rig:
    rig.add_microphone("mic")           # a source that carries what is played into it
    rig.play("mic", tone(440, -20))     # repeated until stop_playing()
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

RATE = 48000
NEEDED = ("dbus-daemon", "pipewire", "wireplumber", "pipewire-pulse", "pactl", "pacat")
PACKAGES = "dbus-daemon pipewire wireplumber pipewire-pulse pulseaudio-utils libasound2-plugins"


class SoundRig:
    """Start and end the server, add devices, play into them. Every process it starts ends with it."""

    def __init__(self, folder: Path, shared: Path | None = None) -> None:
        """shared: a folder where the server also listens, on ``native``, for other users."""
        missing = [program for program in NEEDED if shutil.which(program) is None]
        assert not missing, f"{missing} not found: apt-get install {PACKAGES}"
        self.folder = folder
        self.runtime = folder / "runtime"
        home = folder / "home"
        for place in (self.runtime, home):
            place.mkdir(parents=True, mode=0o700)
        if shared is not None:
            drop_ins = home / ".config" / "pipewire" / "pipewire-pulse.conf.d"
            drop_ins.mkdir(parents=True)
            addresses = f'[ "unix:native" "unix:{shared}/native" ]'
            (drop_ins / "50-shared.conf").write_text(f"pulse.properties = {{ server.address = {addresses} }}\n")
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("PULSE_", "PIPEWIRE_", "XDG_", "DBUS_"))},
            "XDG_RUNTIME_DIR": str(self.runtime),
            "HOME": str(home),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.runtime}/bus",
            "LC_ALL": "C.UTF-8",
        }
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._players: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> SoundRig:
        self._spawn("dbus-daemon", "--session", f"--address=unix:path={self.runtime}/bus", "--nofork", "--nopidfile")
        self._await(self.runtime / "bus")
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for player in list(self._players):
            self.stop_playing(player)
        for name in reversed(list(self._servers)):
            self.kill(name)

    def start(self) -> None:
        """Start PipeWire, its session manager and its PulseAudio door, and wait until they answer."""
        self._spawn("pipewire")
        self._await(self.runtime / "pipewire-0")
        self._spawn("wireplumber")
        self._spawn("pipewire-pulse")
        self._await(self.runtime / "pulse" / "native")
        self.wait_until(lambda: "WirePlumber" in self.pactl("list", "clients"))

    def kill(self, name: str) -> None:
        """End one server at once, as a crash would."""
        process = self._servers.pop(name, None)
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(10)

    def signal(self, name: str, number: signal.Signals) -> None:
        self._servers[name].send_signal(number)

    def pactl(self, *command: str) -> str:
        """Run pactl against this server and return what it prints. What was muted shows as muted when this returns."""
        done = subprocess.run(
            ["pactl", *command], env=self.environment, capture_output=True, text=True, timeout=10, check=True
        )
        if command[0] == "set-source-mute":
            self._wait_for_mute(command[1], "yes" if command[2] == "1" else "no")
        return done.stdout.strip()

    def _wait_for_mute(self, source: str, wanted: str) -> None:
        """PipeWire 1.4 shows it of a source without a device only once somebody has recorded from it."""
        if wanted in self.pactl("get-source-mute", source):
            return
        recording = self.record(source)
        try:
            self.wait_until(lambda: wanted in self.pactl("get-source-mute", source))
        finally:
            recording.kill()
            recording.wait()

    def add_sink(self, name: str) -> int:
        """A speaker that throws its sound away. Returns the module's number, for remove()."""
        return int(self.pactl("load-module", "module-null-sink", f"sink_name={name}", "channel_map=mono"))

    def add_microphone(self, name: str) -> int:
        """A source that carries what is played into it. Returns the module's number, for remove()."""
        self.add_sink(f"{name}-feed")
        module = self.pactl(
            "load-module", "module-remap-source", f"master={name}-feed.monitor", f"source_name={name}",
            "master_channel_map=mono", "channel_map=mono",
        )  # fmt: skip
        self.wait_until(lambda: f"\t{name}\t" in self.pactl("list", "short", "sources"))
        return int(module)

    def remove(self, module: int) -> None:
        self.pactl("unload-module", str(module))

    def play(self, microphone: str, samples: npt.NDArray[np.float32]) -> None:
        """Play into a microphone, again and again, until stop_playing()."""
        self.stop_playing(microphone)
        file = self.folder / f"{microphone}.f32"
        np.tile(samples.astype("<f4"), max(1, 30 * RATE // max(1, len(samples)))).tofile(file)
        with file.open("rb") as sound:
            self._players[microphone] = subprocess.Popen(
                ["pacat", "--playback", "--raw", "--format=float32le", f"--rate={RATE}", "--channels=1",
                 "--latency-msec=500", f"--device={microphone}-feed"],
                stdin=sound, env=self.environment, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self.wait_until(lambda: self._playing(f"{microphone}-feed"))

    def record(self, source: str) -> subprocess.Popen[bytes]:
        """Another program that records from a source; the caller ends it."""
        return subprocess.Popen(
            ["parec", f"--device={source}", "--raw"], env=self.environment, stdout=subprocess.DEVNULL
        )

    def stop_playing(self, microphone: str) -> None:
        player = self._players.pop(microphone, None)
        if player is not None:
            player.kill()
            player.wait(10)

    def wait_until(self, condition: object, seconds: float = 10.0) -> None:
        assert callable(condition)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(subprocess.SubprocessError):
                if condition():
                    return
            time.sleep(0.05)
        raise TimeoutError(f"the sound server did not get there in {seconds:g} s")

    def _playing(self, sink: str) -> bool:
        lines = self.pactl("list", "short", "sinks").splitlines()
        return any(f"\t{sink}\t" in line and line.endswith("RUNNING") for line in lines)

    def _spawn(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.log").open("ab") as log:
            self._servers[program] = subprocess.Popen(
                [program, *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _await(self, path: Path) -> None:
        self.wait_until(path.exists)


def tone(hertz: float, dbfs: float, seconds: float = 1.0) -> npt.NDArray[np.float32]:
    """A sine whose RMS reads ``dbfs``."""
    time_axis = np.arange(round(seconds * RATE)) / RATE
    wave = np.sqrt(2) * 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time_axis)
    return np.asarray(wave, dtype=np.float32)


def room_noise(dbfs: float, seconds: float = 30.0, seed: int = 1) -> npt.NDArray[np.float32]:
    """Noise as a room has it: falling with frequency, never the same twice within the clip."""
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(random.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    noise = np.fft.irfft(spectrum / np.sqrt(1 + (hertz / 300) ** 2), count)
    return np.asarray(noise / noise.std() * 10 ** (dbfs / 20), dtype=np.float32)
