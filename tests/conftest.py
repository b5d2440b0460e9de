"""For all tests: machines that run them are shared and slow at times, so that Hypothesis watches no clock."""

from hypothesis import HealthCheck, settings

from alerting.journal import buffered

buffered.PATIENCE = 60.0
"""A shared machine's disk takes seconds at times, and tests read the journal at once (tests/journal/test_slow_disk.py
has its own)."""
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")
