"""The fronts, measured: each module is a program that a bench of the backend starts, since that may import no front."""
