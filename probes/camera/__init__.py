"""The camera probe: presence from sysfs, use from its holders, the picture from a burst taken in a child.

Resident and light: no OpenCV, no numpy. Does not open a device that is held or that a meeting may want.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from probes.camera.answer import PICTURE, hung, read_answer, yielded
from probes.camera.discovery_linux import LocalCamera, list_cameras
from probes.camera.freshness import Calm, is_calm
from probes.camera.gathering import gather
from probes.camera.habits import FILE, KnownHabits
from probes.camera.limits import Limits
from probes.camera.yielding_linux import GRACE_SECONDS, OpenWatch
from probes.child.isolate import Isolation, IsolationError
from probes.guard import guarded
from probes.judge_reading import Threshold
from probes.linux.video_holders import Holder, Holders, find_video_holders
from probes.reading import CannotMeasure, Context, Fact, NothingToMeasure, Outcome, Reading
from probes.unwatched_setting import Unwatched, near
from probes.why import because

__all__ = ["IN_USE", "PICTURE", "PRESENT", "NetworkCamera", "Settings", "learn", "probe", "read_answer",
           "reference_path", "thresholds"]  # fmt: skip

PRESENT = "camera.present"
IN_USE = "camera.in_use"
LOOK = "probes.camera.capture:look"
FREE_WAKES = frozenset({"once", "confirm", "pre-meeting", "drill"})
"""A person, an open suspicion or a coming meeting asked: the pause between lights does not hold these back."""


class NetworkCamera(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A camera behind an address. The password is { file = "/path" }, { env = "NAME" } or { credential = "name" }."""

    # rtsp://, http:// or https:// address, without user and password.
    url: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^(rtsps?|https?)://[^@/\s][^@]*$",
            description="an rtsp or http address without user and password",
            examples=["rtsp://camera.example.org/stream"],
        ),
    ]
    user: str = ""
    # Read inside the capturing child and nowhere else; a literal password is not accepted.
    password: dict[str, str] = {}
    # Pictures a second that it is set to deliver. 0: as the stream states, and where it states none (JPEG pictures
    # over HTTP) as limits.assumed_fps says. Half of it or less is a fault.
    fps: Annotated[float, msgspec.Meta(ge=0.0, le=240.0)] = 0.0


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[probes.camera]"""

    # Local cameras that must be there: by-id name, a part of it, or /dev/videoN. Empty: all that are found are
    # watched, and one that was seen and goes away is missing.
    cameras: tuple[str, ...] = ()
    # Network cameras by a name of your choice.
    network: dict[str, NetworkCamera] = {}
    # Seconds between two active looks at one camera (its light goes on for about two seconds). Raising it saves
    # CPU and lights, lowering it finds faults earlier. Confirmations and checks before a meeting do not wait.
    # The camera's interval comes up to a twentieth early: set this a tenth below it for a look at every interval.
    look_every_seconds: Annotated[float, msgspec.Meta(ge=10.0)] = 900.0
    # Keep the light off outside working hours, so that nobody is startled by a camera that wakes at night.
    only_in_working_hours: bool = True
    # Seconds that one look may take in all before the child is killed. Slow network cameras need more.
    deadline_seconds: Annotated[float, msgspec.Meta(ge=2.0, le=60.0)] = 12.0
    # Seconds to wait for the first picture after the device was opened.
    first_picture_seconds: Annotated[float, msgspec.Meta(ge=0.5, le=30.0)] = 5.0
    # Cameras (as under cameras and network) that turn to presets or to whoever speaks: another view than a learned one
    # is no fault of theirs. One that only cuts a part out of its view, or tells where it points to, needs no entry.
    turning: tuple[str, ...] = ()
    # Capture cards (HDMI, SDI) among the cameras, by name. "always": a picture must come all the time, as from a camera
    # behind it. "at_times": people plug their computers in; only the card itself is watched then, not what it shows.
    capture_cards: dict[str, Literal["always", "at_times"]] = {}
    # The limits of the judge, one by one.
    limits: Limits = Limits()


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    """None: the judge's own limits speak, as findings. They are tuned under [probes.camera.limits]."""
    return ()


def unwatched(settings: Settings) -> list[Unwatched]:
    """A turning camera or a capture card that is none of the room's. Without ``cameras`` it may be any that is plugged
    in."""
    there = (*settings.cameras, *settings.network)
    if not settings.cameras:
        return []
    return [
        Unwatched(under, f'"{name}"', "is no camera of this room", near(name, there))
        for under, names in (("turning", settings.turning), ("capture_cards", settings.capture_cards))
        for name in names
        if not any(name in camera or camera in name for camera in there)
    ]


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """Look at every camera once, as far as nobody is disturbed."""
    present = list_cameras(context.sys, context.dev)
    holders = find_video_holders(context.proc) if present else Holders()
    outcomes = await guarded(context, PRESENT, partial(_presence, settings, context, present))
    chosen = _chosen(settings, present)
    context.memory["camera.names"] = (*(camera.name for camera in chosen), *settings.network)
    for camera in chosen:
        look = partial(_local, camera, holders.of(camera.node), settings, context)
        outcomes += await guarded(context, "camera", look, camera.name)
    for name in settings.network:
        outcomes += await guarded(context, "camera", partial(_network, name, settings, context), name)
    return outcomes


