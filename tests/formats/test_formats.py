"""Model files: what is read, what is written, and what damaged or foreign bytes are answered with."""

import io
import json
import os
import struct
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from kerata import KerataError, ModelFileError, describe, formats, load_model
from kerata.formats import hdf5, keras_h5, keras_zip, kerasjs
from kerata.formats.base import LARGEST_EXPANSION, check_size
from tests.bench import export_kerasjs
from tests.bench.export_kerasjs import field
from tests.conftest import SHIPPED
from tests.support.cases import GOLDEN, model_input

NAMES = ("keras3_small.keras", "keras3_small.h5", "keras2_small.keras", "keras1_small.h5", "kerasjs_small.bin")
FILES = [GOLDEN / "models" / name for name in NAMES]


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


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x7fELF\x02\x01",
        b"<!doctype html>",
        b"PK\x03\x04",
        b"\x89HDF\r\n\x1a\n",
        b"\0" * 8 + b"{",
        b"\n",
        b"\n\x01x",
    ],
)
def test_foreign_bytes_are_refused(data):
    with pytest.raises(ModelFileError):
        load_model(data)


def test_a_foreign_file_is_told_what_was_expected():
    with pytest.raises(ModelFileError, match=r"expected a Keras \.keras or \.h5 file, a \.bin .* begin with b'GIF89a'"):
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
    with pytest.raises(ModelFileError, match=r"give the model's JSON as well: load_model\(json, weights=file\)"):
        load_model(tmp_path / "weights.h5")


def test_without_pyfive_an_hdf5_file_is_told_what_it_needs(monkeypatch):
    hdf5._bounded_reader.cache_clear()
    monkeypatch.setitem(sys.modules, "pyfive", None)
    with pytest.raises(KerataError, match="Keras's HDF5 files need the package pyfive: pip install"):
        load_model(GOLDEN / "models" / "keras3_small.h5")


def test_a_model_without_weights_says_what_to_do():
    with pytest.raises(ModelFileError, match=r"received a model's config alone: load_model\(json, weights=file\)"):
        load_model('{"class_name": "Sequential"}')


def test_an_archive_with_pickled_weights_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.npz", b"")
    with pytest.raises(ModelFileError, match="Python objects"):
        load_model(packed.getvalue())


def test_kerasjs_answers_as_the_model_it_was_made_of():
    """Its kernels are in steps of a 255th of their range."""
    path = GOLDEN / "models" / "kerasjs_small.bin"
    with np.load(path.with_name("keras2_small.npz")) as arrays:
        np.testing.assert_allclose(load_model(path).predict(model_input("small")), arrays["output0"], atol=0.02)


def test_bytes_of_kerasjs_are_steps_from_the_least_to_the_greatest():
    parts = {1: b"d", 2: b"d/kernel:0", 3: b"\x03", 4: b"uint8", 5: bytes([0, 51, 255])}
    bounds = b"".join(bytes([number << 3 | 5]) + np.float32(bound).tobytes() for number, bound in ((6, -1), (7, 4)))
    layer, name, weight = kerasjs._weight(memoryview(b"".join(field(*part) for part in parts.items()) + bounds))
    assert (layer, name) == ("d", "d/kernel:0")
    assert weight.dtype == np.float32
    np.testing.assert_allclose(weight, [-1, 0, 4], atol=1e-6)


def test_kerasjs_reads_what_the_benchmark_writes_for_it(shipped, tmp_path, article_three):
    export_kerasjs.export(shipped.nodes, tmp_path / "mnist.bin")
    x = article_three[None, ..., None]
    np.testing.assert_allclose(load_model(tmp_path / "mnist.bin").predict(x), shipped.predict(x), atol=1e-6)


def test_a_name_of_very_many_parts_takes_no_longer():
    config = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"name": "d", "units": 1}}]}
    config["config"][0]["config"]["batch_input_shape"] = [None, 1]
    weight = {1: b"d", 2: b"a/" * 500_000, 3: b"\x01", 4: b"float32", 5: bytes(4)}
    message = field(1, b"x") + field(5, json.dumps(config).encode())
    message += field(6, b"".join(field(*part) for part in weight.items()))
    with pytest.raises(ModelFileError, match="no such weight"):
        load_model(message)


