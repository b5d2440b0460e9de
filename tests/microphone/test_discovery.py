"""ALSA's own word on capture devices: stable names, who holds one, and that busy is not missing."""

import time
from pathlib import Path

import pytest

from probes import microphone
from probes.linux.sound_server import Session
from probes.microphone import Settings
from probes.microphone.discovery_linux import capture_devices
from probes.reading import Context, NothingToMeasure, Reading

CARDS = """\
 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7d10000 irq 31
 1 [Speakerphone   ]: USB-Audio - Jabra SPEAK 510 USB
                      Jabra SPEAK 510 USB at usb-0000:00:14.0-2, full speed
"""
RUNNING = """\
state: RUNNING
owner_pid   : 4242
trigger_time: 100.000000000
tstamp      : 0.000000000
delay       : 480
avail       : 480
avail_max   : 960
-----
hw_ptr      : 96000
appl_ptr    : 95520
"""


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    """A /proc and a /dev with a built-in and a USB sound card, nobody recording."""
    proc, dev = tmp_path / "proc", tmp_path / "dev"
    for folder in ("card0/pcm0p/sub0", "card0/pcm0c/sub0", "card1/pcm0c/sub0"):
        (proc / "asound" / folder).mkdir(parents=True)
        (proc / "asound" / folder / "status").write_text("closed\n")
    (proc / "asound" / "cards").write_text(CARDS)
    (dev / "snd" / "by-id").mkdir(parents=True)
    (dev / "snd" / "by-id" / "usb-0b0e_Jabra_SPEAK_510-00").symlink_to("../controlC1")
    return proc, dev


def hold(proc: Path, program: str) -> None:
    (proc / "asound/card1/pcm0c/sub0/status").write_text(RUNNING)
    (proc / "4242").mkdir()
    (proc / "4242" / "status").write_text("Name:\tdata-loop.0\nTgid:\t4200\nPid:\t4242\n")
    (proc / "4200").mkdir()
    (proc / "4200" / "comm").write_text(program + "\n")


def test_capture_devices_have_stable_names(roots: tuple[Path, Path]) -> None:
    devices = capture_devices(*roots)
    assert [(d.card, d.stable_name, d.name) for d in devices] == [
        (0, "PCH", "HDA Intel PCH"),
        (1, "usb-0b0e_Jabra_SPEAK_510-00", "Jabra SPEAK 510 USB"),
    ]
    assert {d.state for d in devices} == {"CLOSED"}
    assert devices[1].portaudio_suffix == "(hw:1,0)"


def test_the_holder_is_the_program_and_not_its_thread(roots: tuple[Path, Path]) -> None:
    hold(roots[0], "zoom")
    device = capture_devices(*roots)[1]
    assert (device.state, device.holder_pid, device.holder, device.position) == ("RUNNING", 4242, "zoom", 96000)
    assert device.held_by_program


def test_a_device_that_the_sound_server_holds_is_not_in_use(roots: tuple[Path, Path]) -> None:
    hold(roots[0], "pipewire")
    assert not capture_devices(*roots)[1].held_by_program


def test_a_kernel_without_sound_has_no_devices(tmp_path: Path) -> None:
    assert capture_devices(tmp_path, tmp_path) == ()


def test_a_device_answers_to_its_link_its_card_and_its_cards_name(roots: tuple[Path, Path]) -> None:
    by_path = roots[1] / "snd" / "by-path"
    by_path.mkdir()
    (by_path / "platform-snd_aloop.0").symlink_to("../controlC0")
    device = capture_devices(*roots)[0]
    assert device.stable_name == "platform-snd_aloop.0"
    for part in ("", "snd_aloop", "PCH", "HDA Intel"):
        assert device.answers_to(part)
    assert not device.answers_to("Jabra")


async def test_a_busy_microphone_without_a_sound_server_is_busy_and_not_missing(roots: tuple[Path, Path]) -> None:
    proc, dev = roots
    hold(proc, "zoom")
    settings = Settings(source="Jabra", session=Session(server="unix:/nowhere"))
    context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, proc=proc, dev=dev)
    outcome = (await microphone.probe(settings, context))[0]
    assert isinstance(outcome, Reading)
    assert outcome.finding == ""
    assert outcome.passive
    assert outcome.evidence["busy_holder"] == "zoom"
    assert outcome.target == "usb-0b0e_Jabra_SPEAK_510-00"


async def test_a_stream_that_stands_still_in_a_meeting_is_stalled_without_touching_it(roots: tuple[Path, Path]) -> None:
    proc, dev = roots
    hold(proc, "zoom")
    clock = [100.0]
    context = Context(now=time.time, monotonic=lambda: clock[0], in_meeting=True, proc=proc, dev=dev)
    settings = Settings(source="Jabra", session=Session(server="unix:/nowhere"))

    async def finding() -> str:
        outcome = (await microphone.probe(settings, context))[0]
        assert isinstance(outcome, Reading)
        assert outcome.passive
        return outcome.finding

    assert await finding() == ""
    clock[0] += 10
    assert await finding() == "microphone_stalled"
    status = proc / "asound/card1/pcm0c/sub0/status"
    status.write_text(RUNNING.replace("96000", "192000"))
    assert await finding() == ""


async def test_a_configured_microphone_that_no_card_has_is_missing(roots: tuple[Path, Path]) -> None:
    settings = Settings(source="Polycom", session=Session(server="unix:/nowhere"))
    context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, proc=roots[0], dev=roots[1])
    outcome = (await microphone.probe(settings, context))[0]
    assert isinstance(outcome, Reading)
    assert outcome.finding == "microphone_missing"


async def test_a_room_that_needs_no_microphone_has_nothing_to_measure(tmp_path: Path) -> None:
    settings = Settings(required=False, session=Session(server="unix:/nowhere"))
    context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, proc=tmp_path, dev=tmp_path)
    assert isinstance((await microphone.probe(settings, context))[0], NothingToMeasure)
