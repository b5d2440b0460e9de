"""Whether a meeting runs in the room: evidence in, one verdict out."""
