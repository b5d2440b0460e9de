"""The journal in an SQLite file: the only place that knows of sqlite3 and of SQL for the journal's tables."""
