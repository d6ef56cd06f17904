"""What can be asked of a session: each module has one SPEC with its task, its script lines, what is kept and shown."""
