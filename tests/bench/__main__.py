"""Kerata against its peers, in one page of a real browser: `python -m tests.bench`.

Equal answers are checked first; the engines take turns; warm-up is left out; medians and spread are printed.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import picture, report, startup, visiting
from .arena import Arena, DisagreementError, Result, Task, machine
from .networks import ARTICLE

_WASM = ("Kerata wasm", "TF.js wasm", "ORT wasm")
_PEERS = ("TF.js wasm", "Keras.js cpu")
_WEBGL = ("Kerata webgl", "TF.js webgl")
_WEBGPU = ("Kerata webgpu", "TF.js webgpu", "ORT webgpu")

SETS: dict[str, list[Task]] = {
    "article": [Task(f"article's CNN, batch {n}", ARTICLE, 28, n, _WASM) for n in (1, 16, 64)],
    "numpy": [Task("article's CNN, without kernels", ARTICLE, 28, 1, ("Kerata numpy", "TF.js cpu", "Keras.js cpu"))],
    "javascript": [
        Task("article's CNN, asked from JavaScript", ARTICLE, 28, 1, ("kerata.js wasm", "kerata.js layers", *_PEERS))
    ],
    "networks": [Task(f"{network}, 224", network, 224, 1, _WASM) for network in ("MobileNetV2", "ResNet50")],
    "sequences": [
        Task("BiLSTM, 100 steps", "BiLSTM", 100, 1, ("Kerata wasm", "TF.js-layers wasm", "ORT wasm")),
        Task("transformer, 64 steps", "transformer", 64, 1, ("Kerata wasm", "ORT wasm")),
    ],
    "gpu": [  # on the software adapters that tests/browser/stage.py asks for
        Task("article's CNN, WebGL 2", ARTICLE, 28, 1, _WEBGL),
        Task("article's CNN, WebGPU", ARTICLE, 28, 1, _WEBGPU),
    ],
    "batches": [Task(f"article's CNN, of {n}", ARTICLE, 28, n, _WASM) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256)],
    "sizes": [Task(f"MobileNetV2, of {size}", "MobileNetV2", size, 1, _WASM) for size in range(32, 225, 32)],
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="build.py bench", description="Time Kerata against its peers, in a browser.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw cost as work grows there, as SVG or PNG")
    parser.add_argument("--only", nargs="+", choices=[*SETS, "kernels"], help="which tasks (default: all)")
    parser.add_argument("--startup", action="store_true", help="instead: how soon pages predict after they are opened")
    options = parser.parse_args()
    if options.startup:
        return _startup(options.json)
    results: list[Result] = []
    try:
        for those in _run(options.only or [*SETS, "kernels"]):
            print(report.table(those), flush=True)
            results += those
    except DisagreementError as error:
        print(error)
        return 1
    finally:  # of a long run that breaks off, what is there
        if options.json:
            report.write(report.as_json(results, machine()), options.json)
    if options.picture:
        picture.draw(results, {"images at once": SETS["batches"], "pixels a side": SETS["sizes"]}, options.picture)
    return 0


def _startup(file: Path | None) -> int:
    try:
        rows = startup.measure()
    except (DisagreementError, visiting.SilentPageError) as error:
        print(error)
        return 1
    print(startup.table(rows))
    if file:
        report.write({"machine": machine(), "startup": rows}, file)
    return 0


def _run(names: Sequence[str]) -> Iterator[list[Result]]:
    """Task by task."""
    with tempfile.TemporaryDirectory() as folder:
        arena = Arena(Path(folder))
        for name in names:
            if name == "kernels":
                yield arena.peak()
            for task in SETS.get(name, []):
                yield arena.run(task)


if __name__ == "__main__":
    raise SystemExit(main())
