"""What the plan speaks of: faults and their catalogue, incidents, meetings, and what is done about an incident."""
