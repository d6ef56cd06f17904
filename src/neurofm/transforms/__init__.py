"""Transforms of data, pure and seeded by a Generator."""
