"""The monitor's end of the session part, and the protocol that both ends share."""
