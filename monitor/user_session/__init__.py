"""The session part: what only the room user's own session may see, answered as numbers, one process a call."""
