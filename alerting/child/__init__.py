"""What the child processes of this package share: their limits, and how they are ended."""
