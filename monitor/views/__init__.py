"""The room's state in people's words, for terminal and page."""
