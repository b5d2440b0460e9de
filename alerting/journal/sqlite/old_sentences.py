"""Makes codes of the English sentences that a journal up to schema 2 holds.

Used once, when such a journal is taken over. What no code fits is kept as it was written.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from alerting.model.reason import Reason, Value, because, said

MACHINE = "roomwatch"
_PHRASES: tuple[tuple[str, str], ...] = (
    ("opened", r"the incident was opened"),
    ("entered_again", r"the chain was entered again"),
    ("not_taken", r"not taken (?P<span>\d+) s after (?P<step>.+) was told"),
    ("goes_together", r"it goes together with (?P<step>.+)"),
    ("reached_nobody", r"(?P<step>.+) reached nobody"),
    ("not_delivered", r"(?P<step>.+) could not be delivered for (?P<span>\d+) s"),
    ("unreachable", r"(?P<people>.+) cannot be reached"),
    ("still_not_taken", r"not taken (?P<times>\d+) × (?P<span>\d+) s after (?P<step>.+)"),
    ("take_expired", r"taken, but neither mitigated nor resolved"),
    ("nobody_answered", r"nobody answered"),
    ("nobody_reached", r"nobody could be reached"),
    ("meeting_changed", r"fault × meeting"),
    ("unwatched", r"no longer watched"),
    ("verified", r"recovery verified by the probes"),
    ("drill_aborted", r"the drill was aborted: a real fault arrived"),
    ("taken_over", r"taken over from (?P<people>.+)"),
    ("taken_by", r"taken by (?P<people>.+)"),
    ("told_by", r"told by (?P<channel>\S+)"),
    ("is_over", r"it is over"),
    ("observed", r"observe mode: not sent"),
    ("digest", r"(?P<count>\d+) messages at once"),
    ("channel_failed", r"(?P<channel>\S+) failed: (?P<detail>.*)"),
    ("not_in_plan", r"not in the plan any more"),
    ("contact_gone", r"(?P<people>\S+) is not in plan (?P<version>.+)"),
    ("plan_kept", r"plan (?P<old>\S+) → (?P<new>[^;]+); this incident keeps the chain of (?P<version>.+)"),
    (
        "plan_adopted",
        r"plan (?P<old>\S+) → (?P<new>[^;]+); nobody was told by the chain of (?P<version>.+), so it takes the new",
    ),
    ("sending_interrupted", r"sending was interrupted; sent again with the same key"),
    ("sender_silent", r"the sender gave no answer in time"),
    ("sender_no_result", r"the sender gave no result"),
    ("sender_gave_up", r"the sender gave it up"),
    ("expired", r"kept as long as configured"),
    ("connection_failed", r"Connection error"),
    ("link_answers", r"HTTP (?P<status>2\d\d)"),
    ("http_status", r"HTTP (?P<status>\d{3})"),
    ("files_not_made", r"the files could not be made: (?P<detail>.+)"),
    ("entered_for", r"entered for (?P<people>.+)"),
    ("remedy_in", r"in (?P<span>[\d.]+) s"),
    ("waits_for_word", r"the plan wants a person's word for it"),
    ("waits_for_meeting", r"a meeting runs, is near, or cannot be ruled out"),
    ("fault_gone", r"the fault is gone"),
    ("plan_forbids", r"the plan does not allow it any more"),
    ("word_covers_meeting", r"it covers the meeting that runs"),
    ("word_without_meeting", r"given while no meeting ran"),
    ("result_unknown", r"the monitor ended while it ran: whether it took effect is not known"),
    ("fault_seen_gone", r"the probes see the fault gone"),
    ("fault_still_seen", r"the probes still see the fault"),
    ("nothing_done", r"nothing was really done: a drill or observe mode"),
    ("limit_reached", r"it was tried as often as the plan allows"),
    ("taken_not_repaired", r"taken, but not repaired within the plan's time"),
    ("no_backup_left", r"(?P<entry>.+) failed and the plan has no other way"),
    ("backup_failed", r"(?P<entry>\S+) failed"),
    ("backup_runs", r"(?P<entry>.+) runs in the room"),
    ("start_interrupted", r"the monitor ended while it started it"),
    ("helper_silent", r"(?P<people>.+) has not answered"),
    ("backup_useless", r"(?P<entry>.+) does not work"),
    ("not_in_stock", r"(?P<entry>.+) is not in stock"),
    ("drill_time_over", r"its time is over"),
    ("drill_done", r"it was reported as done"),
    ("drill_backup", r"the backup was started"),
    ("drill_unanswered", r"the chain was run to its end without an answer"),
    ("drill_meeting", r"a meeting began"),
    ("drill_ended", r"ended by (?P<people>.+)"),
    ("drill_room_in_use", r"it could not begin that day: meeting"),
    ("drill_fault_open", r"it could not begin that day: fault"),
    ("drill_runs", r"it could not begin that day: running"),
    ("drill_unwatched", r"it could not begin that day: unwatched"),
    ("drill_not_begun", r"it could not begin that day: .*"),
    ("probe_off", r"the probe (?P<probe>\S+) does not run here: .+"),
    ("not_watched_yet", r"nothing watches this room yet"),
    ("go", r"go"),
    ("no_go", r"no-go"),
    ("before_meeting", r"the check (?P<minutes>\d+) min before a meeting"),
    ("unit_active", r"(?P<what>\S+) was restarted and is active"),
    ("unit_inactive", r"(?P<what>\S+) was restarted but is not active afterwards \((?P<state>.+)\)"),
    ("unit_same", r"(?P<what>\S+) still is the instance from before"),
    ("unit_none", r"there is no unit (?P<what>\S+) \((?P<state>.+)\)"),
    ("unit_failed", r"(?P<what>\S+\.service) failed \((?P<state>.+)\): (?P<detail>.+)"),
    ("usb_back", r"(?P<what>.+) at port (?P<port>\S+) was reset and is back"),
    ("usb_lost", r"(?P<what>.+) did not come back at port (?P<port>\S+) within (?P<span>\d+) s: replug it"),
    ("usb_none", r"no USB device is '?(?P<what>.+?)'?: give its port .+"),
    ("usb_hub", r"(?P<port>\S+) is not reset: it is a hub, .+"),
    ("usb_also_other", r"(?P<port>\S+) is not reset: it is also .+"),
    ("usb_other", r"(?P<port>\S+) is not reset: it is neither .+"),
    ("lease_renewed", r"the lease of (?P<what>\S+) was renewed: (?P<address>.+)"),
    ("lease_none", r"(?P<what>\S+) has no address (?P<span>\d+) s after the renewal"),
    ("interface_none", r"there is no interface (?P<what>\S+)"),
    ("sound_active", r"the sound server was restarted and is active"),
    ("backup_joined", r"the backup application was started with the join link"),
    ("application_runs", r"(?P<what>.+) was restarted and runs"),
    ("no_link", r"which link\? Give the backup's join link\."),
    ("session_root", r"(?:[^:]+: )?the session belongs to root, .+"),
    ("session_profile", r"(?P<what>[^:]+): there is no profile of this name: .+"),
    ("session_no_start", r"(?P<what>[^:]+): its profile has neither unit, .+"),
    ("session_manager", r"[^:]+: the room user's service manager .+"),
    ("session_no_unit", r"(?P<what>[^:]+): the unit in its profile does not exist .+"),
    ("session_not_ended", r"(?P<what>[^:]+): it could not be ended: .+"),
    ("session_not_started", r"(?P<what>[^:]+): it was started but did not come up, .+"),
    ("session_host", r"[^:]+: the administrator has not allowed this host: touch (?P<place>.+)"),
    ("session_link", r"[^:]+: that is no join link: .+"),
    ("session_opener", r"[^:]+: nothing there opens links: .+"),
    ("session_sound", r"[^:]+: no unit of a sound server runs .+"),
    ("session_silent", r"the room user's session part gave no answer .+"),
    ("session_none", r"no session part listens: .+"),
    ("session_no_user", r"there is no user '?(?P<user>.+?)'? on this machine"),
    ("session_strange", r"the session part's answer is not known to this version"),
    ("not_permitted", r"the administrator has not allowed it: touch (?P<place>.+)"),
    ("not_installed", r"(?P<what>\S+) is not installed: .+"),
    ("manager_silent", r"the service manager does not answer: (?P<detail>.+)"),
)
_TABLE = tuple((code, re.compile(pattern)) for code, pattern in _PHRASES)
LAST_WAY = "the last way of the plan"
"""The detail of a backup that failed, once people knew that there is no other."""
_PEOPLE_SAID = frozenset({"taken", "note"})
"""Events of people whose reason may be the program's: taken over from whom, entered for whom."""


