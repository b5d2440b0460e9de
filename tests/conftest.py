"""For all tests: machines that run them are shared and slow at times, so that Hypothesis watches no clock."""

from hypothesis import HealthCheck, settings

settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")
