"""Of the 8,556 functions and variables that Pyodide's WebAssembly exports, those that somebody asks for by name: its
own JavaScript, the code around it, and the libraries that are linked to it. The others are there for packages that this
site does not have, and each costs time at the start: to be read, assigned and entered into tables. The same holds for
what its JavaScript offers, from OpenGL to sound: when nothing refers to a function any more, a minifier drops it.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from .split import Module
from .wasm import EXPORT, Reader, module, vector

_ASSIGNING = "function assignWasmExports(wasmExports){"
_LINKING = "if(!value&&!entry.required){"
_LINKING_WITHOUT_GL = 'if(symName.startsWith("emscripten_gl")||!value&&!entry.required){'
_IMPORTS = "wasmImports={"
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_PROPERTY = re.compile(r"\.([A-Za-z_$][\w$]*)")
_STATEMENT = re.compile(r'[^;]*wasmExports\["([^"]+)"\][^;]*')
_OFFER = re.compile(r'(?<=[;}])Module\["([\w$]+)"\]=[\w$]+;')
_NAMED = re.compile(r'\bModule\["([\w$]+)"\]')
_SIGNATURE = re.compile(r'(?<=[;}])([\w$]+)\.sig="[^"]*";')
_FUNCTION = re.compile(r"async function ([\w$]+)(\(.*\})export default \1;\s*", re.DOTALL)
_EVALUATION = re.compile(r"\beval\(")


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
    """Without the variables and assignments of the other exports, and without OpenGL for C, some 270 functions for each
    of which a module would be compiled.
    """
    before, variables, statements, after = _parts(glue)
    gone = {variable for name, statement in statements.items() if name not in kept for variable in _assigned(statement)}
    assigning = _ASSIGNING + ";".join(statement for name, statement in statements.items() if name in kept)
    text = f"{before}var {','.join(name for name in variables if name not in gone)};{assigning}{after}"
    if text.count(_LINKING) != 1:
        raise ValueError("Pyodide's JavaScript links functions in another way")
    return text.replace(_LINKING, _LINKING_WITHOUT_GL)


def referring_less(glue: str, others: Iterable[str], binaries: Iterable[bytes]) -> str:
    """Without references to functions that neither the binaries import nor the code around asks for.

    Text is evaluated outside of all functions: whatever it might name there, a minifier would have to keep. It is that
    of libraries which bring JavaScript of their own, and none of these does.
    """
    imported = {each.name for binary in binaries for each in Module(binary).imports}
    before, found, rest = glue.partition(_IMPORTS)
    if not found:
        raise ValueError("Pyodide's JavaScript lists what WebAssembly may import in another way")
    listed, _, after = rest.partition("}")
    imports = [each for each in listed.split(",") if each.partition(":")[0] in imported]
    implementing = {each.rpartition(":")[2] for each in imports}
    text = f"{before}{_IMPORTS}{','.join(imports)}}}{after}"
    text = _SIGNATURE.sub(lambda match: match[0] if match[1] in implementing else "", text)
    rest = _OFFER.sub("", text)
    # Whatever the module is called where a property is asked for.
    asked = set(_NAMED.findall(rest)).union(*map(_PROPERTY.findall, [rest, *others]))
    text = _OFFER.sub(lambda match: match[0] if match[1] in asked else "", text)
    return _EVALUATION.sub("globalThis.eval(", text)


def read_once(minified: str) -> str:
    """In parentheses, from which engines take it that a function will be called, and read it once."""
    function = _FUNCTION.fullmatch(minified)
    if not function:
        raise ValueError("Pyodide's JavaScript is more than one function")
    return f"const create=(async function{function[2]});export default create;"


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
