"""The docks in Qt."""
