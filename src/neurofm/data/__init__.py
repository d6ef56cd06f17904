"""Containers: what a recording, tracks, a series and an embedding are. numpy and pandas only."""

from neurofm.data.embedding import Embedding
from neurofm.data.prediction import Prediction
from neurofm.data.recording import Recording, merge
from neurofm.data.series import Series, Spikes
from neurofm.data.tracks import Tracks

__all__ = ["Embedding", "Prediction", "Recording", "Series", "Spikes", "Tracks", "merge"]
