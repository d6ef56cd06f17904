"""NeuroFM in napari: docks that draw scenes and forward what the user does."""
