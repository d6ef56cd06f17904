"""Which NeuroFM this is; below everything, so that a run can say it without importing the package's names."""

VERSION = "0.1.0"
