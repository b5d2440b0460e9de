"""The outbox: what was decided goes out at least once, in order, and every fate is recorded."""
