"""WebAssembly's binary format, as far as a module is taken apart and put together again. (Kerata's assembler writes it,
too, but the build runs without NumPy, and so without Kerata.)

https://webassembly.github.io/spec/core/binary/modules.html
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT, START, ELEMENT, CODE, DATA, DATA_COUNT, TAG = range(1, 14)
ORDER = (TYPE, IMPORT, FUNCTION, TABLE, MEMORY, TAG, GLOBAL, EXPORT, START, ELEMENT, DATA_COUNT, CODE, DATA)

FUNCTION_KIND, TABLE_KIND, MEMORY_KIND, GLOBAL_KIND, TAG_KIND = range(5)  # of imports and exports

NONE = b"\0"  # a section of nothing

_AT_CONSTANT = b"\0\x41"  # of the first memory, i32.const
_MAGIC = b"\0asm\1\0\0\0"
REFERENCES = (0x63, 0x64)  # types that are followed by a heap type


class Reader:
    """Reads from `place` on."""

    def __init__(self, data: bytes, place: int = 0) -> None:
        self.data, self.place = data, place

    def byte(self) -> int:
        self.place += 1
        return self.data[self.place - 1]

    def number(self) -> int:
        """LEB128, unsigned; a signed one is read past."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self) -> int:
        """LEB128, signed."""
        start = self.place
        value, bits = self.number(), 7 * (self.place - start)
        return value - (1 << bits) if value >> (bits - 1) else value

    def take(self, count: int) -> bytes:
        self.place += count
        return self.data[self.place - count : self.place]

    def sized(self) -> bytes:
        return self.take(self.number())

    def items(self, read: Callable[[], object]) -> list[bytes]:
        """Of a vector, each item's bytes; `read` reads past one."""
        found = []
        for _ in range(self.number()):
            start = self.place
            read()
            found.append(self.data[start : self.place])
        return found

    def value_type(self) -> None:
        if self.byte() in REFERENCES:
            self.number()

    def limits(self) -> None:
        if self.number() & 1:
            self.number()
        self.number()

    def constant(self) -> None:
        """An expression of constants; raises ValueError for an instruction that none has had so far."""
        while (opcode := self.byte()) != 0x0B:
            if opcode in (0x41, 0x42, 0x23, 0xD2) or opcode == 0xD0:  # i32.const, i64.const, global.get, ref.func
                self.number()
            elif opcode in (0x43, 0x44):  # f32.const, f64.const
                self.take(4 if opcode == 0x43 else 8)
            elif opcode not in (0x6A, 0x6B, 0x6C):  # i32.add, i32.sub, i32.mul
                raise ValueError(f"opcode {opcode:#x} in a constant expression")


class Import(NamedTuple):
    module: str
    name: str
    kind: int
    described: bytes


def number(value: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def signed(value: int) -> bytes:
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value & 0x7F])


def vector(items: Iterable[bytes]) -> bytes:
    items = list(items)
    return number(len(items)) + b"".join(items)


def text(value: str) -> bytes:
    data = value.encode()
    return number(len(data)) + data


def sections(binary: bytes) -> tuple[dict[int, bytes], list[bytes]]:
    """The sections by number, and the custom ones."""
    if not binary.startswith(_MAGIC):
        raise ValueError("no WebAssembly module")
    reader, known, custom = Reader(binary, len(_MAGIC)), dict[int, bytes](), list[bytes]()
    while reader.place < len(binary):
        kind, content = reader.byte(), reader.sized()
        if kind:
            known[kind] = content
        else:
            custom.append(content)
    return known, custom


def module(known: dict[int, bytes], custom: Iterable[bytes] = ()) -> bytes:
    """Custom sections first, as Emscripten wants its own."""
    all_of_them = [(0, content) for content in custom] + [(kind, known[kind]) for kind in ORDER if kind in known]
    return _MAGIC + b"".join(bytes([kind]) + number(len(content)) + content for kind, content in all_of_them)


def imports(section: bytes) -> Iterator[Import]:
    reader = Reader(section)
    for _ in range(reader.number()):
        module_name, name, kind = reader.sized().decode(), reader.sized().decode(), reader.byte()
        start = reader.place
        if kind == FUNCTION_KIND:
            reader.number()
        elif kind == TABLE_KIND:
            reader.value_type()
            reader.limits()
        elif kind == MEMORY_KIND:
            reader.limits()
        elif kind == GLOBAL_KIND:
            reader.value_type()
            reader.byte()
        else:
            reader.byte()
            reader.number()
        yield Import(module_name, name, kind, section[start : reader.place])


def elements(section: bytes) -> Iterator[int]:
    """The numbers of functions that tables have from the start; raises ValueError for those of expressions."""
    reader = Reader(section)
    for _ in range(reader.number()):
        kind = reader.number()
        if kind > 3:
            raise ValueError("elements that are expressions")
        if kind == 2:
            reader.number()  # the table's
        if kind in (0, 2):
            reader.constant()
        if kind:
            reader.byte()
        yield from (reader.number() for _ in range(reader.number()))


class Segment(NamedTuple):
    """Bytes that lie in memory from the start."""

    address: int
    data: bytes


def segments(section: bytes) -> list[Segment]:
    """Of the data section; raises ValueError for one that is not at a constant address."""
    reader = Reader(section)
    return [_segment(reader) for _ in range(reader.number())]


def _segment(reader: Reader) -> Segment:
    if reader.take(2) != _AT_CONSTANT:
        raise ValueError("data that is not at a constant address")
    address = reader.signed()
    reader.byte()  # the expression's end
    return Segment(address, reader.sized())


def data_section(parts: Iterable[Segment]) -> bytes:
    return vector(_AT_CONSTANT + signed(address) + b"\x0b" + number(len(held)) + held for address, held in parts)


def bodies(section: bytes) -> list[bytes]:
    """Of the code section, each function's locals and instructions."""
    reader = Reader(section)
    return [reader.sized() for _ in range(reader.number())]


def code(functions: Iterable[bytes]) -> bytes:
    return vector(number(len(body)) + body for body in functions)


def after_locals(body: bytes) -> int:
    """Where the instructions begin."""
    reader = Reader(body)
    for _ in range(reader.number()):
        reader.number()
        reader.value_type()
    return reader.place
