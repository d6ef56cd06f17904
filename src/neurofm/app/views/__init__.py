"""Pictures of a session, one a module: State, scene, hit, describe, SPEC."""
