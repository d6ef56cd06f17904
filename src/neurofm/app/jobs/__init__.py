"""Long work in processes of its own: the queue that fronts follow, and the worker at its other end."""

from neurofm.app.jobs.queue import Job, Jobs

__all__ = ["Job", "Jobs"]
