"""The attacks of bench/attack.py: a file for each subject, a line for each attack in table.py."""
