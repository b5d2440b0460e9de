"""The outbox: what was decided goes out at least once, in order, and what became of each is recorded."""
