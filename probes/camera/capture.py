"""Takes a burst from one camera and judges it, inside a killable child. Only the verdict's numbers leave.

The one door to OpenCV's capture. Does not write anything to disk, to print, or to hand a picture on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import quote, urlsplit, urlunsplit

import numpy as np

from probes.camera.decoder_words import count_mended, hear_decoder
from probes.camera.driver_linux import DriverFacts, ask_driver
from probes.camera.hand_back_linux import give_way_to_others
from probes.camera.why_no_picture import hear_ffmpeg, why_no_device, why_no_stream
from probes.child.secret_place import reveal
from probes.why import because

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probes.camera.limits import Limits

FRAMES = 15
INTERVAL_SECONDS = 0.1
"""Fifteen pictures at ten a second: long enough to see a loop of a few frames, short enough for 1.5 s of light."""
WARM_UP_SECONDS = 0.6
"""Automatic exposure needs some pictures after STREAMON; what comes before is not judged."""
WIDTH_ASKED, HEIGHT_ASKED = 640, 360
"""Every webcam offers about this, and decoding it costs a quarter of 720p."""
LONG_SIDE = 320
"""The detectors' size: their limits are in pixels of a picture whose long side is this."""
FFMPEG_RATE = 25.0
"""What FFmpeg says of a stream that states no rate, as JPEG pictures over HTTP never do."""
MAX_PIXELS = 64_000_000
"""A format beyond this is absurd (an 8K picture has 33 million)."""

JPEG_STREAM = int.from_bytes(b"MJPG", "little")
"""The codec, as OpenCV names it, whose packets are whole pictures."""

Frames: TypeAlias = "NDArray[np.uint8]"


def prepare() -> None:
    """Import what a look needs: it takes most of the time, and the camera is not open yet."""
    _be_silent()
    import cv2  # noqa: F401

    import probes.camera.judge_frames
    import probes.camera.judged  # noqa: F401


def look(argument: Mapping[str, Any]) -> dict[str, Any]:
    """Capture and judge. Runs in the child.

    argument: source ("/dev/video0", an rtsp or http address, a file); kind ("v4l2", "network", "file");
    user, password (a table naming file, env or credential), fps (0: as stated), limits (all or none),
    reference (path or ""), learn (path or ""), also (whether what is learned stands beside earlier views), take_over
    (whether a calm burst becomes the view), turns (whether the camera turns by itself), card (a capture card: "always"
    or "at_times", "" for a camera), others (name → path of the other cameras' views), seconds (for the burst),
    open_seconds.
    Returns the verdict's fields, or {"state": ..., "reason": ...} with "busy", "missing", "closed", "refused", "login",
    "no_signal", "signal" or "error".
    """
    _be_silent()
    limits = _limits(argument)
    try:
        address = _address(argument)
    except LookupError as error:
        return {"state": "error", "reason": error.args[0]}
    driver = ask_driver(address) if argument.get("kind", "v4l2") == "v4l2" else DriverFacts()
    if driver.closed:
        return {"state": "closed", "reason": because("shutter_closed")}
    if driver.signal:
        return {"state": "no_signal", "reason": driver.signal}
    taken = _take(address, argument, limits)
    if isinstance(taken, dict):
        return taken
    from probes.camera.judged import judged

    frames, arrivals, facts = taken
    return judged(frames, arrivals, facts, argument, limits, driver)


def _limits(argument: Mapping[str, Any]) -> Limits:
    """All of them as the parent checked them; without any, the defaults. The class would bring msgspec into each child,
    at a tenth of a look's CPU."""
    if argument.get("limits"):
        return cast("Limits", SimpleNamespace(**argument["limits"]))
    from probes.camera.limits import Limits

    return Limits()


def _be_silent() -> None:
    """OpenCV and FFmpeg write addresses, with passwords in them, on standard error: to nowhere with it."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    os.close(sink)


def _address(argument: Mapping[str, Any]) -> str:
    """The source with user and password put in. Raises LookupError naming the secret's place, never its value."""
    source = str(argument["source"])
    user = str(argument.get("user", ""))
    if argument.get("kind") != "network" or not user:
        return source
    password = reveal(argument.get("password") or {})
    parts = urlsplit(source)
    login = quote(user, safe="") + (":" + quote(password, safe="") if password else "")
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}"))


def _take(
    address: str, argument: Mapping[str, Any], limits: Limits
) -> tuple[Frames, list[float], dict[str, Any]] | dict[str, Any]:
    import cv2

    kind = argument.get("kind", "v4l2")
    complaints = hear_ffmpeg() if kind == "network" else hear_decoder()
    cv2.setNumThreads(1)
    if kind == "v4l2":
        give_way_to_others(address)
        capture = cv2.VideoCapture(address, cv2.CAP_V4L2, [
            cv2.CAP_PROP_FRAME_WIDTH, WIDTH_ASKED, cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT_ASKED,
        ])  # fmt: skip
    else:
        milliseconds = int(float(argument.get("open_seconds", 5.0)) * 1000)
        if kind == "network":
            os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp|max_redirects;3")
        capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds, cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds,
            cv2.CAP_PROP_N_THREADS, 1,
        ])  # fmt: skip
    try:
        if not capture.isOpened():
            return why_no_device(address) if kind == "v4l2" else why_no_stream(complaints)
        packed = False
        if kind == "v4l2":
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)
        elif int(capture.get(cv2.CAP_PROP_FOURCC)) == JPEG_STREAM:
            packed = bool(capture.set(cv2.CAP_PROP_FORMAT, -1))  # packets as they come: FFmpeg decodes each it reads
        return _burst(capture, argument, limits, packed=packed, complaints=complaints)
    finally:
        capture.release()
        if kind != "network":
            _be_silent()
            os.close(complaints)