def test_names_split_over_several_attributes_are_joined(tmp_path):
    """HDF5 limits an attribute to 64 KiB, so Keras splits a long list of names."""
    attributes = {"weight_names0": [b"a", b"b"], "weight_names1": ["c"], "other": ["d"]}
    assert list(keras_h5._names(attributes, "weight_names")) == ["a", "b", "c"]


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
        (lambda header: header.update(more=header["dense/kernel"]), "expected weights of [0-9]* B in all"),
        (entry(shape=[1] * 100), "Weight 'dense/kernel': expected"),
        (lambda header: header["dense/kernel.scale"].update(shape=[128, 1]), "Weight 'dense/kernel': expected scales"),
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


@pytest.mark.parametrize("names", [[""], ["\0.weights.h5"], [{}], [".."], ["list.weights.json"], ["../a.weights.h5"]])
def test_shards_are_files_beside_their_list(names, tmp_path):
    (tmp_path / "list.weights.json").write_text(json.dumps({"weight_map": {"/layers": names}}))
    with pytest.raises(ModelFileError, match=r"list\.weights\.json: expected the names of"):
        load_model('{"class_name": "Sequential", "config": []}', weights=tmp_path / "list.weights.json")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_keras_file_that_could_unpack_to_any_size_is_refused(method, tmp_path):
    with zipfile.ZipFile(tmp_path / "m.keras", "w", method) as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ModelFileError, match="stored or deflated"):
        load_model(tmp_path / "m.keras")


def shard_list(folder, name="a.weights.h5"):
    (folder / "list.weights.json").write_text(json.dumps({"weight_map": {"/layers": [name]}}))
    return folder / "list.weights.json"


def load_shards(path):
    return load_model('{"class_name": "Sequential", "config": []}', weights=path)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda shard: shard.symlink_to("/dev/zero")])
def test_a_shard_that_is_no_file_is_refused(make, tmp_path):
    make(tmp_path / "a.weights.h5")
    with pytest.raises(
        ModelFileError, match=r"list\.weights\.json: expected 'a\.weights\.h5' to be a file in the same"
    ):
        load_shards(shard_list(tmp_path))


def test_a_shard_may_be_a_link_only_within_the_folder_of_the_list(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "blob").write_bytes(b"no HDF5")
    (inside / "a.weights.h5").symlink_to(outside / "blob")
    with pytest.raises(ModelFileError, match="to be a file in the same folder"):
        load_shards(shard_list(inside))
    (inside / "list.weights.json").rename(outside / "list")
    (inside / "list.weights.json").symlink_to(outside / "list")  # as in Hugging Face's cache
    with pytest.raises(ModelFileError, match="begin with b'no HDF5'"):
        load_shards(inside / "list.weights.json")
    with pytest.raises(FileNotFoundError):
        load_shards(shard_list(tmp_path, "lost.weights.h5"))


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (field(1, b"") * 10**6, "expected at most 20,000 fields"),
        (field(6, b"\x18\x01" * 10**6), "expected at most 100 fields"),
        (field(6, field(3, b"\1" * 10**7) + field(4, b"float32") + field(5, bytes(4))), "Weight '': expected"),
    ],
)
def test_a_kerasjs_file_of_very_many_fields_or_axes_is_refused_at_once(parts, sentence):
    start = time.perf_counter()
    with pytest.raises(ModelFileError, match=sentence):
        load_model(field(1, b"x") + parts)
    assert time.perf_counter() - start < 2  # 0.1 s; what it did before took 4 to 50


def test_a_keras_file_of_very_many_members_is_refused_at_once():
    with pytest.raises(ModelFileError, match="expected at most 10,000 members"):
        keras_zip.read(b"PK\x03\x04" + b"PK\x01\x02" * 10_001)


@pytest.mark.parametrize(
    "shape",
    [[], "abc", {"a": 1}, [None, "x"], [None, float("nan")], [None, -1], [None, 1.5], [None, True], [None] * 33],
)
def test_an_input_shape_of_other_things_than_sizes_is_one_sentence(shape):
    config = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": shape}}
    with pytest.raises(ModelFileError, match="InputLayer 'x': expected batch_shape to be a list of at most 32 sizes"):
        describe(json.dumps({"class_name": "Sequential", "config": [config]}))
