"""What hinders the monitor on this machine. Refuses to mend anything by itself."""
