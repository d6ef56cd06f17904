"""What a user set in napari's preferences."""

from __future__ import annotations

import os
from dataclasses import dataclass

PLUGIN = "napari-neurofm"


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """Choices that hold for every session.

    Parameters
    ----------
    device : what to train on
    threads : cores that a job may use; 0 for all
    runs : folder in which trained models are kept; the user's data folder if ""
    autosave : minutes between two looks at whether the session has changed
    umap : whether the latent space of a run is drawn by UMAP by itself, while nothing else is to be done
    video : megabytes of decoded frames that are kept, of all videos together
    copies : whether small copies of videos are made by themselves, so that every frame is at hand
    """

    device: str = "auto"
    threads: int = 0
    runs: str = ""
    autosave: float = 1.0
    umap: bool = True
    video: int = 1024
    copies: bool = True

    def apply(self) -> None:
        """Tell the processes that are started from now on."""
        if self.threads:
            os.environ["OMP_NUM_THREADS"] = str(self.threads)
        if self.video != Preferences.video:
            os.environ["NEUROFM_VIDEO_MB"] = str(self.video)
        if not self.copies:
            os.environ["NEUROFM_VIDEO_COPIES"] = "0"


def preferences() -> Preferences:
    """The preferences as they are now; the defaults where napari has none for plugins (before 0.9)."""
    try:
        from napari.settings import get_plugin_settings
    except ImportError:
        return Preferences()
    try:
        work = get_plugin_settings(PLUGIN).work
    except KeyError:  # the plugin is not installed, only imported
        return Preferences()
    names = ("device", "threads", "runs", "autosave", "umap", "video", "copies")
    return Preferences(**{name: getattr(work, name) for name in names})
