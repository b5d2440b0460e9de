"""The first hour of a room: what is asked, what was found on the machine, and the files that come of it."""
