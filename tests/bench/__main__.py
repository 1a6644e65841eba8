"""Kerata against its peers, in one page of a real browser: `python -m tests.bench`.

Equal answers are checked first; the engines take turns; warm-up is left out; medians and spread are printed.
"""

import argparse
import tempfile
from pathlib import Path

from . import report
from .arena import Arena, DisagreementError, Task, machine
from .networks import ARTICLE

_WASM = ("Kerata wasm", "TF.js wasm", "ORT wasm")
_SOFTWARE_GPU = ("Kerata webgl", "TF.js webgl", "Kerata webgpu", "TF.js webgpu", "ORT webgpu")

SETS: dict[str, list[Task]] = {
    "article": [Task(f"article's CNN, batch {n}", ARTICLE, 28, n, _WASM) for n in (1, 16, 64)],
    "numpy": [Task("article's CNN, without kernels", ARTICLE, 28, 1, ("Kerata numpy", "TF.js cpu", "Keras.js cpu"))],
    "networks": [Task(f"{network}, 224", network, 224, 1, _WASM) for network in ("MobileNetV2", "ResNet50")],
    "gpu": [Task("article's CNN, software adapter", ARTICLE, 28, 1, _SOFTWARE_GPU)],
    "batches": [Task(f"article's CNN, of {n}", ARTICLE, 28, n, _WASM) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256)],
    "sizes": [Task(f"MobileNetV2, of {size}", "MobileNetV2", size, 1, _WASM) for size in range(32, 225, 32)],
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="build.py bench", description="Time Kerata against its peers, in a browser.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS), help="which tasks (default: all)")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        arena = Arena(Path(folder))
        for task in (task for name in options.only for task in SETS[name]):
            try:
                results += arena.run(task)
            except DisagreementError as error:
                print(f"{task.name}: {error}")
                return 1
            print(report.table([result for result in results if result.task == task.name]), flush=True)
    print("\n" + report.table(results))
    if options.json:
        report.write(results, machine(arena.version), options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
