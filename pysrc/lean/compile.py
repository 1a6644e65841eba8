"""Run inside Pyodide by `compile.mjs`: an archive of modules' source becomes one of their bytecode."""

import ast
import importlib._bootstrap_external as importer
import io
import zipfile
from collections.abc import Sequence
from types import CodeType
from typing import Any

# They do nothing but give docstrings, which are left out everywhere; but they are imported.
DOCSTRINGS = ("numpy/_core/_add_newdocs.py", "numpy/_core/_add_newdocs_scalars.py")


def compiled(archive: Any, home: str, kept: Sequence[str] | None) -> bytes:
    """archive: a JavaScript buffer with a zip, whose modules will lie below `home`. kept: the modules wanted, or None
    for all.

    Where a module's source lay, its bytecode lies, without docstrings and what `stripped` takes away. Python loads it
    from there and looks for no source, as PEP 3147 has it for packages that come without. Of archives with modules to
    choose from, which are not ours, it has no line numbers either. The same archive gives the same bytes.
    """
    target = io.BytesIO()
    # Its entries are not packed: the build packs it as a whole, which comes out smaller, and the browser unpacks that.
    with zipfile.ZipFile(io.BytesIO(archive.to_bytes())) as before, zipfile.ZipFile(target, "w") as after:
        for name in before.namelist():
            if name.endswith("/") or not is_wanted(name, kept):
                continue
            data = b"" if name in DOCSTRINGS else before.read(name)
            if name.endswith(".py"):
                code = compile(stripped(ast.parse(data)), home + name, "exec", dont_inherit=True, optimize=2)
                if kept is not None:
                    code = without_lines(code)
                name += "c"
                data = importer._code_to_hash_pyc(code, bytes(8), checked=False)  # type: ignore[attr-defined]
            add(after, name, data)
    return target.getvalue()


def stripped(module: ast.Module) -> ast.Module:
    """Without what takes time and nobody reads.

    For annotations of functions, Python would make a function each; those of classes declare fields. For a class
    without documentation, as all are here, `dataclass` writes some, and has to inspect the class: some 90 ms of the
    start without the snapshot. So those classes have a word of it.
    """
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.ClassDef) and any(map(_is_dataclass, node.decorator_list)):
            node.body.insert(0, ast.Assign([ast.Name("__doc__", ast.Store())], ast.Constant(node.name)))
    return ast.fix_missing_locations(module)


def _is_dataclass(decorator: ast.expr) -> bool:
    """`dataclass`, `dataclasses.dataclass`, or what a call of it returns."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] == "dataclass"


def without_lines(code: CodeType) -> CodeType:
    """The same but for its location table, which says "nowhere", an entry for up to eight instructions
    (CPython's InternalDocs/code_objects.md): half of the space is for nothing where there is no source to show.
    """
    units = len(code.co_code) // 2
    table = b"\xff" * (units // 8) + (bytes([0xF8 + units % 8 - 1]) if units % 8 else b"")
    constants = tuple(without_lines(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_linetable=table, co_consts=constants)


def add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """An entry with one fixed date: the same data gives the same bytes; packed as the archive is by default."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16  # readable once installed
    archive.writestr(entry, data, archive.compression, archive.compresslevel)


def is_wanted(name: str, kept: Sequence[str] | None) -> bool:
    """A wheel says what it is and under which licence, but not what is in it, which is no longer true."""
    if ".dist-info/" in name:
        return not name.endswith("/RECORD")
    return kept is None or name in kept
