"""Simulated data with known truth, one generator a module."""
