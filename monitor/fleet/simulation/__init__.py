"""Rooms that are not there: their metrics pages over time, by a scenario. For demonstrations, sizing and tests."""
