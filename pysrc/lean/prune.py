"""Of the 8,556 functions and variables that Pyodide's WebAssembly exports, those that somebody asks for by name: its
own JavaScript, the code around it, and the libraries that are linked to it. The others are there for packages that this
site does not have, and each costs time at the start: to be read, assigned and entered into tables.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from .split import Module
from .wasm import EXPORT, Reader, module, vector

_ASSIGNING = "function assignWasmExports(wasmExports){"
_WHOLE = "async function _createPyodideModule("
_LINKING = "if(!value&&!entry.required){"
_LINKING_WITHOUT_GL = 'if(symName.startsWith("emscripten_gl")||!value&&!entry.required){'
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_STATEMENT = re.compile(r'[^;]*wasmExports\["([^"]+)"\][^;]*')


def needed(glue: str, others: Iterable[str], binary: bytes, libraries: Iterable[bytes]) -> set[str]:
    """Names of exports. glue: Pyodide's JavaScript around its WebAssembly `binary`; others: the code around that.

    An export is kept when its name, or what it is assigned to, stands anywhere but in its own assignment; and when a
    library, or the module itself, imports it.
    """
    parts = _parts(glue)
    asked = set(_IDENTIFIER.findall(parts.before + parts.after + "".join(others)))
    asked |= {each.name for each in Module(binary).imports if each.module.startswith("GOT")}
    asked |= {each.name for library in libraries for each in Module(library).imports}
    return {name for name, statement in parts.statements.items() if asked & {name, *_assigned(statement)}} | asked


def pruned_glue(glue: str, kept: Collection[str]) -> str:
    """Without the variables and assignments of the other exports; without OpenGL for C, some 270 functions for each of
    which a module would be compiled; and in parentheses, from which engines take it that a function will be called, and
    read it once.
    """
    before, variables, statements, after = _parts(glue)
    gone = {variable for name, statement in statements.items() if name not in kept for variable in _assigned(statement)}
    assigning = _ASSIGNING + ";".join(statement for name, statement in statements.items() if name in kept)
    text = f"{before}var {','.join(name for name in variables if name not in gone)};{assigning}{after}"
    if text.count(_LINKING) != 1:
        raise ValueError("Pyodide's JavaScript links functions in another way")
    text = text.replace(_LINKING, _LINKING_WITHOUT_GL)
    head, _, body = text.partition(_WHOLE)
    end = body.rindex("}export default")
    return f"{head}const _createPyodideModule=(async function({body[: end + 1]});{body[end + 1 :]}"


def pruned(binary: bytes, kept: Collection[str]) -> bytes:
    """The module without its other exports."""
    whole = Module(binary)
    exports = [each for each in whole.exports if Reader(each).sized().decode() in kept]
    return module(whole.sections | {EXPORT: vector(exports)}, whole.custom)


class _Parts(NamedTuple):
    """What stands before the declaration of variables for exports, their names, their assignments by the export's name,
    and what stands behind them.
    """

    before: str
    variables: list[str]
    statements: dict[str, str]
    after: str


def _assigned(statement: str) -> list[str]:
    """The variables in `a=b=…=value`; properties in brackets are none."""
    return [target for target in statement.split("=")[:-1] if _IDENTIFIER.fullmatch(target)]


def _parts(glue: str) -> _Parts:
    before, found, rest = glue.partition(_ASSIGNING)
    if not found:
        raise ValueError("Pyodide's JavaScript assigns its exports in another way")
    body, _, after = rest.partition("}")
    statements = {match[1]: match[0] for match in map(_STATEMENT.fullmatch, body.split(";")) if match}
    if len(statements) != body.rstrip(";").count(";") + 1:
        raise ValueError("Pyodide's JavaScript has an assignment of another kind")
    before, _, variables = before.rpartition("var ")
    return _Parts(before, variables.rstrip(";").split(","), statements, "}" + after)
