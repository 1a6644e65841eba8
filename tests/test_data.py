"""Static data in two parts: the first has what its functions may read, both together have all."""

import pytest
import wasmtime

from pysrc.lean import split
from pysrc.lean.instructions import constants
from pysrc.lean.wasm import CODE, DATA, bodies, sections, segments
from tests.test_split import Running

PAGE = 65536
NAMED, NEXT, TEXT, COLD, TABLE, BOUND, LIMIT, POINTED, CHANGES = (
    *(20_000, 40_000, 45_056, 70_016, 100_032),
    *(125_008, 2**17, 150_016, 190_000),
)
SIZE = 20_000  # of the table
ROUND = 102_400  # a number that could be a place in the table
HEAP = 4 * PAGE  # where what is no static data points at `POINTED`
LOOKS_LIKE_A_PLACE = "".join(f"\\{byte:02x}" for byte in COLD.to_bytes(4, "little"))
PLACES = "".join(f"\\{byte:02x}" for place in (NEXT, TEXT) for byte in place.to_bytes(4, "little"))
DOCUMENTATION = "f($self)\\n--\\n\\n" + "What it does. " * 40

WHOLE = f"""
(module
  (memory (export "memory") 8)
  (data (i32.const {NAMED}) "named")
  (data (i32.const {NEXT}) "next")
  (data (i32.const {TEXT}) "{DOCUMENTATION}")
  (data (i32.const {COLD}) "cold")
  (data (i32.const {TABLE}) "{LOOKS_LIKE_A_PLACE}{"t" * (SIZE - 4)}")
  (data (i32.const {LIMIT}) "limit")
  (data (i32.const {POINTED}) "{PLACES}")
  (data (i32.const {CHANGES}) "changes")
  (data (i32.const {CHANGES + 2000}) "may change")
  (func (export "hot") (result i32) (i32.load8_u (i32.const {NAMED})))
  (func (export "look up") (param i32) (result i32)
    (i32.load8_u offset={TABLE} (select (local.get 0) (i32.const 0) (i32.lt_u (local.get 0) (i32.const {LIMIT})))))
  (func (export "cold") (result i32)
    (i32.add (i32.load8_u offset={COLD} (i32.const 0)) (i32.sub (i32.const {POINTED}) (i32.const {POINTED}))))
  (func (result i32) (i32.add (i32.const {BOUND}) (i32.const {ROUND}))))
"""
HOT = {0, 1}


@pytest.fixture(scope="module")
def binary() -> bytes:
    return bytes(wasmtime.wat2wasm(WHOLE))


@pytest.fixture(scope="module")
def memory(binary: bytes) -> bytes:
    """After the hot function has run: what points from the heap, and what has changed."""
    held = bytearray(8 * PAGE)
    for address, data in segments(sections(binary)[0][DATA]):
        held[address : address + len(data)] = data
    held[CHANGES] = ord("C")
    held[HEAP : HEAP + 4] = POINTED.to_bytes(4, "little")
    held[HEAP + 4 : HEAP + 8] = (COLD + 1).to_bytes(4, "little")  # a number, for nothing begins there
    return bytes(held)


def held(binary: bytes) -> dict[int, bytes]:
    return dict(segments(sections(binary)[0][DATA]))


def test_the_first_part_keeps_what_its_functions_may_read(binary: bytes, memory: bytes) -> None:
    first, second = split.split(binary, HOT, [memory])
    kept, late = held(first), held(second)
    documentation = {address for address in kept if TEXT <= address < COLD}
    assert kept.keys() - documentation == {NAMED, POINTED, NEXT, TABLE, CHANGES, CHANGES + 2000}
    assert len(kept[TABLE]) == SIZE
    assert sum(len(kept[address]) for address in documentation) < 64 < len(late[TEXT])
    assert late.keys() == {TEXT, COLD, LIMIT}


def test_without_the_memory_all_data_stay(binary: bytes) -> None:
    first, second = split.split(binary, HOT)
    assert held(first) == held(binary)
    assert held(second) == {}


def test_the_second_part_brings_its_data_before_its_functions_run(binary: bytes, memory: bytes) -> None:
    first, second = split.split(binary, HOT, [memory])
    parts, whole = Running(first, second), Running(binary)
    exports, store = parts.exports, parts.store
    assert exports["hot"](store) == ord("n")
    assert exports["memory"].read(store, COLD, COLD + 4) == bytes(4)
    assert exports["cold"](store) == ord("c")
    assert exports["memory"].read(store) == whole.exports["memory"].read(whole.store)


# One instruction of each kind that has something to be read past; constants are 1001, 1002, …
EVERY_KIND = """
(module
  (memory 1) (table $t 3 funcref) (tag $e (param i32)) (type $f (func (param i32) (result i32)))
  (global $g (mut i64) (i64.const 0))
  (func $callee (type $f) (local.get 0))
  (elem declare func $callee)
  (func (param i32 i64) (local v128 funcref)
    (drop (block (result i32) (i32.const 1001)))
    (drop (i64.const 99999999999))
    (drop (f32.const 1)) (drop (f64.const 1))
    (block $a (block $b (br_table $a $b $a (i32.load offset=1002 (local.get 0)))))
    (drop (call_indirect (type $f) (i32.const 1003) (i32.const -7)))
    (i64.store16 offset=1004 (local.get 0) (local.get 1))
    (local.set 2 (v128.load32_lane offset=1005 1 (local.get 0) (v128.const i32x4 1 2 3 4)))
    (local.set 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (local.get 2) (local.get 2)))
    (drop (i8x16.extract_lane_u 3 (i32x4.add (local.get 2) (v128.load64_splat offset=1006 (local.get 0)))))
    (memory.copy (local.get 0) (local.get 0) (i32.const 1007)) (memory.fill (local.get 0) (local.get 0) (local.get 0))
    (drop (i32.trunc_sat_f64_s (f64.const 2)))
    (table.set $t (i32.const 1008) (ref.func $callee)) (drop (ref.is_null (ref.null func)))
    (drop (table.grow $t (ref.null func) (memory.size)))
    (drop (select (result i32) (i32.const 1009) (i32.const 1009) (local.get 0)))
    (global.set $g (local.get 1))
    (loop (br_if 0 (i32.eqz (i32.const 1010))))
    (drop (block $caught (result i32) (try_table (catch $e $caught) (throw $e (i32.const 1011))) (i32.const 1012)))
    (if (local.get 0) (then (return)) (else (unreachable)))))
"""


def test_constants_are_found_among_all_kinds_of_instructions() -> None:
    known, _ = sections(bytes(wasmtime.wat2wasm(EVERY_KIND)))
    found = list(constants(bodies(known[CODE])[1]))
    assert {value for value in found if value > 1000} == {*range(1001, 1013), 2**32 - 7}


def test_an_unknown_instruction_is_told() -> None:
    known, _ = sections(bytes(wasmtime.wat2wasm("(module (memory 1 1 shared) (func (atomic.fence)))")))
    with pytest.raises(ValueError, match="instruction 0xfe"):
        list(constants(bodies(known[CODE])[0]))


def test_data_that_is_placed_when_it_is_loaded_is_refused() -> None:
    module = '(module (import "env" "base" (global i32)) (memory 1) (data (global.get 0) "x"))'
    with pytest.raises(ValueError, match="constant address"):
        segments(sections(bytes(wasmtime.wat2wasm(module)))[0][DATA])
