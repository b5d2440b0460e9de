"""What the plan does about an incident, one file each: escalation, remedies, backup, spares, reports, drills."""
