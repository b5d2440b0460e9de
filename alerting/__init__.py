"""Runs the response plan: faults become incidents, incidents become due steps, steps become deliveries."""
