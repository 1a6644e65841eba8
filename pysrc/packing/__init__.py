"""Packed forms of a site's files, for hosts that serve them: a .gz beside each that gains by it, and a .br where that
is smaller still. Python's standard library has no Brotli; Node.js has, where there is one.
"""

import hashlib
import json
import shutil
import subprocess
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

SCRIPT = Path(__file__).with_name("brotli.mjs")
ENCODINGS = {"br": ".br", "gzip": ".gz"}  # the endings of packed forms, the smallest form first


class NoBrotliError(Exception):
    """Why there are no .br: half a sentence."""


def pack(paths: Iterable[Path], cache: Path) -> None:
    """Raises NoBrotliError where Node.js is there and fails. What Node.js has packed once is in the cache."""
    _brotli([path for path in sorted(paths) if compress(path)], cache)


def compress(path: Path) -> bool:
    """Puts a .gz beside a file of 1 KB or more, unless packing saves less than a tenth (what is a zip already)."""
    if path.is_dir() or path.stat().st_size < 1024:
        return False
    data = path.read_bytes()
    packed = zlib.compress(data, 9, wbits=31)  # 31: gzip, with neither a name nor a time, so always the same
    gains = len(packed) < 0.9 * len(data)
    if gains:
        path.with_name(path.name + ".gz").write_bytes(packed)
    return gains


def _brotli(paths: Sequence[Path], cache: Path) -> None:
    """Puts a .br beside each whose .gz is larger."""
    cache.mkdir(parents=True, exist_ok=True)
    script = SCRIPT.read_bytes()
    made = {path: cache / f"{hashlib.sha256(script + path.read_bytes()).hexdigest()}.br" for path in paths}
    _make({packed: path for path, packed in made.items() if not packed.exists()})
    for path, packed in made.items():
        if packed.exists() and packed.stat().st_size < path.with_name(path.name + ".gz").stat().st_size:
            shutil.copyfile(packed, path.with_name(path.name + ".br"))


def _make(missing: dict[Path, Path]) -> None:
    """Makes packed forms, each of a file, all or none."""
    node = shutil.which("node")
    if not missing or node is None:
        return
    jobs = [[str(path), str(packed.with_suffix(".part"))] for packed, path in missing.items()]
    result = subprocess.run([node, SCRIPT], input=json.dumps(jobs), capture_output=True, text=True, check=False)
    if result.returncode:
        raise NoBrotliError(f"Node.js failed ({result.stderr.strip() or result.returncode})")
    for packed in missing:
        packed.with_suffix(".part").replace(packed)
