"""From opening a page to its first prediction: Kerata's page, the same without its snapshot, Pyodide as its
documentation has it, and pages of TensorFlow.js and ONNX Runtime Web with the same weights; and pages that give the
same network as Keras.js's `.bin` to `kerata.js` and to Keras.js.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

import build
import kerata
from tests.browser.stage import DIGITS

from . import export_kerasjs, export_onnx, export_tfjs, networks, peers, small, visiting
from .arena import DIFFERENCE, DisagreementError
from .folding import folded
from .hosting import Line, naive_runtime, pack

REPEATS = 5
SEVEN = [[list(point) for point in stroke] for stroke in DIGITS[7]]


class Visit(NamedTuple):
    """A way to come to the pages. rate: bits a second; None: the machine's. warm: not for the first time."""

    name: str
    rate: float | None
    warm: bool


VISITS = (
    Visit("cold", None, False),
    Visit("warm", None, True),
    Visit("cold, 50 Mbit/s", 50e6, False),
    Visit("cold, 10 Mbit/s", 10e6, False),
)
OURS = ("Kerata", "Kerata, no snapshot")
PAGES = (*OURS, "kerata.js", "Keras.js cpu", "Pyodide, naive", "TF.js wasm", "ORT wasm")
HTML = {
    "kerata.js": "kerata-js",
    "Keras.js cpu": "kerasjs",
    "Pyodide, naive": "naive",
    "TF.js wasm": "tfjs",
    "ORT wasm": "ort",
}


def measure() -> list[dict[str, Any]]:
    """A row for each page and visit: medians, and all predictions' times. Raises DisagreementError."""
    with tempfile.TemporaryDirectory() as folder:
        expected = write_pages(Path(folder))
        found: dict[tuple[str, str], list[dict[str, float]]] = {}
        for _ in range(REPEATS):
            for visit in VISITS:
                for page in PAGES:
                    result = _visited(Path(folder), page, visit, expected)
                    found.setdefault((page, visit.name), []).append(result)
    return [_row(page, visit, results) for (page, visit), results in found.items()]


def write_pages(folder: Path) -> np.ndarray:
    """A folder for each page; returns what the peers are to answer."""
    build.make_dist(folder / "Kerata")
    shutil.copytree(folder / "Kerata", folder / "Kerata, no snapshot")
    for form in (build.content_of(folder / "Kerata, no snapshot") / "pyodide").glob("snapshot-*"):
        form.unlink()
    model = build.SITE / build.MODEL
    nodes = folded(kerata.load_model(model, "numpy").nodes)
    x = networks.inputs(networks.ARTICLE, 28, 1)
    shutil.copytree(folder / "Kerata", folder / "kerata.js")
    for name, page in HTML.items():
        place = folder / name
        place.mkdir(exist_ok=True)
        shutil.copy(Path(__file__).with_name("startup") / f"{page}.html", place / "index.html")
        shutil.copy(Path(__file__).with_name("startup") / "predicted.js", place)
        (place / "input.bin").write_bytes(x.tobytes())
    shutil.copy(model, folder / "Pyodide, naive" / "model")
    naive_runtime(folder / "Pyodide, naive" / "pyodide")
    for name in ("kerata.js", "Keras.js cpu"):
        export_kerasjs.export(nodes, folder / name / "model.bin")
    export_tfjs.export(nodes, folder / "TF.js wasm" / "tfjs.json")
    small.pack_tfjs(folder / "TF.js wasm" / "tfjs.json")
    export_onnx.export(nodes, folder / "ORT wasm" / "network.onnx")
    small.pack_onnx(folder / "ORT wasm" / "network.onnx")
    for file in peers.fetch().iterdir():
        if file.name.startswith("tf"):
            shutil.copy(file, folder / "TF.js wasm")
        elif file.name.startswith("ort"):
            shutil.copy(file, folder / "ORT wasm")
        elif file.name.startswith("keras"):
            shutil.copy(file, folder / "Keras.js cpu")
    for name in PAGES[2:]:
        pack(folder / name)
    for name in PAGES:
        visiting.add_script(folder / name, SEVEN)
    build.list_files(folder / "Kerata")
    build.pack([folder / "Kerata" / build.WORKER])
    return kerata.load_model(model, "numpy").predict(x)[0]


def _visited(folder: Path, name: str, visit: Visit, expected: np.ndarray) -> dict[str, float]:
    """One visit with a fresh profile, or the second with it."""
    # Our site is kept, unlike the one without its snapshot, which is not whole.
    result = visiting.visit(folder / name, Line(visit.rate), visits=2 if visit.warm else 1, keep=name == "Kerata")
    answer = result.pop("answer")
    if name in OURS:
        if answer != 7:
            raise DisagreementError(f"{name}: expected a 7, received {answer}.")
    else:
        difference = np.abs(np.array(answer) - expected).max()
        if not difference <= DIFFERENCE:
            raise DisagreementError(
                f"{name}: expected the same answers within {DIFFERENCE}, received {difference:.1e}."
            )
    return result


def _row(page: str, visit: str, results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    times = sorted(result["prediction"] for result in results)
    row: dict[str, Any] = {"page": page, "visit": visit, "n": len(results)}
    for key in results[0]:
        values = [result[key] for result in results]
        row[key] = None if None in values else round(median(values), 2)
    return row | {"from": times[0], "to": times[-1]}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """In Markdown."""
    lines = ["| visit | page | first prediction, ms | from … to | × ORT's | paint | pad | Python | blocked | MB |"]
    lines.append("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    ort = {row["visit"]: row["prediction"] for row in rows if row["page"] == "ORT wasm"}
    for row in sorted(rows, key=lambda row: [visit.name for visit in VISITS].index(row["visit"])):
        others = ["" if row[key] is None else f"{row[key]:.0f}" for key in ("paint", "pad", "python", "blocked")]
        lines.append(
            f"| {row['visit']} | {row['page']} | {row['prediction']:.0f} | {row['from']:.0f} … {row['to']:.0f} | "
            f"{row['prediction'] / ort[row['visit']]:.2f} | {' | '.join(others)} | {row['megabytes']:.2f} |"
        )
    return "\n".join(lines)
