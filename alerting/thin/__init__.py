"""The first, small engine of the plan; the full one replaces it file by file. Refuses to grow."""
