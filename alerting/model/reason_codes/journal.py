"""Why the journal cannot be read or written."""

from collections.abc import Mapping

from alerting.model.reason_codes.code import ReasonCode, failure

CODES: Mapping[str, ReasonCode] = {
    "journal_full": failure("place"),
    "journal_read_only": failure("place"),
    "journal_not_opened": failure("place"),
    "journal_disk": failure("place"),
    "journal_slow": failure("seconds"),
    "journal_busy": failure(),
    "journal_damaged": failure(),
    "journal_rebuilt": failure(),
    "journal_replaced": failure(),
    "journal_too_new": failure("found", "known"),
    "journal_error": failure("detail"),
    "journal_rows_passed_over": failure(),
    "journal_none": failure("file"),
    "journal_barred": failure("file"),
}
