"""The manifest says of the plugin what the code says."""

from __future__ import annotations

from importlib.metadata import metadata
from pathlib import Path

import pytest
import yaml
from npe2 import PluginManifest

import napari_neurofm
from neurofm import registry
from neurofm.app.commands import COMMANDS
from neurofm.app.samples import BY_NAME
from tests.app import conftest

HERE = Path(napari_neurofm.__file__).parent / "napari.yaml"


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    return PluginManifest.from_file(HERE)


def test_both_places_hold_the_same_text():
    assert HERE.read_text("utf8") == (HERE.parents[1] / "napari.yaml").read_text("utf8")


def test_it_bears_the_name_of_the_distribution(manifest):
    assert manifest.name == metadata("napari-neurofm")["Name"]


def test_reader_patterns_are_those_of_the_readers(manifest):
    specs = [registry.get("neurofm.io", name) for name in registry.names("neurofm.io")]
    (reader,) = manifest.contributions.readers
    assert sorted(reader.filename_patterns) == sorted({p for spec in specs for p in spec.patterns} | {"*.neurofm"})
    assert reader.accepts_directories == any(spec.folder for spec in specs)


def test_a_session_is_ours_and_gives_the_layers_of_its_recordings(tmp_path, monkeypatch):
    from napari_neurofm.reader import get_reader
    from neurofm.app.pictures.layers import layers
    from neurofm.app.session import Session
    from neurofm.synthetic.demo import demo

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    recordings = demo(duration=5.0)
    path = str(Session(recordings).save(tmp_path / "work.neurofm"))
    read = get_reader(path)
    assert read is not None
    assert len(read(path)) == sum(len(layers(recording)) for recording in recordings)
    assert get_reader([path, path]) is None
    assert get_reader(str(tmp_path / "nothing")) is None


def test_the_folder_of_a_run_is_ours_inside_the_window_alone(tmp_path, monkeypatch):
    from napari_neurofm.reader import get_reader

    (tmp_path / "config.json").write_text("{}")  # another program's
    assert get_reader(str(tmp_path)) is None
    conftest.make_run(tmp_path)
    for window in (True, False):
        monkeypatch.setattr("napari_neurofm.docks.has_window", lambda there=window: there)
        assert (get_reader(str(tmp_path)) is not None) == window


def test_every_view_has_a_dock_under_its_title(manifest):
    widgets = {w.command.rpartition(".")[2]: w.display_name for w in manifest.contributions.widgets}
    for name in registry.names("neurofm.app.views"):
        assert widgets.get(name) == registry.get("neurofm.app.views", name).title


def test_the_palette_offers_what_the_commands_say(manifest):
    docks = {w.command.rpartition(".")[2] for w in manifest.contributions.widgets}
    others = docks | set(BY_NAME) | {"read"}  # readers and samples are no commands
    offered = {c.id.rpartition(".")[2]: c.title for c in manifest.contributions.commands}
    assert {n: t for n, t in offered.items() if n not in others} == {c.name: c.palette for c in COMMANDS if c.palette}


def test_samples_are_those_of_the_backend(manifest):
    offered = {sample.key: sample.display_name for sample in manifest.contributions.sample_data}
    assert offered == {sample.name: sample.title for sample in BY_NAME.values()}


def test_every_command_can_be_imported(manifest):
    manifest.validate_imports()


def test_menus_are_those_that_a_plugin_may_extend(manifest):
    from napari._app_model.constants import MenuId

    assert set(manifest.contributions.menus) <= {menu.value for menu in MenuId.contributables()}


def test_preferences_are_those_that_the_code_reads(manifest):
    from dataclasses import fields

    from napari_neurofm.preferences import Preferences

    (work,) = manifest.contributions.configurations.values()
    assert {k: p.default for k, p in work.properties.items()} == {f.name: f.default for f in fields(Preferences)}


def test_yaml_has_no_key_twice():
    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node, deep=False):
            keys = [self.construct_object(k, deep=deep) for k, _ in node.value]
            assert len(keys) == len(set(keys))
            return super().construct_mapping(node, deep)

    yaml.load(HERE.read_text("utf8"), Strict)
