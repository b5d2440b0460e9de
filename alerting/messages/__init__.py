"""Words of notifications: what a message tells, and how it reads in each language and length."""
