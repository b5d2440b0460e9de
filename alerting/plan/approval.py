"""Approval of the plan (拟稿 → 审核 → 签发, 退回): one line of JSON a step, never rewritten. Does not skip a step."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Literal

import msgspec

from alerting.configuration import effective
from alerting.plan.model import Plan

Action = Literal["draft", "review", "sign", "return"]
State = Literal["none", "draft", "review", "signed"]
_NEXT: dict[tuple[State, Action], State] = {
    ("none", "draft"): "draft",
    ("draft", "review"): "review",
    ("review", "sign"): "signed",
    ("review", "return"): "none",
    ("draft", "return"): "none",
}


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the approval. digest: of the plan's content, so that a later edit needs a new round."""

    version: str
    digest: str
    action: Action
    by: str
    at: float
    why: str = ""


class WrongStep(Exception):
    """This step cannot follow the state that the plan is in."""


def digest_of(plan: Plan) -> str:
    """A fingerprint of what the plan says, secrets named and not read."""
    return hashlib.sha256(msgspec.json.encode(effective(plan))).hexdigest()[:16]


def read_records(file: Path) -> tuple[Record, ...]:
    """All records; () without a file. A last line cut short by a crash is left out. Raises OSError, also for a pipe:
    reading one waits for ever."""
    if file.exists() and not file.is_file():
        raise OSError(errno.EINVAL, "this is no file", str(file))
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    found = []
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=Record))
        except msgspec.DecodeError:
            continue
    return tuple(found)


def state_of(records: tuple[Record, ...], digest: str) -> State:
    """Where this very content stands."""
    state: State = "none"
    for record in records:
        if record.digest == digest:
            state = _NEXT.get((state, record.action), state)
    return state


def record_step(file: Path, plan: Plan, action: Action, *, by: str, at: float, why: str = "") -> State:
    """Append the step and return the new state. Raises WrongStep with a sentence that says what can follow."""
    digest = digest_of(plan)
    state = state_of(read_records(file), digest)
    following = _NEXT.get((state, action))
    if following is None:
        can = ", ".join(step for (here, step) in _NEXT if here == state) or "nothing: edit the plan for a new round"
        raise WrongStep(f"version {plan.version} is in state {state}; {action} cannot follow, but {can} can")
    if action == "return" and not why:
        raise WrongStep("a return needs the reason: give --why")
    record = Record(version=plan.version, digest=digest, action=action, by=by, at=at, why=why)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as stream:
        if stream.tell() and file.read_bytes()[-1:] != b"\n":
            stream.write(b"\n")
        stream.write(msgspec.json.encode(record) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return following
