"""Ask for files without leaving the desktop's own dialogs."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget


def ask_open(parent: QWidget, patterns: tuple[str, ...]) -> list[Path]:
    """Files the user chose to open; empty if they thought better of it."""
    names, _ = QFileDialog.getOpenFileNames(parent, "Open", "", f"Recordings ({' '.join(patterns)});;All files (*)")
    return [Path(name) for name in names]


def ask_folder(parent: QWidget) -> Path | None:
    """A folder to open, or None."""
    name = QFileDialog.getExistingDirectory(parent, "Open folder")
    return Path(name) if name else None


def ask_table(parent: QWidget) -> Path | None:
    """A table to join, or None."""
    name, _ = QFileDialog.getOpenFileName(parent, "Add columns", "", "Tables (*.csv *.tsv *.parquet)")
    return Path(name) if name else None


def ask_save(parent: QWidget, title: str, name: str, kinds: str) -> Path | None:
    """Where to write, or None."""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, name, kinds)
    return Path(chosen) if chosen else None
