"""The engine's English reasons in the journal, known again, so that a report says them in its own language.

One table; a phrase that is not in it stands as it was written. Refuses to be where reasons are made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from alerting.papers.report.terms import Entry, People, Span, Value, Way

_PHRASES: tuple[tuple[str, str], ...] = (
    ("opened", r"the incident was opened"),
    ("again", r"the chain was entered again"),
    ("not_taken", r"not taken (?P<span>\d+) s after (?P<step>.+) was told"),
    ("together", r"it goes together with (?P<step>.+)"),
    ("reached_nobody", r"(?P<step>.+) reached nobody"),
    ("undelivered", r"(?P<step>.+) could not be delivered for (?P<span>\d+) s"),
    ("unreachable", r"(?P<people>.+) cannot be reached"),
    ("repeat", r"not taken (?P<times>\d+) × (?P<span>\d+) s after (?P<step>.+)"),
    ("take_expired", r"taken, but neither mitigated nor resolved"),
    ("nobody_answered", r"nobody answered"),
    ("nobody_reached", r"nobody could be reached"),
    ("severity", r"fault × meeting"),
    ("unwatched", r"no longer watched"),
    ("verified", r"recovery verified by the probes"),
    ("drill_aborted", r"the drill was aborted: a real fault arrived"),
    ("taken_over", r"taken over from (?P<people>.+)"),
    ("taken_by", r"taken by (?P<people>.+)"),
    ("told_by", r"told by (?P<channel>\S+)"),
    ("over", r"it is over"),
    ("observe", r"observe mode: not sent"),
    ("digest", r"(?P<count>\d+) messages at once"),
    ("channel_failed", r"(?P<channel>\S+) failed: (?P<detail>.*)"),
    ("not_in_plan", r"not in the plan any more"),
    ("gone", r"(?P<people>\S+) is not in plan (?P<version>.+)"),
    ("plan", r"plan (?P<old>\S+) → (?P<new>[^;]+); this incident keeps the chain of (?P<version>.+)"),
    (
        "plan_taken",
        r"plan (?P<old>\S+) → (?P<new>[^;]+); nobody was told by the chain of (?P<version>.+), so it takes the new",
    ),
    ("interrupted", r"sending was interrupted; sent again with the same key"),
    ("no_answer", r"the sender gave no answer in time"),
    ("no_result", r"the sender gave no result"),
    ("kept", r"kept as long as configured"),
    ("connection", r"Connection error"),
    ("files", r"the files could not be made: (?P<detail>.+)"),
    ("in_seconds", r"in (?P<span>\d+) s"),
    ("needs_word", r"the plan wants a person's word for it"),
    ("needs_meeting", r"a meeting runs, is near, or cannot be ruled out"),
    ("gone_fault", r"the fault is gone"),
    ("not_allowed", r"the plan does not allow it any more"),
    ("covers_meeting", r"it covers the meeting that runs"),
    ("no_meeting", r"given while no meeting ran"),
    ("lost", r"the monitor ended while it ran: whether it took effect is not known"),
    ("probes_well", r"the probes see the fault gone"),
    ("probes_still", r"the probes still see the fault"),
    ("dry", r"nothing was really done: a drill or observe mode"),
    ("limit", r"it was tried as often as the plan allows"),
    ("moved_late", r"taken, but not repaired within the plan's time"),
    ("none_left", r"(?P<name>.+) failed and the plan has no other way"),
    ("backup_broke", r"(?P<name>\S+) failed"),
    ("runs_in_room", r"(?P<name>.+) runs in the room"),
    ("lost_start", r"the monitor ended while it started it"),
    ("helper_silent", r"(?P<people>.+) has not answered"),
    ("useless", r"(?P<name>.+) does not work"),
    ("no_stock", r"(?P<name>.+) is not in stock"),
    ("drill_time", r"its time is over"),
    ("drill_done", r"it was reported as done"),
    ("drill_backup", r"the backup was started"),
    ("drill_unanswered", r"the chain was run to its end without an answer"),
    ("drill_meeting", r"a meeting began"),
    ("drill_ended", r"ended by (?P<people>.+)"),
    ("no_go", r"no-go"),
    ("before_meeting", r"the check (?P<minutes>\d+) min before a meeting"),
    ("gave_up", r"the sender gave it up"),
    ("unit_active", r"(?P<what>\S+) was restarted and is active"),
    ("unit_inactive", r"(?P<what>\S+) was restarted but is not active afterwards \((?P<detail>.+)\)"),
    ("unit_same", r"(?P<what>\S+) still is the instance from before"),
    ("unit_none", r"there is no unit (?P<what>\S+) \((?P<detail>.+)\)"),
    ("usb_back", r"(?P<what>.+) at port (?P<port>\S+) was reset and is back"),
    ("usb_lost", r"(?P<what>.+) did not come back at port (?P<port>\S+) within (?P<span>\d+) s: replug it"),
    ("usb_none", r"no USB device is (?P<what>.+): give its port .+"),
    ("lease_renewed", r"the lease of (?P<what>\S+) was renewed: (?P<detail>.+)"),
    ("lease_none", r"(?P<what>\S+) has no address (?P<span>\d+) s after the renewal"),
    ("application_runs", r"(?P<what>.+) was restarted and runs"),
    ("sound_active", r"the sound server was restarted and is active"),
    ("joined", r"the backup application was started with the join link"),
    ("which_link", r"which link\? Give the backup's join link\."),
    ("session_root", r"(?:[^:]+: )?the session belongs to root, .+"),
    ("session_profile", r"(?P<what>[^:]+): there is no profile of this name: .+"),
    ("session_no_start", r"(?P<what>[^:]+): its profile has neither unit, .+"),
    ("session_manager", r"(?P<what>[^:]+): the room user's service manager .+"),
    ("session_no_unit", r"(?P<what>[^:]+): the unit in its profile does not exist .+"),
    ("session_not_ended", r"(?P<what>[^:]+): it could not be ended: .+"),
    ("session_not_started", r"(?P<what>[^:]+): it was started but did not come up, .+"),
    ("session_host", r"(?P<what>[^:]+): the administrator has not allowed this host: .+"),
    ("session_link", r"(?P<what>[^:]+): that is no join link: .+"),
    ("session_opener", r"(?P<what>[^:]+): nothing there opens links: .+"),
    ("session_sound", r"(?P<what>[^:]+): no unit of a sound server runs .+"),
    ("session_silent", r"the room user's session part gave no answer .+"),
    ("not_permitted", r"the administrator has not allowed it: .+"),
    ("not_installed", r"(?P<what>\S+) is not installed: .+"),
    ("manager_silent", r"the service manager does not answer: (?P<detail>.+)"),
)
_TABLE = tuple((name, re.compile(pattern)) for name, pattern in _PHRASES)


def known(text: str) -> tuple[str, Mapping[str, Value]] | None:
    """(name under ``reason.`` in the catalogues, its values); None for a phrase that nobody listed."""
    for name, pattern in _TABLE:
        found = pattern.fullmatch(text)
        if found is not None:
            return name, {key: _value(key, value) for key, value in found.groupdict().items()}
    return None


def _value(key: str, text: str) -> Value:
    if key == "span":
        return Span(float(text))
    if key == "people":
        return People(tuple(text.split(", ")))
    if key == "name":
        return Entry(text)
    return Way(text) if key == "channel" else text


NAMES = tuple(name for name, _ in _PHRASES)
