"""Reproduction and speed tables, measured now: `neurofm bench`."""
