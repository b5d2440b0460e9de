"""Drills (模拟演练): a fault that is only injected runs the real chain, marked as a drill, and is scored."""
