"""Documents for people: reports, reviews and the plan. Only a child process or a command imports them, but
for a report's timeline, which the incident's page shows too."""
