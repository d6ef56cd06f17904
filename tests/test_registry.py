"""What there is to choose from: found without imports, also what other distributions add, also if that is broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from neurofm import registry

WAVE = """
from types import SimpleNamespace
{spec} = SimpleNamespace(title="Wave", patterns=("*.wave",), folder=False, accepts=lambda path: False)
"""
BROKEN = {
    "missing": "",  # no such module
    "raises": "raise RuntimeError('no\\nlicence')",
    "unspoken": "x = 1",
    "garbled": "SPEC = = 1",
    "nowhere": None,  # no module is named
}


def written(folder: Path, text: str) -> str:
    """A package of one module with this text, which can be imported; its name."""
    name = f"lab_{folder.name}"
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("")
    (folder / name / "reader.py").write_text(text)
    return f"{name}.reader"


def place(name: str) -> str:
    """What the entry point of a module says."""
    return ":" if name == "nowhere" else f"{name}_waves.module"


def planted(folder: Path, modules: dict[str, str | None], group: str = "neurofm.models") -> None:
    """A distribution as pip would leave it, that adds modules: the names they go by, and their text."""
    for name, text in modules.items():
        if text:
            (folder / f"{name}_waves").mkdir()
            (folder / f"{name}_waves" / "module.py").write_text(text)
    about = folder / "lab_waves-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-waves\nVersion: 1.0\n")
    points = [f"{name} = {place(name)}" for name in modules]
    (about / "entry_points.txt").write_text("\n".join([f"[{group}]", *points]))


def ran(folder: Path, code: str) -> str:
    """What `code` prints where the distributions in `folder` are installed."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\nfrom neurofm import registry\n{code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("package", ["models", "io", "app.views", "transforms", "bench"])
def test_names_are_those_of_the_public_modules(package: str) -> None:
    folder = Path(registry.__file__).parent / package.replace(".", "/")
    assert registry.names(f"neurofm.{package}") == sorted(p.stem for p in folder.glob("[a-z]*.py"))


def test_what_is_named_is_not_imported() -> None:
    code = "registry.names('neurofm.models'); print('torch' in sys.modules, 'neurofm.models.poyo' in sys.modules)"
    assert ran(Path.cwd(), code) == "False False"


@pytest.mark.parametrize("ask", [registry.get, lambda package, name: registry.said(package, name, "title")])
def test_an_unknown_name_is_told_those_there_are(ask) -> None:
    with pytest.raises(LookupError, match=r"no model 'poyoo'; there are .*mtm, .*poyo, .*did you mean 'poyo'\?"):
        ask("neurofm.models", "poyoo")


@pytest.mark.parametrize(("package", "field"), [("models", "title"), ("models", "course"), ("io", "patterns")])
def test_what_is_said_is_what_the_module_has_where_it_is_plain(package: str, field: str) -> None:
    for name, spec in registry.specs(f"neurofm.{package}").items():
        assert registry.said(f"neurofm.{package}", name, field, getattr(spec, field)) == getattr(spec, field)
    assert registry.said("neurofm.models", "poyo", "build", "not plain") == "not plain"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("SPEC = Spec(title='a')", "a"),
        ("SPEC: ReaderSpec = Spec(title='a')", "a"),
        ("SPEC: ReaderSpec\nSPEC = Spec(title='a')", "a"),
        ("spec = SPEC = Spec(title='a')", "a"),
        ("# ünicode\nSPEC = Spec(**more, title='a')", "a"),
        ("OTHER = Spec(title='a')", None),
        ("SPEC = Spec(title=name())", None),
        ("SPEC = Spec(title={[]: 1})", None),
        ("SPEC = make", None),
        ("", None),
    ],
)
def test_a_spec_is_read_off_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, title: str) -> None:
    module = written(tmp_path, text)
    monkeypatch.syspath_prepend(tmp_path)
    assert registry._literals(module) == ({} if title is None else {"title": title})


