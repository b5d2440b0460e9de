"""Sign-in with a password of one's own: hashes, lock-out after failures, sessions."""
