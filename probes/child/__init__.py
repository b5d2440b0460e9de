"""Work in a child process with limits: how it is started, and the child's side of it."""
