"""Modules of WebAssembly in two parts: whatever is in the first, they answer as the whole."""

from itertools import combinations

import pytest
import wasmtime

from pysrc.lean import prune, split
from pysrc.lean.wasm import sections

# Functions that call each other directly and through the table, and share memory, a global and the data.
WHOLE = """
(module
  (import "env" "say" (func $say (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "\\05")
  (table $t (export "table") 2 funcref)
  (elem (i32.const 0) $double $count)
  (global $calls (mut i32) (i32.const 0))
  (global $step i32 (i32.const 3))
  (type $unary (func (param i32) (result i32)))
  (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $count (type $unary)
    (global.set $calls (i32.add (global.get $calls) (global.get $step)))
    (global.get $calls))
  (func $stored (param $more i64) (result i32)
    (local $sum i32)
    (local.set $sum (i32.add (i32.load8_u (i32.const 8)) (i32.wrap_i64 (local.get $more))))
    (i32.store8 (i32.const 8) (local.get $sum))
    (call $say (local.get $sum))
    (local.get $sum))
  (func $all (export "all") (param i32) (result i32)
    (i32.add (call_indirect (type $unary) (local.get 0) (i32.const 0))
      (i32.add (call_indirect (type $unary) (i32.const 0) (i32.const 1)) (call $stored (i64.const 1))))))
"""
DOUBLE, COUNT, STORED, ALL = range(4)


class Running:
    """A module, or its two parts, of which the second comes when it is called for."""

    def __init__(self, first: bytes, second: bytes | None = None) -> None:
        self.store, self.said, self.fetched = wasmtime.Store(), [], 0
        kind = wasmtime.FuncType([wasmtime.ValType.i32()], [])
        self.imports = {("env", "say"): wasmtime.Func(self.store, kind, self.said.append)}
        self.exports = self._made(first)
        if second is not None:
            shared = {(split.SHARED, name): value for name, value in self.exports.items()}

            def fetch() -> None:
                self.fetched += 1
                self.imports |= shared
                self._made(second)

            table = self.exports["hot:cold"]
            slow = wasmtime.Func(self.store, wasmtime.FuncType([], []), fetch)
            table.set(self.store, table.size(self.store) - 1, slow)

    def _made(self, binary: bytes):
        module = wasmtime.Module(self.store.engine, binary)
        given = [self.imports[each.module, each.name] for each in module.imports]
        return dict(wasmtime.Instance(self.store, module, given).exports(self.store).items())

    def answers(self) -> list[int]:
        return [self.exports["all"](self.store, value) for value in (1, 20, 300)]


@pytest.fixture(scope="module")
def binary() -> bytes:
    return bytes(wasmtime.wat2wasm(WHOLE))


HOT = [set(those) for count in range(5) for those in combinations(range(4), count)]


@pytest.mark.parametrize("hot", HOT, ids=str)
def test_both_parts_together_answer_as_the_whole(binary: bytes, hot: set[int]) -> None:
    whole, parts = Running(binary), Running(*split.split(binary, hot))
    assert parts.answers() == whole.answers() == [2 + 3 + 6, 40 + 6 + 7, 600 + 9 + 8]
    assert parts.said == whole.said
    assert parts.fetched == (1 if len(hot) < 4 else 0)


def test_marking_tells_which_functions_have_run(binary: bytes) -> None:
    marked = Running(split.marked(binary))
    used = marked.exports["used"]

    def run() -> set[int]:
        entries = [used.get(marked.store, place) for place in range(used.size(marked.store))]
        return {place for place, entry in enumerate(entries) if not isinstance(entry, wasmtime.Func)}

    assert run() == set()
    marked.exports["all"](marked.store, 1)
    assert run() == {DOUBLE, COUNT, STORED, ALL}


GLUE = """async function _createPyodideModule(moduleArg={}){var out=1;function use(){return _kept()+Module["_named"]}\
var _kept,_gone,_named,_library,_number,wasmMemory;function assignWasmExports(wasmExports){\
_kept=Module["_kept"]=wasmExports["kept"];_gone=Module["_gone"]=wasmExports["gone"];\
_named=Module["_named"]=wasmExports["named"];_library=Module["_library"]=wasmExports["library"];\
_number=Module["_number"]=wasmExports["number"].value>>>0;wasmMemory=wasmExports["memory"]}\
var wasmImports={};wasmMemory.grow(1);if(!value&&!entry.required){entry.value=0}\
return moduleRtn}export default _createPyodideModule;
"""

LIBRARY = """(module (import "env" "library" (func)))"""

MAIN = """
(module
  (import "GOT.func" "entry" (global (mut i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "held")
  (func (export "kept")) (func (export "gone")) (func (export "named")) (func (export "library"))
  (func (export "entry")) (func (export "number")))
"""


def test_only_exports_that_somebody_names_are_kept() -> None:
    main, library = (bytes(wasmtime.wat2wasm(text)) for text in (MAIN, LIBRARY))
    kept = prune.needed(GLUE, ["loader._number"], main, [library])
    exports = {each.name for each in wasmtime.Module(wasmtime.Engine(), prune.pruned(main, kept)).exports}
    assert exports == {"memory", "kept", "named", "library", "entry", "number"}
    glue = prune.pruned_glue(GLUE, kept)
    assert "gone" not in glue
    assert 'if(symName.startsWith("emscripten_gl")||!value&&!entry.required){entry.value=0}' in glue
    assert "var _kept,_named,_library,_number,wasmMemory;function assignWasmExports" in glue


OFFERING = """async function create(e={}){function _used(){}_used.sig="v";function _unused(){}_unused.sig="v";\
Module["_used"]=_used;Module["_unused"]=_unused;Module["asked"]=_unused;Module["known"]=_unused;use(this.another.known);\
var wasmImports={used:_used,unused:_unused};function run(text){return eval(text)}}export default create;
"""


def test_only_what_somebody_imports_or_asks_for_is_referred_to() -> None:
    importing = bytes(wasmtime.wat2wasm('(module (import "env" "used" (func)))'))
    glue = prune.referring_less(OFFERING, ["loader.asked"], [importing])
    for gone in ("unused:", '_unused.sig="v";', 'Module["_used"]=', 'Module["_unused"]='):
        assert gone not in glue
    for kept in ('Module["asked"]=_unused;', 'Module["known"]=_unused;', '_used.sig="v";', "wasmImports={used:_used}"):
        assert kept in glue
    assert "return globalThis.eval(text)" in glue


def test_a_minified_glue_is_read_once() -> None:
    assert prune.read_once("async function e(t={}){return t}export default e;\n") == (
        "const create=(async function(t={}){return t});export default create;"
    )


def test_a_glue_that_is_written_otherwise_is_refused() -> None:
    with pytest.raises(ValueError, match="in another way"):
        prune.needed("function assignExports(){}", [], bytes(wasmtime.wat2wasm(MAIN)), [])
    with pytest.raises(ValueError, match="in another way"):
        prune.referring_less("var imports={}", [], [])
    with pytest.raises(ValueError, match="more than one function"):
        prune.read_once("var e;async function t(){}export default t;")
    with pytest.raises(ValueError, match="no WebAssembly module"):
        sections(b"\0asm")
