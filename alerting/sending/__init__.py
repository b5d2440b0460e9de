"""The way out: a child process holds Apprise, the daemon speaks to it in lines."""
