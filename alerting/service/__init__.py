"""The one service over the engine: what a room's daemon uses for its room, and a site for many."""
