"""Documents for people: reports, reviews and the plan. Only a child process or a command imports them."""
