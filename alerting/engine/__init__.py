"""Decides: what comes in becomes incidents, incidents become messages and work, each change in one transaction."""
