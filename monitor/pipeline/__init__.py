"""The way of a reading: schedule, judgement, check state, fault."""
