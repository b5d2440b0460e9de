"""Reasons of what became of an incident: of steps, of answers, of checks before a meeting."""

from collections.abc import Mapping

from alerting.model.reason_codes.code import ReasonCode, failure, news

CODES: Mapping[str, ReasonCode] = {
    # What people wrote, and sentences of an older journal that no code fits
    "said": news("text"),
    "as_written": news("text"),
    # Why a step of the chain was taken
    "opened": news(),
    "entered_again": news(),
    "not_taken": news("span", "step"),
    "goes_together": news("step"),
    "reached_nobody": failure("step"),
    "not_delivered": failure("step", "span"),
    "unreachable": failure("people"),
    "still_not_taken": news("times", "span", "step"),
    "take_expired": failure(),
    "nobody_answered": failure(),
    "nobody_reached": failure(),
    # Why an incident was handed back by Alertmanager
    "alertmanager_silent": failure("span"),
    "room_responds": news(),
    # What became of an incident
    "meeting_changed": news(),
    "faults_changed": news("faults", "over"),
    "unwatched": news(),
    "verified": news(),
    "taken_over": news("people"),
    "plan_kept": news("old", "new", "version"),
    "plan_adopted": news("old", "new", "version"),
    "helper_silent": failure("people"),
    "not_in_stock": failure("entry"),
    "files_not_made": failure("detail"),
    "entered_for": news("people"),
    # Answers from afar that were not carried out
    "reply_unclear": news(),
    "reply_no_code": news(),
    "reply_wrong_code": news(),
    "reply_expired": news(),
    "reply_too_old": news(),
    "reply_unauthentic": news(),
    "reply_used": news(),
    "reply_taken_meanwhile": news(),
    "reply_over": news(),
    # Checks before a meeting
    "go": news(),
    "no_go": news(),
    "before_meeting": news("minutes"),
}
