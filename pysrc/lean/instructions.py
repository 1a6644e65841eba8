"""What a function of WebAssembly names: constants, which it may know as addresses, and other functions.

https://webassembly.github.io/spec/core/binary/instructions.html
"""

from collections.abc import Callable, Iterator

from .wasm import REFERENCES, Reader, after_locals

_I32_CONST = 0x41
_NAMING = (0x10, 0x12, 0xD2)  # call, return_call, ref.func


def constants(body: bytes) -> Iterator[int]:
    """Of a function's locals and instructions: the whole numbers of 32 bits, and the offsets at which it loads and
    stores. Raises ValueError for an instruction that no code of Python's has had so far.
    """
    reader = Reader(body, after_locals(body))
    while reader.place < len(body):
        yield from _constants_of_next(reader)


def callees(body: bytes) -> Iterator[int]:
    """The numbers of the functions that it calls by number, or refers to. Raises what `constants` raises."""
    reader = Reader(body, after_locals(body))
    while reader.place < len(body):
        if body[reader.place] in _NAMING:
            yield Reader(body, reader.place + 1).number()
        for _ in _constants_of_next(reader):
            """It is only read past."""


def _constants_of_next(reader: Reader) -> Iterator[int]:
    opcode = reader.byte()
    if opcode == _I32_CONST:
        yield reader.signed() & 0xFFFFFFFF
    elif opcode in _GROUPS:
        number = reader.number()
        yield from _immediates(reader, _GROUPS[opcode], number, f"{opcode:#x} {number}")
    else:
        yield from _immediates(reader, _PLAIN, opcode, f"{opcode:#x}")


Read = Callable[[Reader], int | None]


def _immediates(reader: Reader, known: dict[int, tuple[Read, ...]], number: int, name: str) -> Iterator[int]:
    if number not in known:
        raise ValueError(f"instruction {name}")
    for read in known[number]:
        value = read(reader)
        if value is not None:
            yield value


def _number(reader: Reader) -> None:
    reader.number()


def _offset(reader: Reader) -> int:
    alignment = reader.number()
    if alignment & 0x40:  # a memory's number follows
        reader.number()
    return reader.number()


def _numbers(reader: Reader) -> None:
    for _ in range(reader.number() + 1):
        reader.number()


def _types(reader: Reader) -> None:
    reader.items(reader.value_type)


def _bytes(count: int) -> Read:
    def read(reader: Reader) -> None:
        reader.take(count)

    return read


def _block_type(reader: Reader) -> None:
    """A value's type; or the number of a function's, which may be longer than a byte."""
    if reader.data[reader.place] in REFERENCES:
        reader.value_type()
    else:
        reader.number()


def _catches(reader: Reader) -> None:
    for _ in range(reader.number()):
        if reader.byte() in (0, 1):  # those of a tag, and not of all
            reader.number()
        reader.number()


def _table(*rows: tuple[range | tuple[int, ...], tuple[Read, ...]]) -> dict[int, tuple[Read, ...]]:
    return {number: reads for numbers, reads in rows for number in numbers}


_PLAIN = _table(
    ((0x00, 0x01, 0x05, 0x0A, 0x0B, 0x0F, 0x19, 0x1A, 0x1B), ()),  # unreachable, nop, else, …, drop, select
    ((0x02, 0x03, 0x04, 0x06), (_block_type,)),  # block, loop, if, try
    ((0x1F,), (_block_type, _catches)),  # try_table
    ((0x07, 0x08, 0x09, 0x0C, 0x0D, 0x10, 0x12, 0x18), (_number,)),  # catch, throw, rethrow, br, br_if, call, …
    ((0x0E,), (_numbers,)),  # br_table
    ((0x11, 0x13), (_number, _number)),  # call_indirect
    ((0x1C,), (_types,)),  # select of types
    (range(0x20, 0x27), (_number,)),  # variables and tables
    (range(0x28, 0x3F), (_offset,)),  # loads and stores
    ((0x3F, 0x40), (_number,)),  # memory.size, memory.grow
    ((0x42,), (_number,)),  # i64.const
    ((0x43,), (_bytes(4),)),  # f32.const
    ((0x44,), (_bytes(8),)),  # f64.const
    (range(0x45, 0xC5), ()),  # of numbers
    ((0xD0, 0xD2), (_number,)),  # ref.null, ref.func
    ((0xD1,), ()),  # ref.is_null
)

_GROUPS = {
    0xFC: _table(
        (range(8), ()),  # conversions
        ((0x0A, 0x0C, 0x0E), (_number, _number)),  # memory.copy, table.init, table.copy
        ((0x0B, 0x0D, 0x0F, 0x10, 0x11), (_number,)),  # memory.fill, elem.drop, table.grow, table.size, table.fill
    ),
    0xFD: _table(
        ((*range(12), 0x5C, 0x5D), (_offset,)),
        ((0x0C, 0x0D), (_bytes(16),)),  # v128.const, shuffle
        (range(0x15, 0x23), (_bytes(1),)),  # of lanes
        (range(0x54, 0x5C), (_offset, _bytes(1))),  # loads and stores of lanes
        ((*range(0x0E, 0x15), *range(0x23, 0x54), *range(0x5E, 0x114)), ()),
    ),
}
