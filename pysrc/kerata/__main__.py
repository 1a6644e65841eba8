"""The command line: `kerata info`, `kerata convert` and `kerata predict`."""

import argparse
import importlib.metadata
import json
import math
import os
import sys
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO, get_args

import numpy as np
import shtab

from . import files, inputs, load_model
from .convert import convert
from .describe import describe
from .errors import InputError, KerataError
from .quantization import Scheme
from .text import printable, sentence

# Exit statuses: after one sentence on stderr; after Ctrl+C, 128 + the signal's number, as in shells. argparse's
# own is 2, for a command that it does not know.
_FAILED, _INTERRUPTED = 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns the exit status."""
    try:
        args = _parser().parse_args(arguments)
        status: int = args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output, as `head` does, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except (KerataError, OSError) as error:
        file = "" if isinstance(error, InputError | OSError) else f"{printable(args.file)}: "
        print(f"kerata: {file}{sentence(error)}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kerata", description="Runs Keras models with NumPy alone.")
    parser.add_argument("--version", action="version", version=f"kerata {_version()}")
    shtab.add_argument_to(parser, ["--print-completion"], help="print the completion script of this shell")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, text: str, file: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        add_file(added, "file", help=file)
        added.add_argument("--json", action="store_true", help="print JSON")
        added.set_defaults(run=run)
        return added

    def add_file(to: argparse.ArgumentParser, name: str, **options: Any) -> None:
        to.add_argument(name, **options).complete = shtab.FILE  # type: ignore[attr-defined]

    def add_weights(to: argparse.ArgumentParser) -> None:
        add_file(to, "--weights", action="append", metavar="FILE", help="the weights, where the model's file is JSON")

    command("info", _info, "show a model's layers, and what runs them, without reading its weights", "a model's file")
    to = command("convert", _convert, "write a Keras model in Kerata's own format", "a Keras file: .keras or .h5")
    add_file(to, "to", help="the file to write: .safetensors")
    to.add_argument("--quantize", choices=get_args(Scheme), help="store the kernels in fewer bytes")
    add_file(to, "--sample", metavar="FILE", help="a batch to measure the drift on: .npy, or .npz for several inputs")
    add_weights(to)
    on = command("predict", _predict, "run a model on arrays, a table or a picture", "a model's file")
    add_file(on, "input", help="a batch: .npy, .npz for several inputs, .csv, .png, or - for standard input")
    add_file(on, "--out", metavar="FILE", help="the file to write instead: .npy, or for several outputs .npz")
    on.add_argument(
        "--divide-by",
        type=divisor,
        default=1,
        metavar="N",
        help="what to divide a picture's values by: 255 makes them 0 to 1",
    )
    add_weights(on)
    return parser


def divisor(text: str) -> float:
    """A finite number above 0; of anything else argparse says that it is an "invalid divisor value"."""
    number = float(text)
    if not 0 < number < math.inf:
        raise ValueError(text)
    return number


def _version() -> str:
    try:
        return importlib.metadata.version("kerata")
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version: the package is not installed"


def _info(args: argparse.Namespace) -> int:
    found = describe(args.file)
    if args.json:
        layers = [layer._asdict() for layer in found.layers]
        print(json.dumps(found._asdict() | {"layers": layers, "parameters": found.parameters}))
    elif found.missing:
        _print_table(["missing", "why"], found.missing.items())
    else:
        _print_table(
            ["layer", "kind", "output", "parameters", "kernels"],
            [[each.name, each.kind, each.shape, f"{each.parameters:,}", ", ".join(each.kernels) or "none: NumPy"]
             for each in found.layers],
        )  # fmt: skip
        print(f"{printable(found.name)}: {len(found.layers)} layers, {found.parameters:,} parameters")
    return _FAILED if found.missing else 0


def _convert(args: argparse.Namespace) -> int:
    sample = inputs.read_arrays(args.sample) if args.sample else None
    report = convert(args.file, args.to, args.quantize, sample, weights=args.weights)
    if args.json:
        sizes = {"source_size": report.source_size, "size": report.size}
        print(json.dumps({**sizes, "weight_errors": report.weight_errors, "drift": report.drift}))
        return 0
    if args.quantize:
        _print_table(["weight", "largest change"], [[name, f"{e:.2g}"] for name, e in report.weight_errors.items()])
    print(printable(f"{args.file}: {report.source_size:,} B → {args.to}: {report.size:,} B"))
    print(f"Largest change of a weight: {report.weight_error:.2g}")
    if report.drift is None:
        print("No input was found that the model answers with finite numbers, so no change of an output was measured "
              "and the file has no self-test; give inputs with --sample.")  # fmt: skip
    else:
        print(f"Largest change of an output, on {'the sample' if args.sample else 'noise'}: {report.drift:.2g}")
    return 0


def _predict(args: argparse.Namespace) -> int:
    out = Path(args.out) if args.out else None
    if out:
        files.check_target(out, (".npy", ".npz"), (args.file, args.input, *(args.weights or ())))
    model = load_model(args.file, weights=args.weights)
    outputs = model.predict(inputs.read(args.input, model, args.divide_by))
    named = (
        outputs if isinstance(outputs, dict) else dict(enumerate(outputs if isinstance(outputs, list) else [outputs]))
    )
    if out:
        _save(out, {str(name): array for name, array in named.items()})
    elif args.json:
        print(json.dumps(outputs, default=_plain))
    else:
        for name, array in named.items():
            print(f"output {printable(name)}: {array.dtype} {array.shape}")
            print(np.array2string(array, precision=4, suppress_small=True, threshold=200))
    return 0


def _plain(value: Any) -> Any:
    """An array, or the text in one, as JSON has it."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value.tolist()


def _save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    if path.suffix.lower() == ".npz":
        files.write_whole(path, lambda file: _write_npz(file, arrays))
    elif len(arrays) == 1:
        files.write_whole(path, lambda file: _write_npy(file, *arrays.values()))
    else:
        raise InputError(f"--out: expected a name ending in .npz for {len(arrays)} outputs, received {path.name!r}.")


def _write_npz(file: BinaryIO, arrays: dict[str, np.ndarray]) -> None:
    """As `numpy.savez`, which cannot name an array "file"."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                _write_npy(member, array)


def _write_npy(file: IO[bytes], array: np.ndarray) -> None:
    """Text as bytes of one length: arrays of objects would be pickled, and are not read again."""
    plain = array.astype(bytes) if array.dtype == object else array
    np.lib.format.write_array(file, plain, allow_pickle=False)


def _print_table(heads: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    from rich.console import Console  # imported only here: it takes a tenth of a second
    from rich.table import Table
    from rich.text import Text

    table = Table(*heads)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
