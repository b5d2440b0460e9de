"""What the kernel and systemd say, as calls on the event loop."""
