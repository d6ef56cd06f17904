"""One training loop for all models; runs, checkpoints and fine-tuning."""

from neurofm.training.run import Run, load
from neurofm.training.fit import finetune, train

__all__ = ["Run", "finetune", "load", "train"]
