"""The ways in for an acknowledgement that need no inbound connection. Refuses to change an incident by itself."""
