"""How models learn, a course a module; see `neurofm.training.course`."""
