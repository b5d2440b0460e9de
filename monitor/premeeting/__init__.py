"""The check before a meeting: every probe fresh, one go or no-go."""
