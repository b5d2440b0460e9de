"""What the plan does beside telling people, one file each: escalation, remedies, backup, spares, reports, drills."""
