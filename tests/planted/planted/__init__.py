"""What another distribution might add to NeuroFM: data with a clock and without one, a view and a verb."""