def code_of(sentence: str) -> Reason:
    """The reason that a sentence of the program stands for."""
    if not sentence:
        return Reason()
    for code, pattern in _TABLE:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return Reason(code, {name: _value(name, text) for name, text in found.groupdict().items()})
    return because("as_written", text=sentence)


def _value(name: str, text: str) -> Value:
    if name == "span":
        return float(text)
    if name in ("times", "count", "minutes", "status"):
        return int(text)
    if name == "people":
        return tuple(text.split(", "))
    return code_of(text) if name == "detail" else text


def code_sentences(db: sqlite3.Connection) -> None:
    """The step from schema 2 to 3, within the caller's transaction. A row that makes no sense stays as it is."""
    coded = CodedRows()
    for table, (key, columns) in _COLUMNS.items():
        names = ", ".join(columns)
        fields = ", ".join(f"{column} = ?" for column in columns)
        for row in db.execute(f"SELECT {key}, {names} FROM {table}").fetchall():
            new = coded.row(table, dict(zip((key, *columns), row, strict=True)))
            changed = [new[column] for column in columns]
            db.execute(f"UPDATE {table} SET {fields} WHERE {key} = ?", (*changed, row[0]))


_COLUMNS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "events": ("seq", ("verb", "by_whom", "why", "data")),
    "incidents": ("id", ("state",)),
    "notifications": ("key", ("row",)),
    "memory": ("name", ("value",)),
}
"""Table → (its key, the columns that hold sentences or say how to read them)."""


