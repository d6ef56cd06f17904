"""The systems, one a module: Config, Model, SPEC."""
