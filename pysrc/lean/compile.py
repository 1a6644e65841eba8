"""Run inside Pyodide by `compile.mjs`: an archive of modules' source becomes one of their bytecode."""

import importlib._bootstrap_external as importer
import io
import zipfile
from collections.abc import Sequence
from typing import Any


def compiled(archive: Any, home: str, kept: Sequence[str] | None) -> bytes:
    """archive: a JavaScript buffer with a zip, whose modules will lie below `home`. kept: the modules wanted, or None
    for all.

    Where a module's source lay, its bytecode lies, without docstrings. Python loads it from there and looks for no
    source, as PEP 3147 has it for packages that come without. The same archive gives the same bytes.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive.to_bytes())) as before, zipfile.ZipFile(target, "w") as after:
        for name in before.namelist():
            if name.endswith("/") or not is_wanted(name, kept):
                continue
            data = before.read(name)
            if name.endswith(".py"):
                code = compile(data, home + name, "exec", dont_inherit=True, optimize=2)
                name, data = name + "c", importer._code_to_hash_pyc(code, bytes(8), checked=False)
            add(after, name, data)
    return target.getvalue()


def add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """An entry with one fixed date: the same data gives the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16  # readable once installed
    archive.writestr(entry, data, zipfile.ZIP_DEFLATED, compresslevel=9)


def is_wanted(name: str, kept: Sequence[str] | None) -> bool:
    """A wheel says what it is and under which licence, but not what is in it, which is no longer true."""
    if ".dist-info/" in name:
        return not name.endswith("/RECORD")
    return kept is None or name in kept
