"""The periodic evaluation (定期评估): all incidents and drills of a time, weak points, open improvements."""
