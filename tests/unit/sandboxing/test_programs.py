"""Programs of ours where a sandbox can read them."""

from pathlib import Path

from passmuster.sandboxing.programs import Programs


def home(folder: Path, text: str = "1") -> Path:
    (folder / "deeper").mkdir(parents=True)
    (folder / "__pycache__").mkdir()
    (folder / "program.py").write_text(text, encoding="utf-8")
    (folder / "deeper" / "data.json").write_text("{}", encoding="utf-8")
    (folder / "__pycache__" / "program.pyc").write_bytes(b"\0")
    return folder / "program.py"


def test_a_program_is_copied_with_what_lies_beside_it(tmp_path: Path) -> None:
    """Everybody can read the copy and nobody else write it, and what Python compiled is not in it."""
    program = home(tmp_path / "ours")
    program.chmod(0o600)

    shown = Programs(tmp_path / "shown").shown(program)

    assert shown.read_text(encoding="utf-8") == "1"
    assert (shown.stat().st_mode & 0o777, shown.parent.stat().st_mode & 0o777) == (0o644, 0o755)
    assert (shown.parent / "deeper" / "data.json").is_file()
    assert not (shown.parent / "__pycache__").exists()


def test_equal_content_is_copied_once(tmp_path: Path) -> None:
    """Wherever it lies; and other content lies elsewhere."""
    programs = Programs(tmp_path / "shown")
    one, same, other = (home(tmp_path / name, text) for name, text in (("a", "1"), ("b", "1"), ("c", "2")))

    assert programs.shown(one) == programs.shown(same) == Programs(tmp_path / "shown").shown(one)
    assert programs.shown(other) != programs.shown(one)
    assert len(list((tmp_path / "shown").iterdir())) == 2


def test_what_was_interrupted_is_not_used(tmp_path: Path) -> None:
    """A copy appears under its name only when it is whole."""
    program = home(tmp_path / "ours")
    programs = Programs(tmp_path / "shown")
    passing = tmp_path / "shown" / f".{programs.fingerprint(program)}.0123456789abcdef"
    passing.mkdir(parents=True)

    shown = programs.shown(program)

    assert shown.read_text(encoding="utf-8") == "1"
