"""The command line: `kerata convert model.h5 model.safetensors --quantize int8`."""

import argparse
import sys
from collections.abc import Sequence
from typing import get_args

from .convert import convert
from .errors import KerataError
from .quantization import Scheme


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status: 0, or 1 after one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="kerata", description="Runs Keras models with NumPy alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("convert", help="write a Keras .keras or .h5 file in Kerata's own format")
    command.add_argument("src", help="a Keras file: .keras or .h5")
    command.add_argument("dst", help="the file to write: .safetensors")
    command.add_argument("--quantize", choices=get_args(Scheme), help="store the kernels in fewer bytes")
    args = parser.parse_args(arguments)
    try:
        report = convert(args.src, args.dst, args.quantize)
    except (KerataError, OSError) as error:
        print(f"kerata: {args.src}: {error}" if isinstance(error, KerataError) else f"kerata: {error}", file=sys.stderr)
        return 1
    print(f"{args.src}: {report.source_size:,} B → {args.dst}: {report.size:,} B")
    print(f"Largest change of a weight: {report.weight_error:.2g}; of an output, on noise: {report.drift:.2g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