def reference_path(state: Path, name: str) -> Path:
    """Where a camera's learned view lies. The name is hashed: by-id names hold characters that paths do not."""
    return state / "camera" / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


async def learn(name: str, settings: Settings, context: Context, *, also: bool = False) -> dict[str, Any]:
    """Take the reference view of one camera, by stable name or configured name, and store it. also: beside those that
    it has, for a camera that turns.

    Returns the child's answer: ``learned`` is the file, or "" with a ``reason`` (a Why, or one in JSON). Raises
    LookupError with a Why for a camera that does not exist and IsolationError where the capture failed; a held camera
    is not opened.
    """
    if context.in_meeting is not False:
        return {"learned": "", "reason": because("not_opened_meeting_or_unknown")}
    target, request = _addressed(name, settings, context)
    if target is not None:
        held_by = find_video_holders(context.proc).of(target.node)
        if held_by:
            return {"learned": "", "reason": because("in_use_by", program=", ".join(map(str, held_by)))}
    request |= {"learn": request.pop("reference"), "also": also}
    key = target.node if target is not None else f"network:{name}"
    isolation = _isolation(context)
    if target is None:
        return await isolation.run(LOOK, request, key=key, deadline=settings.deadline_seconds)
    with OpenWatch(key, lambda: isolation.kill(key, GRACE_SECONDS)) as watch:
        try:
            return await isolation.run(LOOK, request, key=key, deadline=settings.deadline_seconds)
        except IsolationError:
            if watch.fired:
                return {"learned": "", "reason": yielded(name).reason}
            raise


def _addressed(name: str, settings: Settings, context: Context) -> tuple[LocalCamera | None, dict[str, Any]]:
    if name in settings.network:
        return None, _network_request(name, settings, context)
    for camera in list_cameras(context.sys, context.dev):
        if camera.answers_to(name):
            request = _request(settings, context, camera.name) | {"source": camera.node, "kind": "v4l2"}
            return camera, request
    raise LookupError(because("no_such_camera", name=name))


def _network_request(name: str, settings: Settings, context: Context) -> dict[str, Any]:
    camera = settings.network[name]
    return _request(settings, context, name) | {
        "source": camera.url,
        "kind": "network",
        "user": camera.user,
        "password": camera.password,
        "fps": camera.fps,
    }


def _chosen(settings: Settings, present: tuple[LocalCamera, ...]) -> tuple[LocalCamera, ...]:
    if not settings.cameras:
        return present
    return tuple(one for one in present if any(one.answers_to(wanted) for wanted in settings.cameras))


def _presence(settings: Settings, context: Context, present: tuple[LocalCamera, ...]) -> list[Outcome]:
    """Under the names of the configuration where it has any, there or not: what was missing has to be seen again under
    the same name."""
    if settings.cameras:
        names = settings.cameras
        here = {wanted: one for wanted in names for one in reversed(present) if one.answers_to(wanted)}
    else:
        seen = context.memory.setdefault("camera.seen", set())
        assert isinstance(seen, set)
        here = {camera.name: camera for camera in present}
        seen.update(here)
        names = tuple(sorted(seen))
    outcomes: list[Outcome] = [
        Reading(
            check=PRESENT,
            target=name,
            values={"present": 1.0},
            passive=True,
            evidence={"node": camera.node, "camera": camera.name},
        )
        for name, camera in here.items()
    ]
    outcomes += [
        Reading(
            check=PRESENT,
            target=name,
            values={"present": 0.0},
            finding="camera_missing",
            passive=True,
            evidence={"cameras_present": len(present)},
        )
        for name in names
        if name not in here
    ]
    if not outcomes and not settings.network:
        outcomes.append(NothingToMeasure(check=PRESENT, reason=because("no_camera")))
    return outcomes


async def _local(
    camera: LocalCamera, held_by: tuple[Holder, ...], settings: Settings, context: Context
) -> list[Outcome]:
    name = camera.name
    isolation = _isolation(context)
    if held_by:
        return _held(camera, held_by)
    free = Reading(check=IN_USE, target=name, values={"in_use": 0.0}, passive=True, evidence={"seen_in": "/proc"})
    if isolation.blocked(camera.node):
        return [free, hung(name, because("driver_holds_capture"))]
    hindrance = _hindrance(name, settings, context)
    if hindrance is not None:
        return [free, *hindrance]
    request = _request(settings, context, name) | {"source": camera.node, "kind": "v4l2"}
    with OpenWatch(camera.node, lambda: isolation.kill(camera.node, GRACE_SECONDS)) as watch:
        outcome = await _look(name, camera.node, request, context, settings)
    if watch.fired:
        return [yielded(name)]
    return [free, outcome]


