"""Model files: what is read, what is written, and what damaged or foreign bytes are answered with."""

import io
import json
import struct
import zipfile

import numpy as np
import pytest
import safetensors.numpy

from kerata import KerataError, ModelFileError, formats, load_model
from kerata.formats import hdf5, keras_zip
from kerata.formats.saved import LARGEST_EXPANSION, check_size
from tests.cases import GOLDEN
from tests.conftest import SHIPPED

FILES = [GOLDEN / "models" / name for name in ("keras3_small.keras", "keras3_small.h5", "keras2_small.h5")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_path_its_bytes_and_an_open_file_are_the_same_model(path):
    with path.open("rb") as opened:
        models = [load_model(path), load_model(str(path)), load_model(path.read_bytes()), load_model(opened)]
    x = np.ones((1, 8, 8, 1), np.float32)
    assert len({model.predict(x).tobytes() for model in models}) == 1


@pytest.mark.parametrize("path", [*FILES, SHIPPED], ids=lambda path: path.name)
def test_a_truncated_file_is_one_sentence(path):
    whole = path.read_bytes()
    for share in (0.001, 0.1, 0.5, 0.9, 0.999):
        with pytest.raises(ModelFileError) as caught:
            load_model(whole[: int(share * len(whole))])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", [*FILES, SHIPPED], ids=lambda path: path.name)
def test_flipped_bytes_give_a_model_or_one_sentence(path):
    random = np.random.default_rng(11)
    for _ in range(40):
        data = bytearray(path.read_bytes())
        for place in random.integers(0, min(len(data), 30_000), 8):
            data[place] ^= int(random.integers(1, 256))
        try:
            load_model(bytes(data))
        except KerataError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize(
    "data", [b"", b"\x7fELF\x02\x01", b"<!doctype html>", b"PK\x03\x04", hdf5.MAGIC, b"\0" * 8 + b"{"]
)
def test_foreign_bytes_are_refused(data):
    with pytest.raises(ModelFileError):
        load_model(data)


def test_a_foreign_file_is_told_what_was_expected():
    with pytest.raises(ModelFileError, match=r"expected a Keras \.keras or \.h5 file .* begin with b'GIF89a'"):
        load_model(b"GIF89a")


def test_an_archive_without_a_config_names_what_is_missing():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "hello")
    with pytest.raises(ModelFileError, match=r"expected a member config\.json"):
        load_model(packed.getvalue())


def test_an_archive_that_unpacks_to_far_more_is_refused_unread():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(10_000_000))
    with pytest.raises(ModelFileError, match=r"model\.weights\.h5: expected at most 50 times the file's size"):
        keras_zip.read(packed.getvalue())


def test_the_size_limit_is_exact():
    check_size("w", LARGEST_EXPANSION * 10, 10)
    with pytest.raises(ModelFileError):
        check_size("w", LARGEST_EXPANSION * 10 + 1, 10)


def test_weights_without_a_model_say_what_to_do(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py writes the file of this test")
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["layer/kernel"] = np.ones(3)
    with pytest.raises(ModelFileError, match=r"save the model with model\.save instead of model\.save_weights"):
        load_model(tmp_path / "weights.h5")


def test_names_split_over_several_attributes_are_joined(tmp_path):
    """HDF5 limits an attribute to 64 KiB, so Keras splits a long list of names."""
    attributes = {"weight_names0": [b"a", b"b"], "weight_names1": ["c"], "other": ["d"]}
    assert list(hdf5._names(attributes, "weight_names")) == ["a", "b", "c"]


def test_ours_is_plain_safetensors():
    """What Hugging Face's own reader finds in the shipped file is what ours finds."""
    theirs = safetensors.numpy.load_file(SHIPPED)
    ours = formats.read(SHIPPED).weights
    kernel = theirs["dense/kernel"]
    assert kernel.dtype == np.int8
    assert np.array_equal(ours["dense/kernel"], kernel * theirs["dense/kernel.scale"])
    assert {name for name in theirs if not name.endswith(".scale")} == set(ours)


def edited(change):
    data = SHIPPED.read_bytes()
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + size :]


def entry(**fields):
    return lambda header: header["dense/kernel"].update(fields)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (entry(shape=[9216, 129]), r"Weight 'dense/kernel': expected \(9216, 129\) int8 within"),
        (entry(data_offsets=[0, 10**15]), "Weight 'dense/kernel': expected"),
        (entry(shape=[-9216, -128]), "Weight 'dense/kernel': expected"),
        (entry(dtype="Q7"), "Weight 'dense/kernel': expected dtype, shape and data_offsets"),
        (lambda header: header.pop("dense_1/bias"), "Weight 'bias' of layer 'dense_1'.*no such weight"),
        (lambda header: header.pop("__metadata__"), "make one with `kerata convert`"),
        (lambda header: header["__metadata__"].update(self_test="{}"), "The self-test is damaged"),
        (lambda header: header["__metadata__"].update(config="[]"), "expected a JSON object, received list"),
    ],
)
def test_a_header_that_lies_is_one_sentence(change, sentence):
    with pytest.raises(ModelFileError, match=sentence) as caught:
        load_model(edited(change))
    assert "\n" not in str(caught.value)


def test_damaged_weights_fail_the_self_test():
    data = bytearray(SHIPPED.read_bytes())
    data[-200_000:] = bytes(200_000)
    with pytest.raises(ModelFileError, match="Self-test on backend 'numpy'"):
        load_model(bytes(data))
