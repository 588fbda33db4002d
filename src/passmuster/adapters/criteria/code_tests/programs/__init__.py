"""Programs that run inside a sandbox, next to the answer's files; nothing here imports passmuster."""
