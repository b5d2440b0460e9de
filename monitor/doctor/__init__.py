"""What hinders the monitor on this machine."""