@pytest.mark.parametrize("spec", ["SPEC", "SPEC: SimpleNamespace"])
def test_a_distribution_adds_a_module(tmp_path: Path, spec: str) -> None:
    planted(tmp_path, {"wave": WAVE.format(spec=spec)})
    said = ran(
        tmp_path,
        "assert 'wave' in registry.names('neurofm.models')\n"
        "print(registry.said('neurofm.models', 'wave', 'patterns'), 'wave_waves.module' in sys.modules)\n"
        "print(registry.get('neurofm.models', 'wave').title)",
    )
    assert said == "('*.wave',) False\nWave"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_distribution_is_named_when_it_is_asked_for(tmp_path: Path, name: str) -> None:
    planted(tmp_path, {name: BROKEN[name]})
    said = ran(
        tmp_path,
        f"print(registry.said('neurofm.models', {name!r}, 'patterns', 'none'))\n"
        f"try: registry.get('neurofm.models', {name!r})\nexcept ImportError as error: print(error)",
    )
    patterns, message = said.split("\n")
    assert patterns == "none"
    assert message.startswith(f"'{name}' cannot be used: the module '{place(name)}' of the distribution 'lab-waves'")
    assert " cannot be imported (" in message
    assert message.endswith("update that distribution or uninstall it")


def test_a_broken_distribution_takes_nothing_else_down(tmp_path: Path) -> None:
    planted(tmp_path, BROKEN | {"wave": WAVE.format(spec="SPEC"), "nwb": WAVE.format(spec="SPEC")}, "neurofm.io")
    said = ran(
        tmp_path,
        "import warnings\nfrom neurofm import io\n"
        "with warnings.catch_warnings(record=True) as told:\n"
        "    warnings.simplefilter('always')\n"
        "    specs = registry.specs('neurofm.io')\n"
        "print(*sorted(set(registry.names('neurofm.io')) - set(specs)), len(told))\n"
        "print(specs['wave'].title, specs['nwb'].title)\n"  # which is ours and not replaced
        f"try: io.read({__file__!r})\nexcept io.DataError as error: print(error)",
    )
    left_out, titles, refused = said.split("\n")
    assert left_out == f"{' '.join(sorted(BROKEN))} {len(BROKEN)}"
    assert titles == "Wave NWB"
    assert "Wave (*.wave)" in refused


@pytest.mark.parametrize(
    ("about", "owner"),
    [("Name: lab-odd\n", "the distribution 'lab-odd'"), ("", "another distribution")],
    ids=["named", "nameless"],
)
def test_a_garbled_list_of_entry_points_is_warned_of(tmp_path: Path, about: str, owner: str) -> None:
    planted(tmp_path, {"wave": WAVE.format(spec="SPEC")})
    odd = tmp_path / "lab_odd-1.0.dist-info"
    odd.mkdir()
    (odd / "entry_points.txt").write_text("[neurofm.models]\nnonsense\n")
    if about:
        (odd / "METADATA").write_text(f"Metadata-Version: 2.1\n{about}Version: 1.0\n")
    said = ran(
        tmp_path,
        "import warnings\n"
        "with warnings.catch_warnings(record=True) as told:\n"
        "    warnings.simplefilter('always')\n"
        "    print(registry.get('neurofm.models', 'wave').title, *(w.message for w in told), sep='\\n')",
    )
    title, warning = said.split("\n")
    assert title == "Wave"
    assert warning.startswith(f"what {owner} adds cannot be read (")


@pytest.mark.parametrize(
    ("package", "given", "name"),
    [
        ("neurofm.models", "POYO", "poyo"),
        ("neurofm.models", "swap-vae", "swap_vae"),
        ("neurofm.models", "BAMS 2022", "bams_2022"),
        ("neurofm.app.views", "Latent 2", "latent 2"),
        ("neurofm.app.views", "Latent space", "latent"),
        ("neurofm.io", "NWB", "nwb"),
    ],
)
def test_names_go_in_any_case_and_by_their_title(package, given, name):
    assert registry.called(package, given) == name


def test_what_is_called_otherwise_is_refused_with_what_is_near():
    with pytest.raises(LookupError, match=r"no reader 'NWBB'; there are .*; did you mean 'nwb'"):
        registry.called("neurofm.io", "NWBB")
    with pytest.raises(LookupError, match="no model list"):
        registry.called("neurofm.models", ["poyo"])
