"""Names from files on a terminal: nothing in them is obeyed, and no sentence grows with the file."""

import json

import numpy as np
import pytest

import kerata
from kerata import graph
from kerata.__main__ import main
from kerata.text import printable, sentence
from tests.support.cases import sequential_config

HOSTILE = "\x1b[2J\x9b31m\r\u202eevil\x07\udcff"  # clears the screen, colors, goes back, turns the direction, rings
ESCAPED = r"\x1b[2J\x9b31m\r\u202eevil\x07\udcff"


def model():
    config = sequential_config((2,), ("Dense", {"name": HOSTILE, "units": 1}))
    config["config"]["name"] = HOSTILE
    return config, {f"{HOSTILE}/kernel": np.ones((2, 1), "f4"), f"{HOSTILE}/bias": np.zeros(1, "f4")}


@pytest.mark.parametrize("text", ["plain", "naïve ☃ 漢字", "é" * 300])
def test_text_that_is_printable_stays(text):
    assert printable(text) == sentence(text) == text


def test_a_sentence_keeps_its_end_where_it_is_cut():
    text = sentence(f"Layer {'a' * 10**6!r}: expected\n one thing, received another; save it again.")
    assert len(text) in (299, 300)
    assert text.startswith("Layer 'aaa") and text.endswith(": expected one thing, received another; save it again.")
    assert len(sentence(HOSTILE * 1000)) == 300


@pytest.mark.parametrize("kind", [kerata.KerataError, *kerata.KerataError.__subclasses__()])
def test_every_error_is_one_short_printable_line(kind):
    text = str(kind(f"Weight {'x' * 1000}\x1b\n[]"))
    assert len(text) == 300 and text.isprintable()


def assert_escaped(printed):
    assert ESCAPED in printed.replace("\n", "")
    assert all(each.isprintable() or each == "\n" for each in printed)


def test_a_summary_escapes_names(capsys):
    kerata.Model(graph.read(*model())).summary()
    assert_escaped(capsys.readouterr().out)


def test_info_and_its_errors_escape_names(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    config, _ = model()
    path = tmp_path / "m.json"
    path.write_text(json.dumps(config))
    assert main(["info", str(path)]) == 0
    assert_escaped(capsys.readouterr().out)
    config["config"]["layers"][1]["class_name"] = HOSTILE
    path.write_text(json.dumps(config))
    assert main(["info", str(path)]) == 1
    assert_escaped(capsys.readouterr().out)
    assert main(["predict", str(path), "x.npy"]) == 1
    printed = capsys.readouterr().err
    assert printed.rstrip("\n").isprintable()
    assert main(["info", str(tmp_path / HOSTILE[:-1])]) == 1
    assert ESCAPED[:-6] in capsys.readouterr().err


def test_predict_escapes_the_names_of_outputs_and_text(tmp_path, monkeypatch, capsys):
    answers = {HOSTILE: np.array([HOSTILE, HOSTILE.encode(errors="replace")], object)}
    model = type("Model", (), {"predict": lambda self, x: answers})()
    monkeypatch.setattr("kerata.__main__.load_model", lambda *_, **options: model)
    np.save(tmp_path / "x.npy", np.ones(1))
    assert main(["predict", "m.keras", str(tmp_path / "x.npy")]) == 0
    assert_escaped(capsys.readouterr().out)
