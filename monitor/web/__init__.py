"""Pages and machine-readable endpoints."""
