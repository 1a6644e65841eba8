"""What `kerata.convert` and `kerata predict --out` write to, and what they leave alone."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import kerata
from kerata import files
from kerata.__main__ import main
from tests.support.cases import GOLDEN, model_input

SMALL = GOLDEN / "models" / "keras3_small.keras"


@pytest.fixture
def folder(tmp_path):
    """A model `m.keras`, its conversion `m.safetensors` and an input `x.npy`."""
    shutil.copy(SMALL, tmp_path / "m.keras")
    kerata.convert(SMALL, tmp_path / "m.safetensors")
    np.save(tmp_path / "x.npy", model_input("small"))
    return tmp_path


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("convert m.keras m.keras", "expected a name ending in .safetensors, received 'm.keras'"),
        ("convert m.keras m.h5", "expected a name ending in .safetensors, received 'm.h5'"),
        ("convert m.safetensors m.safetensors --quantize int8", "'m.safetensors' is also the source"),
        ("convert m.safetensors hard.safetensors", "'hard.safetensors' is also the source"),
        ("convert m.safetensors link.safetensors", "'link.safetensors' is also the source"),
        ("convert m.keras away.safetensors", "is a link, a folder or a device"),
        ("convert m.keras lost.safetensors", "is a link, a folder or a device"),
        ("convert m.keras no/where.safetensors", "folder 'no' does not exist"),
        ("predict m.keras x.npy --out x.npy", "'x.npy' is also the source"),
        ("predict m.keras x.npy --out m.keras", "expected a name ending in .npy or .npz, received 'm.keras'"),
        ("predict m.keras x.npy --out y.csv", "expected a name ending in .npy or .npz, received 'y.csv'"),
        ("predict m.keras x.npy --out folder.npy", "is a link, a folder or a device"),
    ],
)
def test_a_target_that_must_not_be_written_is_refused_and_nothing_changes(
    command, sentence, folder, monkeypatch, capsys
):
    monkeypatch.chdir(folder)
    os.link("m.safetensors", "hard.safetensors")
    (folder / "link.safetensors").symlink_to("m.safetensors")
    (folder / "away.safetensors").symlink_to("x.npy")
    (folder / "lost.safetensors").symlink_to("nowhere")
    (folder / "folder.npy").mkdir()
    before = {path.name: path.is_file() and path.read_bytes() for path in folder.iterdir()}
    assert main(command.split()) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert {path.name: path.is_file() and path.read_bytes() for path in folder.iterdir()} == before


def test_a_link_of_the_former_name_of_a_part_is_left_alone(folder):
    (folder / "victim").write_text("mine")
    (folder / "y.npy.part").symlink_to("victim")
    (folder / "c.safetensors.part").symlink_to("victim")
    assert main(["predict", str(SMALL), str(folder / "x.npy"), "--out", str(folder / "y.npy")]) == 0
    kerata.convert(SMALL, folder / "c.safetensors")
    assert (folder / "victim").read_text() == "mine"
    assert (folder / "y.npy.part").is_symlink() and (folder / "c.safetensors.part").is_symlink()


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path):
    target = tmp_path / "y.npy"
    target.write_text("old")

    def fail(file):
        file.write(b"new")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write_whole(target, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["y.npy"]
    assert target.read_text() == "old"


def test_a_written_file_may_be_read_by_whom_the_umask_lets(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_whole(tmp_path / "y", lambda file: file.write(b"new"))
    finally:
        os.umask(before)
    assert (tmp_path / "y").stat().st_mode & 0o777 == 0o640


def test_an_npz_names_even_an_output_called_file(folder, monkeypatch):
    answers = {"file": np.ones(2, np.float32), "word": np.array([b"a", b"bee"], object)}
    monkeypatch.setattr(kerata.Model, "predict", lambda self, x: answers)
    assert main(["predict", str(SMALL), str(folder / "x.npy"), "--out", str(folder / "y.npz")]) == 0
    with np.load(folder / "y.npz", allow_pickle=False) as written:
        assert {name: array.tolist() for name, array in written.items()} == {"file": [1, 1], "word": [b"a", b"bee"]}
    assert main(["predict", str(SMALL), str(folder / "x.npy"), "--out", str(folder / "y.npy")]) == 1


def test_ctrl_c_ends_with_130_and_no_traceback(folder):
    code = "import kerata.__main__ as m, signal, os; m.convert = lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)"
    code += "; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a background job of a shell ignores it
    code += "; raise SystemExit(m.main(['convert', 'm.keras', 'y.safetensors']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")
