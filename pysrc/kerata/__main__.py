"""The command line: `kerata info`, `kerata convert` and `kerata predict`."""

import argparse
import json
import sys
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO, get_args

import numpy as np

from . import files, load_model
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
    args = _parser().parse_args(arguments)
    try:
        status: int = args.run(args)
    except (KerataError, OSError) as error:
        file = f"{printable(args.file)}: " if isinstance(error, KerataError) else ""
        print(f"kerata: {file}{sentence(error)}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kerata", description="Runs Keras models with NumPy alone.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, text: str, file: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("file", help=file)
        added.add_argument("--json", action="store_true", help="print JSON")
        added.set_defaults(run=run)
        return added

    command("info", _info, "show a model's layers, and what runs them, without reading its weights", "a model's file")
    to = command("convert", _convert, "write a Keras model in Kerata's own format", "a Keras file: .keras or .h5")
    to.add_argument("to", help="the file to write: .safetensors")
    to.add_argument("--quantize", choices=get_args(Scheme), help="store the kernels in fewer bytes")
    on = command("predict", _predict, "run a model on arrays", "a model's file")
    on.add_argument("input", help="a batch: .npy, or for several inputs .npz with their names")
    on.add_argument("--out", help="the file to write instead: .npy, or for several outputs .npz")
    return parser


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
    report = convert(args.file, args.to, args.quantize)
    if args.json:
        sizes = {"source_size": report.source_size, "size": report.size}
        print(json.dumps({**sizes, "weight_errors": report.weight_errors, "drift": report.drift}))
        return 0
    if args.quantize:
        _print_table(["weight", "largest change"], [[name, f"{e:.2g}"] for name, e in report.weight_errors.items()])
    print(printable(f"{args.file}: {report.source_size:,} B → {args.to}: {report.size:,} B"))
    print(f"Largest change of a weight: {report.weight_error:.2g}; of an output, on noise: {report.drift:.2g}")
    return 0


def _predict(args: argparse.Namespace) -> int:
    out = Path(args.out) if args.out else None
    if out:
        files.check_target(out, (".npy", ".npz"), (args.file, args.input))
    outputs = load_model(args.file).predict(_arrays(args.input))
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


def _arrays(path: str) -> Any:
    """A `.npy` or `.npz`; neither may hold Python's objects, which would be run."""
    try:
        with Path(path).open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            return dict(loaded) if isinstance(loaded, np.lib.npyio.NpzFile) else loaded
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path}: expected arrays as numpy.save writes them, received something else.") from error


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
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError as error:
        raise KerataError("Tables need the package rich: pip install 'kerata[cli]', or ask for --json.") from error
    table = Table(*heads)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
