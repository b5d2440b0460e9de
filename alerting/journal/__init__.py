"""The journal: what was decided, sent and done, in SQLite, committed before anything is acted upon."""

from alerting.journal.rows import Event, Notification, NotificationState
from alerting.journal.store import Journal, JournalReader, JournalTooNew

__all__ = ["Event", "Journal", "JournalReader", "JournalTooNew", "Notification", "NotificationState"]
