"""One training loop for all models; runs, checkpoints and fine-tuning."""

from neurofm.training.fit import finetune, train
from neurofm.training.run import Run, load

__all__ = ["Run", "finetune", "load", "train"]
