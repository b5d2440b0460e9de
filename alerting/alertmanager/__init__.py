"""Prometheus' Alertmanager: what the room posts to it, and which of its silences hold for the room."""
