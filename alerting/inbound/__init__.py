"""The ways in for an acknowledgement that need no inbound connection. Does not change an incident by itself."""
