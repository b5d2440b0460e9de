"""A room over PipeWire: what is played on a null sink is convolved by PipeWire itself into a microphone of the rig."""

from __future__ import annotations

import subprocess
import time
import wave
from pathlib import Path
from types import TracebackType

import numpy as np

from tests.acoustic.rooms import RATE, Room, Sound
from tests.sound.rig import RATE as RIG_RATE
from tests.sound.rig import SoundRig, room_noise

FILTER = """
context.properties = {{ log.level = 0 }}
context.spa-libs = {{ audio.convert.* = audioconvert/libspa-audioconvert  support.* = support/libspa-support }}
context.modules = [
  {{ name = libpipewire-module-rt flags = [ ifexists nofail ] }}
  {{ name = libpipewire-module-protocol-native }}
  {{ name = libpipewire-module-client-node }}
  {{ name = libpipewire-module-adapter }}
  {{ name = libpipewire-module-filter-chain args = {{
      node.description = "room"
      filter.graph = {{
        nodes = [
          {{ type = builtin name = left label = convolver config = {{ filename = "{left}" }} }}
          {{ type = builtin name = right label = convolver config = {{ filename = "{right}" }} }}
          {{ type = builtin name = sum label = mixer control = {{ "Gain 1" = 1.0 "Gain 2" = 1.0 }} }}
        ]
        links = [
          {{ output = "left:Out" input = "sum:In 1" }}
          {{ output = "right:Out" input = "sum:In 2" }}
        ]
        inputs = [ "left:In" "right:In" ]
        outputs = [ "sum:Out" ]
      }}
      capture.props = {{ node.name = "room.in" stream.capture.sink = true target.object = "speaker"
        audio.position = [ FL FR ] node.passive = true node.dont-reconnect = true }}
      playback.props = {{ node.name = "room.out" target.object = "{microphone}-feed" audio.position = [ MONO ] }}
  }} }}
]
"""


class LiveRoom:
    """with LiveRoom(rig, room): the rig's sink "speaker" is heard by its microphone "mic" through the room.

    The room's process is not made here: what a filter cannot do is tested without PipeWire. floor None: no noise at
    all, as behind a microphone that is dead.
    """

    def __init__(self, rig: SoundRig, room: Room, microphone: str = "mic", *, dead: bool = False) -> None:
        self.rig, self.room, self.microphone, self.dead = rig, room, microphone, dead

    def __enter__(self) -> LiveRoom:
        if self.dead:
            return self
        files = [self.rig.folder / f"response{n}.wav" for n in (0, 1)]
        for channel, file in enumerate(files):
            _write(file, self.room.response(channel))
        conf = self.rig.folder / "room.conf"
        conf.write_text(FILTER.format(left=files[0], right=files[1], microphone=self.microphone))
        with (self.rig.folder / "room.log").open("ab") as log:
            self._filter = subprocess.Popen(
                ["pipewire", "-c", str(conf)], env=self.rig.environment, stdout=log, stderr=log
            )
        self.rig.play(self.microphone, room_noise(self.room.floor, seconds=6.0))
        self.rig.wait_until(lambda: "room.in" in self.rig.pactl("list", "source-outputs"))
        self.rig.wait_until(lambda: "room.out" in self.rig.pactl("list", "sink-inputs"))
        self.rig.pactl("info")
        time.sleep(0.2)  # the server tells of new streams a little later than it lists them
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.dead:
            return
        self.rig.stop_playing(self.microphone)
        self._filter.kill()
        self._filter.wait()


def _write(file: Path, response: Sound) -> None:
    """At the rig's rate, 32 bits. A response that is nothing at all becomes one of −200 dB."""
    factor = RIG_RATE / RATE
    count = round(len(response) * factor)
    wide = np.fft.irfft(np.fft.rfft(response), count) if factor == 1 else _stretched(response, count)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(4)
        out.setframerate(RIG_RATE)
        out.writeframes(np.clip(wide * 2**31, -(2**31), 2**31 - 1).astype("<i4").tobytes())


def _stretched(response: Sound, count: int) -> Sound:
    """Band-limited, with the same gain for sound."""
    spectrum = np.fft.rfft(response)
    out = np.zeros(count // 2 + 1, complex)
    out[: len(spectrum)] = spectrum
    return np.asarray(np.fft.irfft(out, count))