def _held(camera: LocalCamera, held_by: tuple[Holder, ...]) -> list[Outcome]:
    who = ", ".join(str(holder) for holder in held_by)
    evidence: dict[str, Fact] = {"holder": who, "seen_in": "/proc/*/fd"}
    if camera.usb_state:
        evidence["usb_power"] = camera.usb_state
    stopped = [holder for holder in held_by if holder.state in ("T", "Z")]
    if stopped:
        evidence["holder_stopped"] = str(stopped[0])
    return [
        Reading(check=IN_USE, target=camera.name, values={"in_use": 1.0}, passive=True, evidence=evidence),
        CannotMeasure(check=PICTURE, target=camera.name, reason=because("in_use_by", program=who), busy_holder=who),
    ]


def _hindrance(name: str, settings: Settings, context: Context) -> list[Outcome] | None:
    """Why the camera is not opened now: outcomes for it, [] for "not yet due", None where nothing hinders."""
    if context.wake != "once" and not context.may_touch_devices:
        return [CannotMeasure(check=PICTURE, target=name, reason=because("not_opened_meeting_near"))]
    if context.wake == "once" and context.in_meeting is True:
        return [CannotMeasure(check=PICTURE, target=name, reason=because("not_opened_meeting"))]
    if context.wake != "once" and settings.only_in_working_hours and not context.in_working_hours:
        return [CannotMeasure(check=PICTURE, target=name, reason=because("not_opened_off_hours"))]
    last = context.memory.setdefault("camera.looked", {})
    assert isinstance(last, dict)
    now = context.monotonic()
    if context.wake not in FREE_WAKES and name in last and now - last[name] < settings.look_every_seconds:
        return []
    last[name] = now
    return None


async def _network(name: str, settings: Settings, context: Context) -> list[Outcome]:
    hindrance = _hindrance(name, settings, context)
    if hindrance is not None:
        return hindrance
    request = _network_request(name, settings, context)
    return [await _look(name, f"network:{name}", request, context, settings)]


def _request(settings: Settings, context: Context, name: str) -> dict[str, Any]:
    return {
        "limits": msgspec.to_builtins(settings.limits),
        "reference": str(reference_path(context.state, name)),
        "open_seconds": settings.first_picture_seconds,
    }


async def _look(name: str, key: str, request: dict[str, Any], context: Context, settings: Settings) -> Outcome:
    habits = context.memory.setdefault("camera.habits", KnownHabits(context.state / FILE))
    sums = context.memory.setdefault("camera.gathered", {})
    calm = context.memory.setdefault(f"camera.calm {name}", Calm())
    assert isinstance(habits, KnownHabits)
    assert isinstance(sums, dict)
    assert isinstance(calm, Calm)
    request |= {
        "take_over": calm.due(context.monotonic()),
        "others": _other_views(name, settings, context),
        "turns": _named(name, settings.turning) or habits.turns(name),
        "card": card_of(name, settings),
    }
    try:
        answer = await _isolation(context).run(LOOK, request, key=key, deadline=settings.deadline_seconds)
    except IsolationError as error:
        if error.kind in ("deadline", "abandoned"):
            return hung(name, because("no_picture", why=because(f"child_{error.kind}")))
        return CannotMeasure(check=PICTURE, target=name, reason=because(f"child_{error.kind}"), broke=error.broke)
    gathered = ""
    if answer.get("state") == "judged":
        gathered = gather(sums.setdefault(name, {}), answer.get("gathers") or {})
        calm_now = is_calm(answer) and not any(sums[name].values())
        calm.take(context.monotonic(), calm=calm_now, taken_over="not_taken_over" in answer)
        habits.take(name, answer)
    return read_answer(name, answer, gathered, card=card_of(name, settings))


def card_of(name: str, settings: Settings) -> str:
    """How the capture card of this name is used, "" for a camera."""
    return next((how for wanted, how in settings.capture_cards.items() if wanted in name), "")


def _named(name: str, wanted: Iterable[str]) -> bool:
    return any(one in name for one in wanted)


def _other_views(name: str, settings: Settings, context: Context) -> dict[str, str]:
    names = context.memory.get("camera.names", ())
    assert isinstance(names, tuple)
    still = [one for one in names if one != name and not _named(one, settings.turning)]
    return {one: str(reference_path(context.state, one)) for one in still}


def _isolation(context: Context) -> Isolation:
    isolation = context.memory.setdefault("isolation", Isolation())
    assert isinstance(isolation, Isolation)
    return isolation
