"""Every code of a reason, in one table. Its words stand in the catalogues under ``reason.<code>``.

What a value holds follows from its name, so that one rule says it in every language:

- span: seconds
- people: ids of contacts, or names of people who are no contacts
- channel: a kind of way out, as the plan's [paths] name it, or a scheme of Apprise
- entry: the id of a backup or a material, or its name
- detail: a reason by itself, or what another program, a server or a library wrote
- text: what a person wrote
- every other: a number, or a name that is the same in every language
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """values: the names of its values. failure: something did not work, for which a report may ask an improvement."""

    values: tuple[str, ...]
    failure: bool


def _news(*values: str) -> ReasonCode:
    return ReasonCode(values, failure=False)


def _failure(*values: str) -> ReasonCode:
    return ReasonCode(values, failure=True)


REASON_CODES: Mapping[str, ReasonCode] = {
    # What people wrote, and sentences of an older journal that no code fits
    "said": _news("text"),
    "as_written": _news("text"),
    # Why a step of the chain was taken
    "opened": _news(),
    "entered_again": _news(),
    "not_taken": _news("span", "step"),
    "goes_together": _news("step"),
    "reached_nobody": _failure("step"),
    "not_delivered": _failure("step", "span"),
    "unreachable": _failure("people"),
    "still_not_taken": _news("times", "span", "step"),
    "take_expired": _failure(),
    "nobody_answered": _failure(),
    "nobody_reached": _failure(),
    # What became of an incident
    "meeting_changed": _news(),
    "unwatched": _news(),
    "verified": _news(),
    "taken_over": _news("people"),
    "plan_kept": _news("old", "new", "version"),
    "plan_adopted": _news("old", "new", "version"),
    "helper_silent": _failure("people"),
    "not_in_stock": _failure("entry"),
    "files_not_made": _failure("detail"),
    "entered_for": _news("people"),
    # Answers from afar that were not carried out
    "reply_unclear": _news(),
    "reply_no_code": _news(),
    "reply_wrong_code": _news(),
    "reply_expired": _news(),
    "reply_too_old": _news(),
    "reply_unauthentic": _news(),
    "reply_used": _news(),
    "reply_taken_meanwhile": _news(),
    "reply_over": _news(),
    # Checks before a meeting
    "go": _news(),
    "no_go": _news(),
    "before_meeting": _news("minutes"),
    # What became of a message
    "taken_by": _news("people"),
    "told_by": _news("channel"),
    "is_over": _news(),
    "observed": _news(),
    "digest": _news("count"),
    "channel_failed": _failure("channel", "detail"),
    "not_in_plan": _failure(),
    "contact_gone": _news("people", "version"),
    "sending_interrupted": _news(),
    "sender_silent": _failure(),
    "sender_no_result": _failure(),
    "sender_gave_up": _failure(),
    "sender_broke": _failure("detail"),
    "sender_ended": _failure(),
    "sender_unreachable": _failure("detail"),
    "expired": _failure(),
    "connection_failed": _failure(),
    # Remedies
    "remedy_in": _news("span"),
    "waits_for_word": _news(),
    "waits_for_meeting": _news(),
    "fault_gone": _news(),
    "plan_forbids": _news(),
    "word_covers_meeting": _news(),
    "word_without_meeting": _news(),
    "result_unknown": _failure(),
    "fault_seen_gone": _news(),
    "fault_still_seen": _failure(),
    "nothing_done": _news(),
    "limit_reached": _failure(),
    "broke": _failure("detail"),
    "monitor_gone": _failure("room"),
    # What a remedy came to on the machine
    "remedy_unknown": _failure("kind", "known"),
    "remedy_without_target": _failure("kind"),
    "unit_ready": _news("what", "state"),
    "unit_active": _news("what"),
    "unit_inactive": _failure("what", "state"),
    "unit_same": _failure("what"),
    "unit_none": _failure("what", "state"),
    "unit_name": _failure("what"),
    "unit_failed": _failure("what", "state", "detail"),
    "usb_ready": _news("what", "port"),
    "usb_back": _news("what", "port"),
    "usb_lost": _failure("what", "port", "span"),
    "usb_none": _failure("what"),
    "usb_hub": _failure("port"),
    "usb_also_other": _failure("port"),
    "usb_other": _failure("port"),
    "lease_ready": _news("what"),
    "lease_renewed": _news("what", "address"),
    "lease_none": _failure("what", "span"),
    "interface_name": _failure("what"),
    "interface_none": _failure("what"),
    "application_ready": _news("what"),
    "application_runs": _news("what"),
    "sound_ready": _news(),
    "sound_active": _news(),
    "backup_ready": _news(),
    "backup_joined": _news(),
    "no_link": _failure(),
    "session_root": _failure(),
    "session_profile": _failure("what"),
    "session_no_start": _failure("what"),
    "session_manager": _failure(),
    "session_no_unit": _failure("what"),
    "session_not_ended": _failure("what"),
    "session_not_started": _failure("what"),
    "session_host": _failure("place"),
    "session_link": _failure(),
    "session_opener": _failure(),
    "session_sound": _failure(),
    "session_silent": _failure(),
    "session_none": _failure(),
    "session_several": _failure("uids"),
    "session_no_user": _failure("user"),
    "session_strange": _failure(),
    "not_permitted": _failure("place"),
    "not_installed": _failure("what"),
    "manager_silent": _failure("detail"),
    # Backups
    "taken_not_repaired": _news(),
    "backup_failed": _failure("entry"),
    "no_backup_left": _failure("entry"),
    "backup_runs": _news("entry"),
    "backup_useless": _failure("entry"),
    "start_interrupted": _failure(),
    "http_status": _news("status"),
    "link_silent": _failure("span"),
    "link_failed": _failure("detail"),
    "link_malformed": _failure("detail"),
    "check_broke_off": _failure(),
    # Drills
    "drill_aborted": _news(),
    "drill_time_over": _news(),
    "drill_done": _news(),
    "drill_backup": _news(),
    "drill_unanswered": _failure(),
    "drill_meeting": _news(),
    "drill_ended": _news("people"),
    "drill_room_in_use": _news(),
    "drill_fault_open": _news(),
    "drill_runs": _news(),
    "drill_unable": _failure("fault"),
    "drill_elsewhere": _failure("room"),
    "drill_unwatched": _failure(),
    "drill_not_begun": _failure(),
    "probe_off": _failure("probe"),
    "not_watched_yet": _failure(),
}
