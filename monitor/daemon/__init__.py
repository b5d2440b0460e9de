"""The daemon's process: start, signals, state folder, heartbeat."""
