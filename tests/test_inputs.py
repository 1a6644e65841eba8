"""What `kerata predict` reads: arrays, tables and pictures, from files and from standard input."""

import io
import json
import sys

import numpy as np
import pytest
from PIL import Image

import kerata
from kerata import graph, inputs
from kerata.__main__ import main
from kerata.formats import safetensors
from kerata.quantization import Stored
from tests.conftest import SHIPPED
from tests.support.cases import sequential_config


def model_of(*shapes, dtype="float32"):
    """A model of these inputs, `a`, `b`, …, which it gives back."""
    names = "abc"[: len(shapes)]
    layers = [
        {"class_name": "InputLayer", "name": name, "inbound_nodes": [],
         "config": {"name": name, "batch_shape": [None, *shape], "dtype": dtype}}
        for name, shape in zip(names, shapes, strict=True)
    ]  # fmt: skip
    ends = [[name, 0, 0] for name in names]
    body = {"name": "m", "layers": layers, "input_layers": ends, "output_layers": ends}
    return kerata.Model(graph.read({"class_name": "Functional", "config": body}, {}))


def saved(path, data):
    path.write_bytes(data)
    return str(path)


def packed(save, *args, **options):
    file = io.BytesIO()
    save(file, *args, **options)
    return file.getvalue()


def picture(array, kind="PNG"):
    return packed(Image.fromarray(array).save, format=kind)


GRAY = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
COLORS = np.stack([GRAY, GRAY + 1, GRAY + 2], -1)
WIDE = np.repeat(COLORS, 2, 1)


@pytest.mark.parametrize(
    ("shape", "data", "expected"),
    [
        ((2, 3, 1), picture(GRAY), GRAY[None, ..., None]),
        ((2, 3), picture(GRAY), GRAY[None]),
        ((6,), picture(GRAY), GRAY.reshape(1, 6)),
        ((2, 3, 3), picture(COLORS), COLORS[None]),
        ((None, None, 3), picture(COLORS), COLORS[None]),
        ((3, 2, 3), picture(COLORS), None),
        (
            (3, None, 5),
            picture(np.repeat(COLORS, 2, 1)[:, :5]),
            np.moveaxis(np.repeat(COLORS, 2, 1)[:, :5], -1, 0)[None],
        ),
        ((2, 3, 3), picture(GRAY), np.stack([GRAY] * 3, -1)[None]),
        ((2, 3, 1), picture(GRAY.astype(np.uint16) * 200), GRAY[None, ..., None] * 200.0),
        ((4,), packed(np.save, np.ones((2, 4))), np.ones((2, 4))),
        ((4,), packed(np.savez, np.ones((2, 4))), np.ones((2, 4))),
        ((2,), b"1,2\n3,4.5\n", [[1, 2], [3, 4.5]]),
        ((2, 1), b"\xef\xbb\xbfwidth,height\r\n1,2\r\n\r\n3,4\r\n", [[[1], [2]], [[3], [4]]]),
        ((), b"1\n2\n", [1, 2]),
        ((None,), b"1,2,3\n", [[1, 2, 3]]),
    ],
    ids=lambda value: str(value)[:12] if isinstance(value, tuple | bytes) else "",
)
def test_the_first_bytes_tell_what_a_file_holds(shape, data, expected, tmp_path):
    path = saved(tmp_path / "x", data)
    if expected is None:
        with pytest.raises(kerata.InputError, match=r"expected a picture of shape \(3, 2, 3\), received \(2, 3, 3\)"):
            inputs.read(path, model_of(shape))
    else:
        found = inputs.read(path, model_of(shape))
        assert found.shape == np.shape(expected)
        assert np.array_equal(found, np.asarray(expected, np.float32))


def test_words_and_several_inputs_come_from_a_table(tmp_path):
    assert inputs.read(saved(tmp_path / "x", b"a,b\nc,d\n"), model_of((2,), dtype="string")).tolist() == [
        ["a", "b"],
        ["c", "d"],
    ]
    model = model_of((1,), ())
    found = inputs.read(saved(tmp_path / "x", b"b,other,a\n1,x,2\n3,y,4\n"), model)
    assert {name: array.tolist() for name, array in found.items()} == {"a": [[2], [4]], "b": [1, 3]}
    model.predict(found)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "expected comma-separated values"),
        (b"1,2\n3\n", "the same number in each line"),
        (b"a,b\n1,x\n", "x, line 2: expected numbers, received 'x'"),
        (b"a,b\n", "x: expected lines of values, received names alone"),
        (b"\xff\xfe\x00", "expected .npy, .npz, .png, .jpg or comma-separated"),
        (picture(GRAY)[:-40], "the picture is damaged"),
        (packed(np.save, np.array([{}], object)), "expected arrays as numpy.save writes them"),
        (b"PK\x03\x04garbage", "expected arrays as numpy.save writes them"),
        (packed(np.save, np.ones((2, 3))).replace(b"(2, 3)", b"(2, 3 "), "expected arrays as numpy.save writes them"),
    ],
)
def test_what_is_none_of_them_is_one_sentence(data, sentence, tmp_path):
    with pytest.raises(kerata.InputError) as caught:
        inputs.read(saved(tmp_path / "x", data), model_of((2,)))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("number", ["1.5", "nan", "inf", "1e300", "300", "-1", ""])
