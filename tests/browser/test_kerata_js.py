"""kerata.js: any model from JavaScript, whatever its inputs are, and one sentence for whatever cannot be."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from stage import ROOT, change_worker, served, wait_until

import kerata
from kerata import graph
from kerata.formats import safetensors
from kerata.quantization import Stored
from tests.cases import GOLDEN, model_input, sequential_config

MODELS = GOLDEN / "models"
THREE = np.loadtxt(GOLDEN / "article_three.txt", dtype=int).ravel()
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
    "colored": (sequential_config((2, 3, 3), LINEAR), {}),
    "gray": (sequential_config((2, 3, 1), LINEAR), {}),
    "flat": (sequential_config((2, 3), LINEAR), {}),
    "first": (sequential_config((3, 2, 3), LINEAR), {}),
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
    (folder / "page.html").write_text('<!doctype html><link rel="icon" href="data:,"><script type="module" src="kerata_js.js"></script>')
    (folder / "missing_model.keras").write_text("<!doctype html><title>Not found</title>")
    (folder / "damaged.keras").write_bytes((MODELS / "keras3_small.keras").read_bytes()[:9000])
    for name, (config, weights) in SMALL.items():
        stored = {key: Stored(weight) for key, weight in weights.items()}
        (folder / f"{name}.safetensors").write_bytes(safetensors.write(config, stored, None, {}))
    shards(folder)
    return folder


def shards(folder: Path) -> None:
    """keras3_small.h5 in JSON and, as of a large model, two files of weights."""
    with h5py.File(MODELS / "keras3_small.h5") as file:
        (folder / "small.json").write_text(file.attrs["model_config"])


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
    """What the body of an async function of `values` returns, within a minute."""
    return page.evaluate(
        f"""(values) => Promise.race([
          (async () => {{ {script} }})(),
          new Promise((_, reject) => setTimeout(() => reject(new Error('nothing came in a minute')), 60_000)),
        ])""",
        [*values],
    )


def small(name: str) -> kerata.Model:
    return kerata.Model(graph.read(*SMALL[name]))


def array(told: dict[str, Any]) -> np.ndarray:
    return np.array(told["values"]).reshape(told["shape"])


@pytest.mark.parametrize("name", ["keras1_small.h5", "keras2_nested_small.keras", "keras2_small.h5", "keras3_nested_small.h5",
                                  "keras3_small.keras", "kerasjs_small.bin", "kerata_small.safetensors"])
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
