"""Containers: what a recording, a series and an embedding are. numpy and pandas only."""

from neurofm.data.embedding import Embedding
from neurofm.data.prediction import Prediction
from neurofm.data.recording import Recording, merge
from neurofm.data.series import Series, Spikes

__all__ = ["Embedding", "Prediction", "Recording", "Series", "Spikes", "merge"]