def test_whole_numbers_come_from_a_table_as_they_are_or_not_at_all(number, tmp_path):
    long = model_of((2,), dtype="int64")
    assert inputs.read(saved(tmp_path / "x", b"9007199254740993,3.0\n"), long).tolist() == [[2**53 + 1, 3]]
    with pytest.raises(kerata.InputError, match=f"x, line 2: expected whole numbers of uint8, received '{number}'"):
        inputs.read(saved(tmp_path / "x", f"1,2\n{number},2\n".encode()), model_of((2,), dtype="uint8"))


def test_a_table_without_an_input_and_a_picture_for_several_are_refused(tmp_path):
    with pytest.raises(kerata.InputError, match="received no 'b'"):
        inputs.read(saved(tmp_path / "x", b"a,c\n1,2\n"), model_of((1,), (1,)))
    with pytest.raises(kerata.InputError, match="received names alone"):
        inputs.read(saved(tmp_path / "x", b"a,b\n"), model_of((1,), (1,)))
    with pytest.raises(kerata.InputError, match="received a picture"):
        inputs.read(saved(tmp_path / "x", picture(GRAY)), model_of((2, 3), (2, 3)))


def test_without_pillow_a_picture_is_told_what_it_needs(tmp_path, monkeypatch):
    path = saved(tmp_path / "x", picture(GRAY))
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(kerata.KerataError, match=r"pip install 'kerata\[pictures\]'"):
        inputs.read(path, model_of((2, 3)))


def test_numbered_arrays_are_a_list_and_named_ones_a_dict(tmp_path):
    np.savez(tmp_path / "listed.npz", np.zeros(1), np.ones(1))
    np.savez(tmp_path / "named.npz", a=np.zeros(1))
    assert [array.tolist() for array in inputs.read_arrays(tmp_path / "listed.npz")] == [[0], [1]]
    assert set(inputs.read_arrays(tmp_path / "named.npz")) == {"a"}


def test_the_page_s_network_reads_a_digit_from_standard_input(article_three, monkeypatch, capsys):
    pixels = np.rint(article_three * 255).astype(np.uint8)
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": io.BytesIO(picture(pixels))}))
    assert main(["predict", str(SHIPPED), "-", "--divide-by", "255", "--json"]) == 0
    assert np.argmax(json.loads(capsys.readouterr().out)) == 3


@pytest.mark.parametrize("divisor", ["0", "nan", "inf", "-1", "x"])
def test_a_divisor_that_is_none_is_refused(divisor, capsys):
    with pytest.raises(SystemExit):
        main(["predict", str(SHIPPED), "x.png", "--divide-by", divisor])
    assert f"invalid divisor value: {divisor!r}" in capsys.readouterr().err


def test_a_missing_batch_axis_is_hinted_at(tmp_path, capsys):
    with pytest.raises(kerata.InputError, match=r"received \(2, 3\); the batch axis is missing, as in x\[None\]\."):
        model_of((2, 3)).predict(np.ones((2, 3)))
    with pytest.raises(kerata.InputError, match=r"received \(2, 4\)\."):
        model_of((2, 3)).predict(np.ones((2, 4)))


def test_weights_apart_are_given_by_an_option(dense_config, tmp_path, capsys):
    (tmp_path / "m.json").write_text(json.dumps(dense_config))
    weights = {"d/kernel": np.ones((3, 2), "f4"), "d/bias": np.zeros(2, "f4")}
    stored = {name: Stored(weight) for name, weight in weights.items()}
    (tmp_path / "w.safetensors").write_bytes(safetensors.write(sequential_config((3,)), stored, None, {}))
    (tmp_path / "x.csv").write_text("1,2,3\n")
    apart = [str(tmp_path / "m.json"), "--weights", str(tmp_path / "w.safetensors")]
    assert main(["predict", *apart, str(tmp_path / "x.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [[6, 6]]
    assert main(["convert", *apart, str(tmp_path / "m.safetensors"), "--json"]) == 0
    sizes = [(tmp_path / name).stat().st_size for name in ("m.json", "w.safetensors")]
    assert json.loads(capsys.readouterr().out)["source_size"] == sum(sizes)
    assert main(["convert", *apart, str(tmp_path / "w.safetensors")]) == 1
    assert "is also the source" in capsys.readouterr().err
