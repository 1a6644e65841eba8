"""kerata.js: any model from JavaScript, whatever its inputs are, and one sentence for whatever cannot be."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from firefox import FIREFOX, started
from PIL import Image
from playwright.sync_api import Browser, Page
from stage import ROOT, change_worker, served, wait_until

import kerata
from kerata import graph
from kerata.formats import safetensors
from kerata.quantization import Stored
from tests.support.cases import GOLDEN, model_input, sequential_config

MODELS = GOLDEN / "models"
THREE = np.loadtxt(GOLDEN / "article_three.txt", dtype=np.float32).ravel() / np.float32(255)
LINEAR = ("Rescaling", {"name": "same", "scale": 1.0, "offset": 0.0})


def with_input(dtype: str, shape: tuple[int | None, ...], *layers: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    config = sequential_config(shape, *layers)
    config["config"]["layers"][0]["config"]["dtype"] = dtype
    return config


STATEFUL = {"name": "sums", "units": 1, "activation": "linear", "use_bias": False, "stateful": True}
ONE = np.ones((1, 1), np.float32)

# Small models, each a config and weights.
SMALL: dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]] = {
    "ids": (with_input("string", (2,), ("StringLookup", {"name": "ids", "vocabulary": ["a", "b"]})), {}),
    "words": (
        with_input("int64", (2,), ("StringLookup", {"name": "w", "vocabulary": ["a", "b"], "invert": True})),
        {},
    ),
    "masked": (
        with_input(
            "int32",
            (None,),
            ("Embedding", {"name": "e", "input_dim": 4, "output_dim": 2, "mask_zero": True}),
            ("GlobalAveragePooling1D", {"name": "mean"}),
        ),
        {"e/embeddings": np.arange(8, dtype=np.float32).reshape(4, 2)},
    ),
    "sums": (
        sequential_config((None, 1), ("SimpleRNN", STATEFUL)),
        {"sums/kernel": ONE, "sums/recurrent_kernel": ONE},
    ),
    "colored": (sequential_config((2, 5, 3), LINEAR), {}),
    "gray": (sequential_config((2, 5, 1), LINEAR), {}),
    "flat": (sequential_config((2, 5), LINEAR), {}),
    "first": (sequential_config((3, 2, 5), LINEAR), {}),
    "any_size": (sequential_config((None, None, 3), LINEAR), {}),
    "row": (sequential_config((3,), LINEAR), {}),
    "unknown": (sequential_config((3,), ("Nonsense", {"name": "n"})), {}),
}
SMALL["sums"][0]["config"]["layers"][0]["config"]["batch_shape"] = [1, None, 1]


@pytest.fixture(scope="module")
def folder(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user's site has: Kerata, models, and a page under the strict policy of Kerata's own."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "k").symlink_to(dist)
    for path in (dist / "index.html", ROOT / "tests" / "browser" / "kerata_js.js", *MODELS.glob("*.*")):
        shutil.copy(path, folder)
    shutil.copy(ROOT / "site" / "models" / "mnist.safetensors", folder)
    (folder / "page.html").write_text(
        '<!doctype html><link rel="icon" href="data:,"><script type="module" src="kerata_js.js"></script>'
    )
    (folder / "missing_model.keras").write_text("<!doctype html><title>Not found</title>")
    (folder / "damaged.keras").write_bytes((MODELS / "keras3_small.keras").read_bytes()[:9000])
    for name, (config, weights) in SMALL.items():
        stored = {key: Stored(weight) for key, weight in weights.items()}
        (folder / f"{name}.safetensors").write_bytes(safetensors.write(config, stored, None, {}))
    weights_apart(folder)
    return folder


def weights_apart(folder: Path) -> None:
    """keras3_small.keras as JSON and weights, and these in two shards, as Keras saves what is large."""
    with zipfile.ZipFile(MODELS / "keras3_small.keras") as archive:
        (folder / "small.json").write_bytes(archive.read("config.json"))
        (folder / "small.weights.h5").write_bytes(archive.read("model.weights.h5"))
    with h5py.File(folder / "small.weights.h5") as whole:
        layers = [*whole["layers"]]
        for shard, names in enumerate((layers[:3], layers[3:])):
            with h5py.File(folder / f"small_{shard:05}.weights.h5", "w") as file:
                group = file.create_group("layers")
                for name in names:
                    whole.copy(f"layers/{name}", group, name)


@pytest.fixture(scope="module")
def host(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


def loaded(page: Page, host: str) -> Page:
    page.goto(f"{host}page.html")
    wait_until(page, "document.documentElement.dataset.state === 'loaded'")
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, host: str) -> Iterator[Page]:
    """One for most tests, since starting Python takes seconds."""
    with browser.new_context() as context:
        yield loaded(context.new_page(), host)


def run(page: Page, script: str, *values: Any) -> Any:
    """What the body of an async function of `values` returns; what hangs fails."""
    return page.evaluate(
        f"""(values) => Promise.race([
          (async () => {{ {script} }})(),
          new Promise((_, reject) => setTimeout(() => reject(new Error('nothing came')), 180_000)),
        ])""",
        [*values],
    )


def small(name: str) -> kerata.Model:
    return kerata.Model(graph.read(*SMALL[name]))


def array(told: dict[str, Any]) -> np.ndarray:
    return np.array(told["values"]).reshape(told["shape"])


@pytest.mark.parametrize(
    "name",
    [
        "keras1_small.h5",
        "keras2_nested_small.keras",
        "keras2_small.h5",
        "keras3_nested_small.h5",
        "keras3_small.keras",
        "kerasjs_small.bin",
        "kerata_small.safetensors",
    ],
)
def test_files_answer_as_keras_did_wherever_they_come_from(page: Page, name: str) -> None:
    x = model_input("small")
    answers = run(page, """
      const [file, data, shape] = values;
      const buffer = await (await fetch(file)).arrayBuffer();
      const padded = new Uint8Array(buffer.byteLength + 3);
      padded.set(new Uint8Array(buffer), 3);
      const view = padded.subarray(3);
      const sources = [file, new URL(file, location.href), buffer, view, new Blob([buffer])];
      const models = sources.map((filepath) => new Model({ filepath }));
      padded.fill(0); // which is the page's own again
      await Promise.all(models.map((model) => model.ready()));
      const input = { data: Float32Array.from(data), shape };
      const answers = await Promise.all(models.map((model) => answer(model, input)));
      await Promise.all(models.map((model) => model.cleanup()));
      return answers;
    """, name, x.ravel().tolist(), x.shape)  # fmt: skip
    expected = kerata.load_model(MODELS / name, "numpy").predict(x)
    assert len(answers) == 5
    for told in answers:
        np.testing.assert_allclose(array(told), expected, rtol=1e-5, atol=1e-6)


def test_weights_may_lie_apart_and_in_shards(page: Page) -> None:
    x = model_input("small")
    answers = run(page, """
      const input = { data: Float32Array.from(values[0]), shape: values[1] };
      const json = await (await fetch('small.json')).text();
      const shards = ['small_00000.weights.h5', new URL('small_00001.weights.h5', location.href)];
      const given = [['small.json', 'small.weights.h5'], [json, shards], [json, shards.toReversed()]];
      const models = await Promise.all(given.map(([filepath, weights]) => opened({ filepath, weights })));
      return Promise.all(models.map((model) => answer(model, input)));
    """, x.ravel().tolist(), x.shape)  # fmt: skip
    expected = kerata.load_model(MODELS / "keras3_small.keras", "numpy").predict(x)
    for told in answers:
        np.testing.assert_allclose(array(told), expected, rtol=1e-5, atol=1e-6)


def test_several_inputs_and_outputs_go_by_name(page: Page) -> None:
    x = model_input("keras3_twins")
    seen = run(page, """
      const model = await opened('keras3_twins.keras');
      const [left, right] = values;
      const outputs = told(await model.predict({ left, right: new Float32Array(right.flat()) }));
      const refused = await Promise.all(
        [left, { left }, { left, right, middle: left }, { left, right: [right[0]] }].map((input) =>
          refusal(model.predict(input)),
        ),
      );
      const { name, inputLayerNames, outputLayerNames, modelLayersInfo } = model;
      return { outputs, refused, name, inputLayerNames, outputLayerNames, modelLayersInfo };
    """, x["left"].tolist(), x["right"].tolist())  # fmt: skip
    model = kerata.load_model(MODELS / "keras3_twins.keras", "numpy")
    assert (seen["inputLayerNames"], seen["outputLayerNames"]) == (model.input_names, model.output_names)
    assert [*seen["outputs"]] == model.output_names
    for told, expected in zip(seen["outputs"].values(), model.predict(x), strict=True):
        assert told["kind"] == "Float32Array"
        np.testing.assert_allclose(array(told), expected, rtol=1e-5, atol=1e-6)
    layers = {layer["name"]: layer for layer in seen["modelLayersInfo"]}
    assert [*layers] == [node.name for node in model.nodes]
    assert layers["left"]["inbound"] == [] and layers["left"]["outbound"]
    assert layers["left"]["shape"] == [None, 4]
    assert sum(layer["parameters"] for layer in layers.values()) > 0
    assert seen["refused"] == [
        ["input", f"Inputs: expected {what}.", "KerataError"]
        for what in (
            "an object with left, right, received Array",
            "an object with left, right, received no 'right'",
            "an object with left, right, received 'middle'",
            "the same batch size, received [3, 1]",
        )
    ]


def test_text_whole_numbers_masks_and_states(page: Page) -> None:
    seen = run(page, """
      const names = ['ids', 'words', 'masked', 'sums'];
      const [ids, words, masked, sums] = await Promise.all(names.map((name) => opened(`${name}.safetensors`)));
      const indices = await Promise.all(
        [['a', 'b'], [['a', 'b'], ['?', 'a']], { data: ['b', 'b'], shape: [1, 2] }].map((input) => answer(ids, input)),
      );
      const texts = await Promise.all(
        [[1, 2], [1n, 2n], BigInt64Array.of(1n, 2n), Uint8Array.of(1, 2, 2, 1)].map((input) => answer(words, input)),
      );
      const means = await Promise.all(
        [[1, 2, 0, 0], [[1, 2], [3, 0]], Int32Array.of(3)].map((input) => answer(masked, input)),
      );
      const totals = [];
      for (const reset of [false, false, true]) {
        if (reset) await sums.resetStates();
        totals.push((await answer(sums, [[[1], [1]]])).values[0]);
        totals.push((await sums.trace([[[1], [1]]])).get('sums')[0]); // leaves the states as they are
      }
      const refused = await Promise.all([
        refusal(ids.predict([1, 2])), refusal(ids.predict(['a', 2])), refusal(ids.predict('a')),
        refusal(masked.predict(['a'])), refusal(masked.predict([9])),
      ]);
      return { indices, texts, means, totals, refused };
    """)  # fmt: skip
    ids, masked = small("ids"), small("masked")
    for told, text in zip(seen["indices"], ([["a", "b"]], [["a", "b"], ["?", "a"]], [["b", "b"]]), strict=True):
        assert array(told).tolist() == ids.predict(np.array(text, object)).tolist()
    assert [told["values"] for told in seen["texts"]] == [["a", "b"]] * 3 + [["a", "b", "b", "a"]]
    assert seen["texts"][3]["shape"] == [2, 2]
    for told, tokens in zip(seen["means"], ([[1, 2, 0, 0]], [[1, 2], [3, 0]], [[3]]), strict=True):
        np.testing.assert_allclose(array(told), masked.predict(np.array(tokens)), rtol=1e-6)
    assert seen["totals"] == [2, 4, 4, 6, 2, 4]
    codes = [code for code, *_ in seen["refused"]]
    assert codes == ["input"] * 5
    assert [sentence for _, sentence, _ in seen["refused"][:4]] == [
        "Input 'x': expected text, received numbers.",
        "Input 'x': expected text, received Number.",
        "Input 'x': expected shape (None, 2), received (1, 1).",
        "Input 'x': expected numbers, received text.",
    ]


def test_numbers_come_in_any_array(page: Page) -> None:
    seen = run(page, """
      const row = await opened('row.safetensors');
      const kinds = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
        Float32Array, Float64Array, BigInt64Array, BigUint64Array, ...[globalThis.Float16Array ?? []].flat()];
      const typed = kinds.map((Kind) => (Kind.name.startsWith('Big') ? Kind.of(1n, 2n, 3n) : Kind.of(1, 2, 3)));
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const shared = new Float32Array(memory.buffer, 4, 3);
      shared.set([1, 2, 3]);
      const view = Float32Array.of(0, 1, 2, 3, 0).subarray(1, 4);
      const changed = Float32Array.of(1, 2, 3);
      const given = [...typed, shared, view, changed, [1, 2, 3], [[1, 2, 3]], [view], { data: [1, 2, 3], shape: [3] },
        { data: view, shape: [1, 3] }, { x: view }, Object.assign(Object.create(null), { x: view })];
      const queued = given.map((input) => answer(row, input));
      changed.fill(9);
      const answers = await Promise.all(queued);
      const bytes = new Uint8Array(1000);
      const gone = new Float32Array(3);
      structuredClone(gone.buffer, { transfer: [gone.buffer] });
      const endless = [];
      endless[0] = endless;
      const wrong = [gone, endless, [1, 2], [[1, 2], [1]], [[1, 2, 3], 4], [1, null, 3], ['1', '2', '3'], [],
        null, undefined,
        new DataView(new ArrayBuffer(12)), new Map(), { data: [1, 2, 3], shape: [2, 2] },
        { data: [1, 2, 3], shape: [-1, 'a'] }, { y: [1, 2, 3] }, new ImageData(1, 1), [new ImageData(3, 1)], [{}],
        () => {}];
      const refused = await Promise.all(wrong.map((input) => refusal(row.predict(input))));
      const rows = Array.from({ length: 200 }, () => Array.from({ length: 1000 }, () => [1, 2, 3]));
      const started = performance.now();
      await refusal(row.predict(rows));
      return { answers, refused, milliseconds: performance.now() - started };
    """)  # fmt: skip
    for told in seen["answers"]:
        assert told == {"kind": "Float32Array", "shape": [1, 3], "values": [1, 2, 3]}
    ragged = "rows of the same length, received rows of different lengths"
    assert [(code, sentence) for code, sentence, _ in seen["refused"]] == [
        ("input", sentence)
        for sentence in (
            "Input 'x': expected values, received an array whose memory was transferred.",
            "Input 'x': expected at most 32 axes, received more.",
            "Input 'x': expected 3 values for each sample of (None, 3), received 2.",
            f"Input 'x': expected {ragged}.",
            f"Input 'x': expected {ragged}.",
            "Input 'x': expected numbers, received null.",
            "Input 'x': expected numbers, received text.",
            "Input 'x': expected 3 values for each sample of (None, 3), received 0.",
            "Input 'x': expected a typed array, nested arrays, text or a picture, received null.",
            "Input 'x': expected a typed array, nested arrays, text or a picture, received undefined.",
            "Input 'x': expected a typed array, nested arrays, text or a picture, received DataView.",
            "Input 'x': expected a typed array, nested arrays, text or a picture, received Map.",
            "Input 'x': expected 4 values for shape (2, 2), received 3.",
            "Input 'x': expected a shape of whole numbers, received (-1, a).",
            "Inputs: expected an object with x, received 'y'.",
            "Input 'x': expected values of shape (, 3), received a picture.",
            "Input 'x': expected numbers, received ImageData.",
            "Input 'x': expected numbers, received Object.",
            "Input 'x': expected a typed array, nested arrays, text or a picture, received Function.",
        )
    ]
    assert seen["milliseconds"] < 2000  # 600,000 numbers


def test_pictures_have_the_values_that_keras_loads(page: Page, folder: Path) -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (2, 5, 3), np.uint8)
    picture = Image.fromarray(rgb)
    picture.save(folder / "picture.png")
    seen = run(page, """
      const names = ['colored', 'gray', 'flat', 'first', 'any_size'];
      const models = await Promise.all(names.map((name) => opened(`${name}.safetensors`)));
      const image = Object.assign(new Image(), { src: 'picture.png' });
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: 5, height: 2 });
      canvas.getContext('2d').drawImage(image, 0, 0);
      const offscreen = new OffscreenCanvas(5, 2);
      offscreen.getContext('2d').drawImage(image, 0, 0);
      const data = canvas.getContext('2d').getImageData(0, 0, 5, 2);
      const bitmap = await createImageBitmap(image);
      const pictures = [image, canvas, offscreen, data, bitmap];
      const answers = [];
      for (const model of models) answers.push(await Promise.all(pictures.map((each) => answer(model, each))));
      const large = Object.assign(document.createElement('canvas'), { width: 30, height: 20 });
      const context = large.getContext('2d');
      context.fillStyle = '#4080c0';
      context.fillRect(0, 0, 30, 20);
      const solid = [large, context.getImageData(0, 0, 30, 20)];
      const resized = await Promise.all(solid.map((each) => answer(models[0], each)));
      const video = document.createElement('video');
      const unloaded = await refusal(models[0].predict(video));
      video.srcObject = large.captureStream();
      video.muted = true;
      const playing = video.play();
      context.fillRect(0, 0, 30, 20); // a frame
      await playing;
      const frame = (await answer(models[4], video)).shape;
      bitmap.close();
      const refused = await Promise.all([bitmap, new Image()].map((each) => refusal(models[0].predict(each))));
      return { answers, resized, frame, refused: [unloaded, ...refused] };
    """)  # fmt: skip
    gray = np.asarray(picture.convert("L"))[..., None]
    for answers, expected in zip(seen["answers"], (rgb, gray, gray[..., 0], rgb.transpose(2, 0, 1), rgb), strict=True):
        for told in answers:
            assert array(told).tolist() == [expected.tolist()]
    for told in seen["resized"]:
        assert array(told).tolist() == [[[[0x40, 0x80, 0xC0]] * 5] * 2]
    assert seen["frame"] == [1, 20, 30, 3]
    empty = "The picture is empty or not loaded yet: await its load first."
    assert seen["refused"] == [["input", empty, "KerataError"]] * 3


def test_a_single_sample_may_come_without_its_batch_axis(page: Page) -> None:
    shapes = run(page, """
      const model = await opened('colored.safetensors');
      const row = Array(5).fill([1, 2, 3]);
      const sample = [row, row];
      const flat = new Float32Array(60);
      const half = flat.subarray(30);
      const given = [sample, [sample], [sample, sample], flat, half, { data: half, shape: [2, 5, 3] }];
      return Promise.all(given.map(async (input) => (await answer(model, input)).shape[0]));
    """)  # fmt: skip
    assert shapes == [1, 1, 2, 2, 1, 1]


def test_what_cannot_be_loaded_is_one_sentence(page: Page, host: str) -> None:
    foreign = host.replace("127.0.0.1", "localhost")
    files = ["nowhere.keras", "missing_model.keras", "damaged.keras", "unknown.safetensors",
             f"{foreign}row.safetensors",
             "http://", "", None, 7, {}]  # fmt: skip
    seen = run(page, """
      const options = [...values.map((filepath) => ({ filepath })), undefined, { filepath: new Blob(['']) },
        { filepath: 'row.safetensors', backend: 'cuda' }, { filepath: 'small.json', weights: 7 }];
      const failed = options.map((each) => new Model(each));
      const refused = await Promise.all(failed.map((model) => refusal(model.ready())));
      const late = await refusal(failed[0].predict([1, 2, 3]));
      const early = new Model({ filepath: 'row.safetensors' });
      const input = [1, 2, 3];
      const calls = () => [early.predict(input), early.trace(input), early.switchTo('numpy'), early.resetStates()];
      const before = await Promise.all(calls().map(refusal));
      await early.ready();
      await early.cleanup();
      await early.cleanup();
      const after = await Promise.all([...calls(), early.ready()].map(refusal));
      return { refused, late, before, after };
    """, *files)  # fmt: skip
    codes = [code for code, *_ in seen["refused"]]
    sentences = [sentence for _, sentence, _ in seen["refused"]]
    downloads = ["download", "model", "model", "unsupported", "download", "download", "model"]
    assert codes == [*downloads, "input", "input", "input", "input", "model", "unsupported", "input"]
    assert sentences[0] == "Could not download nowhere.keras: the server answered 404; check the address."
    assert "a web page; the download of the model has failed" in sentences[1]
    assert "Nonsense" in sentences[3]
    assert sentences[4].endswith("that its server permits requests from other sites (Access-Control-Allow-Origin).")
    assert sentences[5] == "Could not download http://: check the address."
    for given, sentence in zip(("null", "Number", "Object", "undefined"), sentences[7:11], strict=True):
        expected = "A model's file: expected a URL, an ArrayBuffer, a Uint8Array or a Blob"
        assert sentence == f"{expected}, received {given}."
    assert "expected one of auto, wasm, webgpu, webgl, numpy; received 'cuda'" in sentences[12]
    for sentence in sentences:
        assert sentence.endswith(".") and "\n" not in sentence
    assert seen["late"][:2] == ["not-ready", "The model could not be loaded: model.ready() tells why."]
    assert (
        seen["before"] == [["not-ready", "The model is not loaded yet: await model.ready() first.", "KerataError"]] * 4
    )
    assert seen["after"] == [["closed", "The model was freed by cleanup(): make a new Model.", "KerataError"]] * 5


def test_whatever_is_under_way_can_be_stopped(page: Page) -> None:
    seen = run(page, """
      const filepath = 'mnist.safetensors';
      const [before, during] = [new AbortController(), new AbortController()];
      before.abort();
      const signals = [before.signal, during.signal, undefined, undefined];
      const models = signals.map((signal) => new Model({ filepath, signal }));
      const [interrupted, closed] = models.slice(2);
      during.abort();
      interrupted.interrupt();
      closed.cleanup();
      const loading = await Promise.all(models.map((model) => refusal(model.ready())));
      const opening = new Model({ filepath }); // until Python has it under way
      await new Promise((resolve) => opening.events.on('initProgress', resolve));
      opening.interrupt();
      loading.push(await refusal(opening.ready()));
      const model = await opened(filepath);
      const image = new Float32Array(784);
      const controller = new AbortController();
      const { signal } = controller;
      const [first, second, third] = [model.predict(image), model.predict(image, { signal }), model.predict(image)];
      controller.abort();
      const predicting = [await refusal(second), await refusal(first), await refusal(third)];
      const all = [model.predict(image), model.trace(image), model.switchTo('numpy')];
      model.interrupt();
      predicting.push(...(await Promise.all(all.map(refusal))));
      const { isRunning } = model;
      return { loading, predicting, isRunning, after: (await answer(model, image)).shape };
    """)  # fmt: skip
    aborted = ["aborted", "AbortError"]
    assert [[code, name] for code, _, name in seen["loading"]] == [aborted] * 5
    assert [each[0] for each in seen["predicting"]] == ["aborted", "resolved", "resolved", *["aborted"] * 3]
    assert (seen["isRunning"], seen["after"]) == (False, [1, 10])


def test_progress_layers_and_order(page: Page, folder: Path) -> None:
    seen = run(page, """
      const model = new Model({ filepath: 'mnist.safetensors', transferLayerOutputs: true });
      const events = heard(model, 'loadingProgress', 'initProgress', 'predictProgress', 'backend');
      model.events.on('loadingProgress', () => { throw new Error('of a listener'); });
      const errors = [];
      onerror = (message) => { errors.push(message); return true; };
      await model.ready();
      const three = Float32Array.from(values[0]);
      const probabilities = await answer(model, three);
      const { forwardPass } = model.predictStats;
      const layers = told(model.layerOutputs);
      const traced = told(await model.trace(three));
      const order = [];
      const inputs = [three, new Float32Array(3), new Float32Array(784), three];
      const note = (promise, index) => promise.then(() => order.push(index), () => order.push(-index));
      await Promise.all(inputs.map((input, index) => note(model.predict(input), index)));
      const once = [];
      model.events.once('predictProgress', (percent) => once.push(percent));
      await model.predict(three);
      const removed = () => once.push('removed');
      model.events.once('predictProgress', removed).off('predictProgress', removed);
      await model.predict(three);
      return { events, errors: errors.length, probabilities, layers, traced, forwardPass, order, once,
        backends: model.backends(), backend: model.backend };
    """, THREE.tolist())  # fmt: skip
    for name in ("loadingProgress", "initProgress"):
        percents = seen["events"][name]
        assert percents == sorted({*percents}) and percents[-1] == 100, percents
    assert seen["events"]["predictProgress"] == [0, 100] * 8
    assert seen["events"]["backend"] == [seen["backend"]] == ["wasm"]
    assert [trial["name"] for trial in seen["backends"]] == ["wasm"]
    assert seen["backends"][0]["reason"] == "in use" and seen["backends"][0]["difference"] < 1e-4
    assert seen["errors"] == len(seen["events"]["loadingProgress"])  # those of the page's listener
    assert np.argmax(seen["probabilities"]["values"]) == 3
    expected = kerata.load_model(folder / "mnist.safetensors", "numpy").trace(THREE.reshape(1, 28, 28, 1))
    for layers in (seen["layers"], seen["traced"]):
        assert [*layers] == [*expected]
        for name, told in layers.items():
            np.testing.assert_allclose(array(told), expected[name], rtol=1e-3, atol=2e-3, err_msg=name)
    assert seen["forwardPass"] > 0
    assert seen["order"] == [0, -1, 2, 3]
    assert seen["once"] == [0]


def test_models_move_to_a_gpu_and_back(page: Page) -> None:
    seen = run(page, """
      const model = await opened({ filepath: 'mnist.safetensors', gpu: true });
      const events = heard(model, 'backend');
      const three = Float32Array.from(values[0]);
      const used = [];
      const note = async () => {
        const { values: probabilities } = await answer(model, three);
        used.push([model.backend, model.gpu, probabilities.indexOf(Math.max(...probabilities))]);
      };
      await note();
      for (const change of [() => model.toggleGPU(), () => model.toggleGPU(true), () => model.switchTo('webgl'),
        () => model.switchTo('numpy'), () => model.toggleGPU(false)]) {
        await change();
        await note();
      }
      const refused = await Promise.all(['cuda', undefined, {}].map((name) => refusal(model.switchTo(name))));
      await note();
      await model.switchTo('auto');
      const trials = model.backends();
      const named = (await opened({ filepath: 'mnist.safetensors', backend: 'webgl' })).backend;
      return { used, refused, trials, named, heard: events.backend };
    """, THREE.tolist())  # fmt: skip
    backends = ["webgpu", "wasm", "webgpu", "webgl", "numpy", "wasm", "wasm"]
    assert seen["used"] == [[name, name.startswith("web"), 3] for name in backends]
    assert seen["heard"][:5] == backends[1:6]
    assert [code for code, *_ in seen["refused"]] == ["unsupported"] * 3
    assert {trial["name"] for trial in seen["trials"]} == {"wasm", "webgpu", "webgl", "numpy"}
    assert all(trial["milliseconds"] > 0 for trial in seen["trials"])
    assert seen["named"] == "webgl"


# What the next prediction dies of: an error that Pyodide cannot go on after, or one of the worker's own code.
DYING = """
const channel = new BroadcastChannel('test');
channel.onmessage = ({ data }) => {
  answers.predict = {
    fatal: () => python._api.fatal_error(new Error('of a test')),
    thrown: () => new Promise(() => setTimeout(() => { throw new Error('of a test'); })),
  }[data];
  channel.postMessage('heard');
};
"""


def test_python_that_died_is_replaced_and_opens_the_models_again(browser: Browser, host: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        change_worker(page, DYING, "model/worker.js")
        seen = run(loaded(page, host), """
          const [row, twins] = await Promise.all([opened('row.safetensors'), opened('keras3_twins.keras')]);
          const input = [1, 2, 3];
          const ask = () => row.predict(input);
          await tell('fatal');
          const fatal = await Promise.all([ask(), ask(), twins.resetStates(), opened('row.safetensors')].map(refusal));
          await row.switchTo('numpy');
          await tell('thrown');
          const thrown = await Promise.all([ask(), ask(), twins.resetStates()].map(refusal));
          const { values } = await answer(row, input);
          return { fatal, thrown, values, backend: row.backend };
        """)  # fmt: skip
        page.close()
    died = ["python", "Python stopped unexpectedly: try again.", "KerataError"]
    assert seen["fatal"] == [died, ["resolved"], ["resolved"], ["resolved"]]
    assert seen["thrown"] == [died, ["resolved"], ["resolved"]]
    assert (seen["values"], seen["backend"]) == ([1, 2, 3], "numpy")


def test_python_that_cannot_start_is_one_sentence(browser: Browser, host: str) -> None:
    """And the next model tries again."""
    load = "return refusal(opened('row.safetensors'));"
    with browser.new_context() as context:
        page = loaded(context.new_page(), host)
        change_worker(page, "delete globalThis.WebAssembly;\n", "model/worker.js")
        unable = run(page, load)
        page.unroute("**/model/worker.js")
        page.route("**/model/worker.js", lambda route: route.abort())
        unreached = run(page, load)
        page.unroute("**/model/worker.js")
        page.route("**/pyodide/*.wasm", lambda route: route.fulfill(status=404))
        incomplete = run(page, load)
        page.unroute("**/pyodide/*.wasm")
        context.set_offline(True)
        offline = run(page, "return refusal(new Model({ filepath: 'row.safetensors' }).ready());")
        context.set_offline(False)
        later = run(page, "return (await answer(await opened('row.safetensors'), [1, 2, 3])).values;")
        page.close()
    assert unable[:2] == [
        "unsupported",
        "This browser has no WebAssembly, which Python needs: please try another browser.",
    ]
    assert unreached[:2] == ["python", "Python could not be started: check the connection and try again."]
    assert incomplete[0] == "python" and incomplete[1].startswith("Could not download ")
    assert offline[:2] == [
        "download",
        "Could not download row.safetensors: there is no network; try again when there is.",
    ]
    assert later == [1, 2, 3]


def test_memory_does_not_grow(browser: Browser, host: str) -> None:
    """What Python has kept: bytes of its memory, and its objects that JavaScript knows."""
    measure = """
      const channel = new BroadcastChannel('test');
      channel.onmessage = () => {
        javascript.free();
        const objects = python.runPython('import gc; len(gc.get_objects())');
        channel.postMessage([python._module.HEAPU8.length, objects, models.size]);
      };
    """
    with browser.new_context() as context:
        page = context.new_page()
        change_worker(page, measure, "model/worker.js")
        seen = run(loaded(page, host), """
          const row = await opened('row.safetensors');
          const input = new Float32Array(3);
          const measured = [];
          const measure = async () => measured.push((await tell('measure')).data);
          const predict = async (count) => {
            for (let left = count; left; left -= 1) await row.predict(input);
          };
          const open = async (count) => {
            for (let left = count; left; left -= 1) {
              const model = await opened('mnist.safetensors');
              await model.predict(new Float32Array(784));
              await refusal(model.predict(input));
              await model.cleanup();
            }
          };
          await predict(20);
          await open(3);
          await measure();
          await predict(200);
          await measure();
          await open(8);
          await measure();
          return measured;
        """)  # fmt: skip
        page.close()
    (heap, objects, _), (_, after_predictions, _), (after_all, after_models, models) = seen
    assert models == 1
    assert after_predictions - objects < 100
    assert after_models - objects < 500
    assert after_all == heap  # which no longer grows, though it cannot shrink


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox found: install firefox-esr")
def test_firefox_opens_models_and_refuses_others(host: str, tmp_path: Path) -> None:
    assert FIREFOX is not None
    x = model_input("small")
    script = """
      const [data, shape, done] = arguments;
      (async () => {
        const model = await opened({ filepath: 'keras3_small.keras', transferLayerOutputs: true, gpu: true });
        const output = await answer(model, { data: Float32Array.from(data), shape });
        const [ids, gray] = await Promise.all(['ids.safetensors', 'gray.safetensors'].map(opened));
        const canvas = Object.assign(document.createElement('canvas'), { width: 5, height: 2 });
        canvas.getContext('2d').fillStyle = '#4080c0';
        canvas.getContext('2d').fillRect(0, 0, 5, 2);
        const text = await answer(ids, ['b', '?']);
        const shades = await answer(gray, canvas);
        const refused = await Promise.all([
          refusal(model.predict([1, 2])), refusal(opened('nowhere.keras')), refusal(opened('missing_model.keras')),
        ]);
        const layers = [...model.layerOutputs.keys()];
        await model.cleanup();
        return { output, text, shades, refused, layers, closed: await refusal(model.ready()) };
      })().then(done, (error) => done(String(error)));
    """
    with started(FIREFOX, tmp_path) as browser:
        browser.command("WebDriver:Navigate", url=f"{host}page.html")
        browser.until("document.documentElement.dataset.state === 'loaded'", "true")
        args = [x.ravel().tolist(), x.shape]
        seen = browser.command("WebDriver:ExecuteAsyncScript", script=script, args=args, sandbox=None)
    model = kerata.load_model(MODELS / "keras3_small.keras", "numpy")
    np.testing.assert_allclose(array(seen["output"]), model.predict(x), rtol=1e-4, atol=1e-5)
    assert seen["text"]["values"] == [2, 0]
    assert seen["shades"]["values"] == [116] * 10
    assert [code for code, *_ in seen["refused"]] == ["input", "download", "model"]
    assert seen["layers"] == [node.name for node in model.nodes]
    assert seen["closed"][0] == "closed"
