"""What several probes read from the kernel and from the sound server."""
