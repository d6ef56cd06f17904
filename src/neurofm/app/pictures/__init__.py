"""Pictures as data, and how they are coloured, controlled and written."""
