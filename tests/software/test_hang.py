"""A real browser under a real X server: healthy, stopped, spinning; and an X server that is not there."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.reading import CannotMeasure, Context, Reading
from probes.software import Application, Settings, probe
from probes.software.x11_linux import NoDisplay, cookies, display_of, ping_windows

PAGE = "data:text/html,<title>room</title><script>setInterval(()=>document.body.append('.'),500)</script>"


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    assert shutil.which("Xvfb"), "install xvfb"
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as said:
        number = said.readline().strip()
    yield f":{number}"
    server.kill()
    server.wait()


@pytest.fixture
def browser(display: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    chromium = shutil.which("chromium")
    assert chromium, "install chromium"
    switches = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update"
    process = subprocess.Popen(
        [chromium, *switches.split(), "--disable-sync", f"--user-data-dir={tmp_path}/profile", f"--app={PAGE}"],
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def watching(process: subprocess.Popen[bytes], folder: Path) -> tuple[Settings, Context]:
    application = Application(executables=("chromium",), command=f"--user-data-dir={folder}/profile")
    context = Context(now=time.time, monotonic=time.monotonic, in_meeting=True)
    return Settings(applications={"meet": application}, use_known=False), context


async def responding(settings: Settings, context: Context) -> Reading | CannotMeasure:
    for outcome in await probe(settings, context):
        if outcome.check == "software.responding":
            assert isinstance(outcome, Reading | CannotMeasure)
            return outcome
    return CannotMeasure(check="software.responding", reason="not running")


async def until_it_answers(settings: Settings, context: Context) -> Reading:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        reading = await responding(settings, context)
        if isinstance(reading, Reading) and reading.values["windows_asked"] >= 1 and reading.values["unanswered"] == 0:
            return reading
        await asyncio.sleep(0.3)
    raise AssertionError(f"the browser's window never answered: {reading}")


async def test_a_browser_that_stops_answering_is_hung_and_well_again_when_it_goes_on(
    browser: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    settings, context = watching(browser, tmp_path)
    healthy = await until_it_answers(settings, context)
    assert healthy.finding == ""
    os.kill(browser.pid, signal.SIGSTOP)
    began = time.monotonic()
    findings = []
    while time.monotonic() - began < 30:
        reading = await responding(settings, context)
        assert isinstance(reading, Reading)
        findings.append(reading.finding)
        if reading.finding == "app_hung":
            break
    assert findings[-1] == "app_hung"
    assert findings[0] == "", "one unanswered ask is no verdict"
    assert "window(s) did not answer" in str(reading.evidence["signs"])
    assert "stopped" in str(reading.evidence["signs"])
    os.kill(browser.pid, signal.SIGCONT)
    assert (await until_it_answers(settings, context)).finding == ""


async def test_no_x_server_cannot_be_measured(tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"], env={**os.environ, "DISPLAY": ":987"})
    try:
        await asyncio.sleep(0.1)
        with pytest.raises(NoDisplay, match="no X server at :987"):
            await ping_windows(frozenset({sleeper.pid}), Path("/proc"), 1.0)
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_wayland_program_is_told_apart(tmp_path: Path) -> None:
    place = tmp_path / "7"
    place.mkdir()
    (place / "environ").write_bytes(b"WAYLAND_DISPLAY=wayland-0\0HOME=/home/kiosk\0")
    with pytest.raises(NoDisplay, match="Wayland"):
        display_of(frozenset({7}), tmp_path)


def test_a_broken_authority_file_gives_the_entries_before_the_break(tmp_path: Path) -> None:
    def entry(number: bytes) -> bytes:
        fields = (b"host", number, b"MIT-MAGIC-COOKIE-1", b"0123456789abcdef")
        return b"\1\0" + b"".join(len(one).to_bytes(2, "big") + one for one in fields)

    file = tmp_path / "Xauthority"
    file.write_bytes(entry(b"3") + entry(b"0") + b"\1\0\0")
    assert list(cookies(file, "0")) == [(b"MIT-MAGIC-COOKIE-1", b"0123456789abcdef")]
    assert list(cookies(tmp_path / "none", "0")) == []