class CodedRows:
    """Rows of a journal up to schema 2, with codes where sentences stood. A row that holds codes stays as it is.

    A channel was told by its number in the plan, and is by its kind from now on: the rows that were read so far say
    which is which.
    """

    def __init__(self) -> None:
        self._ways: dict[tuple[str, str], str] = {}

    def row(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """row: by column. One that makes no sense comes back as it is."""
        try:
            match table:
                case "events":
                    return {**row, **_event(row["verb"], row["by_whom"], row["why"], row["data"])}
                case "incidents":
                    return {**row, "state": _json(_incident(msgspec.json.decode(row["state"])))}
                case "notifications":
                    return {**row, "row": _json(self._notification(msgspec.json.decode(row["row"])))}
                case _:
                    return {**row, "value": _memory(row["name"], row["value"])}
        except (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return dict(row)

    def _notification(self, row: dict[str, Any]) -> dict[str, Any]:
        self._ways[row["contact"], row["channel"]] = row.get("path") or row["channel"]
        reason = Reason() if row["kind"] == "reminder" else _coded(row.get("reason", ""))
        row["reason"] = self._by_name(reason, row["contact"])
        row["detail"] = self._by_name(_coded(row.get("detail", "")), row["contact"])
        return row

    def _by_name(self, reason: Any, contact: str) -> Any:
        channel = str(reason.values.get("channel", "")) if isinstance(reason, Reason) else ""
        if not channel:
            return reason
        return Reason(reason.code, {**reason.values, "channel": self._ways.get((contact, channel), channel)})


def _event(verb: str, by: str, why: str, data: str) -> dict[str, Any]:
    """Its columns that change. A diagnosis and a reminder named their subject where the reason stands."""
    if why.startswith('{"code":') or why == "{}":
        return {}
    reason, changed = _reason(verb, by, why, msgspec.json.decode(data))
    return {"why": _json(reason), "data": _json(changed)}


def _reason(verb: str, by: str, why: str, data: dict[str, Any]) -> tuple[Reason, dict[str, Any]]:
    if verb == "evidence":
        return Reason(), {"kind": why, **data}
    if verb == "reminded":
        return Reason(), {"topic": why, **data}
    if verb == "drill_skipped" and data.get("cause") == "unable":
        return because("drill_unable", fault=str(data.get("fault", ""))), data
    if by == MACHINE:
        return code_of(why), _kept(data)
    coded = code_of(why) if verb in _PEOPLE_SAID else Reason()
    return (coded if coded.code in ("taken_over", "entered_for") else said(why)), _kept(data)


def _incident(state: dict[str, Any]) -> dict[str, Any]:
    for step in state.get("steps", ()):
        step["reason"] = _coded(step.get("reason", ""))
    for run in state.get("remedies", ()):
        run["detail"] = _coded(run.get("detail", ""))
    for run in state.get("backups", ()):
        if isinstance(run.get("detail", ""), str):
            run["last"] = run.get("detail") == LAST_WAY
            run["detail"] = Reason() if run["last"] else code_of(run.get("detail", ""))
    return state


def _memory(name: str, value: str) -> str:
    if value and name.startswith(("drill.running.", "backup_test.")):
        return _json(_kept(msgspec.json.decode(value)))
    if name.startswith("drill.") and name.endswith(".held"):
        day, _, cause = value.partition(" ")
        return value if cause.startswith("{") else f"{day} {_json(code_of(f'it could not begin that day: {cause}'))}"
    return value


def _kept(data: dict[str, Any]) -> dict[str, Any]:
    """Small facts and events that hold how a drill ended, or what a test found."""
    changed = {name: code_of(data[name]) for name in ("ending", "detail") if isinstance(data.get(name), str)}
    return {**data, **changed}


def _coded(sentence: Any) -> Any:
    """A reason that is none any more stays as it is."""
    return code_of(sentence) if isinstance(sentence, str) else sentence


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
