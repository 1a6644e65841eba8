"""What is often taken for a model file: each one sentence that says what to do."""

import io
import json
import zipfile

import pytest

import kerata
from kerata.__main__ import main


class KerasModel:
    """As much of one as tells it from other objects."""

    def get_config(self):
        return {}

    def save(self, path):
        raise AssertionError("nothing is saved unasked")


def archive(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name in names:
            packed.writestr(name, b"")
    return file.getvalue()


TFJS = json.dumps({"format": "layers-model", "modelTopology": {}, "weightsManifest": []})


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (None, "received None; give the path of a model's file."),
        (KerasModel(), "received a Keras model; save it with model.save('model.keras') and load that file."),
        ({"class_name": "Sequential"}, "received a dict; give the text of model.to_json(), and the weights"),
        (7, "received int; give the path"),
        ("a\0b", "received a path with a zero character"),
        (io.StringIO("{}"), "open it with open(path, 'rb')"),
        (TFJS, "tensorflowjs_converter --input_format=tfjs_layers_model --output_format=keras model.json model.h5"),
        (b"", "received 0 B"),
        (b"  <!DOCTYPE html>", "received a web page; the download of the model has failed"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "fetch the file itself with git lfs pull"),
        (b"\x1c\0\0\0TFL3", "received a TensorFlow Lite model"),
        (b"\x80\x04\x95", "received a Python pickle"),
        (b"\x1f\x8b\x08", "received a gzip archive; unpack it first"),
        (archive("keras_model.h5", "labels.txt"), "unpack it and load the keras_model.h5 in it"),
        (archive("metadata.json", "model.json", "weights.bin"), "Teachable Machine exports Keras files, too"),
        (archive("model_unquant.tflite", "labels.txt"), "received a TensorFlow Lite model"),
        (archive("m/saved_model.pb"), "received an archive of a TensorFlow SavedModel"),
        (archive("arr_0.npy"), "received NumPy arrays (.npz)"),
        (archive("word/document.xml"), "expected a member config.json, received word/document.xml"),
    ],
    ids=lambda value: value[-24:] if isinstance(value, str) and "\0" not in value else "",
)
def test_what_is_no_model_file_is_one_sentence_with_what_to_do(source, sentence):
    for load in (kerata.load_model, kerata.describe):
        with pytest.raises(kerata.KerataError) as caught:
            load(source)
        assert sentence in str(caught.value)
        assert len(str(caught.value)) <= 300


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["saved_model.pb"], "received a TensorFlow SavedModel; load it in TensorFlow's Keras and save it"),
        (["config.json", "model.weights.h5"], "received an unpacked .keras file; zip the files in it"),
        (["b.keras", "a.h5"], "received a folder; name a file in it, as 'a.h5'."),
        ([], "received a folder; name a file in it."),
    ],
)
def test_a_folder_is_one_sentence_with_what_to_do(names, sentence, tmp_path, capsys):
    for name in names:
        (tmp_path / name).touch()
    assert main(["info", str(tmp_path)]) == 1
    assert sentence in capsys.readouterr().err


def test_weights_that_are_no_file_are_told_as_well(dense_config):
    with pytest.raises(kerata.InputError, match="received a Keras model"):
        kerata.load_model(json.dumps(dense_config), weights=KerasModel())
