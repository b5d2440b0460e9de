"""Many rooms: one inventory, what Prometheus and Ansible read of it, and rooms that are simulated.

Commands load it. The resident daemon never does.
"""
