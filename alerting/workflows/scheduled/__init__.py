"""Scheduled tasks: what the plan wants by the calendar. Each reminds once for each occasion, by day, over restarts."""
