"""Papers on drills."""
