"""The one door to scapy: functions that run in a child process only, one dict in and one dict out.

No loop: what is asked every few seconds has its packets built once, in probes/network/packets.py.
"""