def _burst(
    capture: Any, argument: Mapping[str, Any], limits: Limits, *, packed: bool, complaints: int
) -> tuple[Frames, list[float], dict[str, Any]] | dict[str, Any]:
    """Read for the burst's time. Every arrival counts for the rate; about ten pictures a second are kept.

    packed: what is read are JPEG pictures, and only those that are kept get decoded. complaints: where the decoder's
    warnings are read. A picture that cannot be decoded at all counts as a damaged one.
    """
    import cv2

    width, height = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if width * height > MAX_PIXELS:
        return {"state": "error", "reason": because("absurd_format", width=width, height=height)}
    nominal = _nominal_rate(float(capture.get(cv2.CAP_PROP_FPS)), argument, limits)
    live = argument.get("kind", "v4l2") != "file"
    seconds = float(argument.get("seconds", FRAMES * INTERVAL_SECONDS))
    kept: list[Frames] = []
    arrivals: list[float] = []
    begin = time.monotonic()
    first = begin if not live else 0.0
    wait_for_first = begin + float(argument.get("open_seconds", 5.0))
    due = 0.0
    damaged = 0
    while True:
        now = time.monotonic()
        if first and now > first + seconds + (WARM_UP_SECONDS if live else 0.0):
            break
        if not first and now > wait_for_first:
            break
        if not capture.grab():
            if live and first == 0.0 and time.monotonic() < wait_for_first and argument.get("kind") == "v4l2":
                continue
            break
        at = time.monotonic()
        if first == 0.0:
            first = at
        if live and at < first + WARM_UP_SECONDS:
            count_mended(complaints)  # before the first whole picture of a stream there is always something to mend
            continue
        arrivals.append((at - first - (WARM_UP_SECONDS if live else 0.0)) * 1000.0)
        if live and at < due:
            continue
        due = max(due + INTERVAL_SECONDS, at + INTERVAL_SECONDS / 2)
        good, picture = capture.retrieve()
        if good and packed:
            picture = unpacked(picture, max(width, height))
        damaged += 1 if not good or picture is None else min(1, count_mended(complaints))
        if good and picture is not None and len(kept) < FRAMES:
            kept.append(reduced(picture))
        if not live and len(kept) >= FRAMES:
            break
    shape = kept[0].shape if kept else (1, 1, 3)
    frames = np.stack([one for one in kept if one.shape == shape]) if kept else np.zeros((0, 1, 1, 3), np.uint8)
    if not live:
        arrivals = [1000.0 * (n + 1) / nominal for n in range(len(arrivals))]
    facts = {
        "width": width, "height": height, "nominal_fps": nominal, "burst_seconds": seconds, "damaged": damaged,
    }  # fmt: skip
    return frames, arrivals, facts


def _nominal_rate(stated: float, argument: Mapping[str, Any], limits: Limits) -> float:
    """Pictures a second that are to come: as configured, else as the camera states, else as assumed."""
    configured = float(argument.get("fps", 0.0))
    if configured > 0.0:
        return configured
    made_up = argument.get("kind") == "network" and str(argument["source"]).startswith("http") and stated == FFMPEG_RATE
    return stated if 1.0 <= stated <= 240.0 and not made_up else limits.assumed_fps


def unpacked(packet: NDArray[np.uint8], long_side: int) -> NDArray[Any] | None:
    """The picture of a JPEG packet, None where there is none in it. libjpeg leaves out what would be averaged away:
    it decodes at a half, a quarter or an eighth as long as the detectors' size fits in.

    long_side: as the stream's first picture had it. A camera that has changed to a smaller one since is decoded whole.
    """
    import cv2

    if packet is None or packet.size == 0:
        return None
    how = cv2.IMREAD_COLOR
    for parts, fewer in (
        (2, cv2.IMREAD_REDUCED_COLOR_2),
        (4, cv2.IMREAD_REDUCED_COLOR_4),
        (8, cv2.IMREAD_REDUCED_COLOR_8),
    ):
        if long_side >= parts * LONG_SIDE:
            how = fewer
    try:
        picture = cv2.imdecode(packet, how | cv2.IMREAD_IGNORE_ORIENTATION)
        if picture is not None and how != cv2.IMREAD_COLOR and max(picture.shape[:2]) < LONG_SIDE:
            picture = cv2.imdecode(packet, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:  # its head states a size that is absurd or that no memory holds
        return None
    return picture


def reduced(picture: NDArray[Any]) -> Frames:
    """Any decoded picture as BGR with its long side at most LONG_SIDE."""
    import cv2

    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.shape[2] == 4:
        picture = picture[:, :, :3]
    height, width = picture.shape[:2]
    scale = LONG_SIDE / max(height, width)
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture, dtype=np.uint8)
