"""A WebAssembly assembler: kernels are written in Python, and become machine code when the browser loads them.

An expression is the bytes of instructions that leave one value on the stack, so expressions nest by being joined.
A `Function` collects statements. Whatever is known when a model is loaded (shapes, strides, unrolling) is an ordinary
Python number and ends up as an immediate; what is not, is an `Int` expression at run time:

    f = Function(2, relaxed=True)
    source, target = f.parameters
    end = f.integer(target + 4 * n)
    with f.loop(target, end):
        f.store(target, f.load(source).max(ZEROS))
        source.set(source + 16)
        target.set(target + 16)
    binary = module({"relu": f})

Opcodes: https://webassembly.github.io/spec/core/binary/instructions.html; relaxed SIMD: its proposal's overview.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Self

_I32, _V128 = b"\x7f", b"\x7b"
_LOCAL_GET, _LOCAL_SET, _CALL = b"\x20", b"\x21", b"\x10"
_BLOCK_END, _VOID = b"\x0b", b"\x40"


@lru_cache(4096)  # most numbers come again and again: opcodes, offsets, variables
def unsigned(number: int) -> bytes:
    """LEB128: seven bits a byte, the lowest first, the eighth set while more follow."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def signed(number: int) -> bytes:
    """The same for two's complement: it ends when the rest is all sign."""
    out = bytearray()
    while not -0x40 <= number < 0x40:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number & 0x7F)
    return bytes(out)


def _simd(opcode: int) -> bytes:
    return b"\xfd" + unsigned(opcode)


def _vector(items: Iterable[bytes]) -> bytes:
    """WebAssembly's vector: a count, then the items."""
    items = list(items)
    return unsigned(len(items)) + b"".join(items)


def _name(text: str) -> bytes:
    data = text.encode()
    return unsigned(len(data)) + data


class Int(bytes):
    """An expression of an i32: a number or a byte address. Comparisons are unsigned, and 0 or 1."""

    def __add__(self, other: "int | Int") -> "Int":  # type: ignore[override]
        return _int2(self, other, b"\x6a")

    def __sub__(self, other: "int | Int") -> "Int":
        return _int2(self, other, b"\x6b")

    def __mul__(self, other: "int | Int") -> "Int":  # type: ignore[override]
        return _int2(self, other, b"\x6c")

    def __lt__(self, other: "int | Int") -> "Int":  # type: ignore[override]
        return _int2(self, other, b"\x49")

    def __gt__(self, other: "int | Int") -> "Int":  # type: ignore[override]
        return _int2(self, other, b"\x4b")

    def __and__(self, other: "int | Int") -> "Int":
        return _int2(self, other, b"\x71")

    def __or__(self, other: "int | Int") -> "Int":
        return _int2(self, other, b"\x72")

    def __lshift__(self, other: "int | Int") -> "Int":
        return _int2(self, other, b"\x74")

    def nonzero(self) -> "Int":
        return Int(bytes(self) + b"\x45\x45")

    def trailing_zeros(self) -> "Int":
        """How many of the lowest bits are 0."""
        return Int(bytes(self) + b"\x68")


def _int2(left: "int | Int", right: "int | Int", opcode: bytes) -> Int:
    return Int(bytes(constant(left)) + bytes(constant(right)) + opcode)


def constant(number: "int | Int") -> Int:
    """A Python number as an expression; an expression as it is."""
    return number if isinstance(number, Int) else Int(b"\x41" + signed(number))


class Vector(bytes):
    """An expression of four float32 lanes."""

    def __add__(self, other: "Vector") -> "Vector":  # type: ignore[override]
        return _vector2(self, other, 0xE4)

    def __sub__(self, other: "Vector") -> "Vector":
        return _vector2(self, other, 0xE5)

    def __mul__(self, other: "Vector") -> "Vector":  # type: ignore[override]
        return _vector2(self, other, 0xE6)

    def __truediv__(self, other: "Vector") -> "Vector":
        return _vector2(self, other, 0xE7)

    def min(self, other: "Vector") -> "Vector":
        """NaN where `self` is NaN; where only the other is, `self`. One instruction of the processor."""
        return _vector2(self, other, 0xEA)

    def max(self, other: "Vector") -> "Vector":
        """As `min`; for the largest of two of which either may be NaN, see `Function.largest`."""
        return _vector2(self, other, 0xEB)

    def __or__(self, other: "Vector") -> "Vector":
        return _vector2(self, other, 0x50)

    def __and__(self, other: "Vector") -> "Vector":
        return _vector2(self, other, 0x4E)

    def sqrt(self) -> "Vector":
        return Vector(bytes(self) + _simd(0xE3))

    def nonzero_lanes(self) -> "Int":
        """Four bits, the lowest for the first lane: whether it is not 0."""
        return Int(bytes(_vector2(self, ZEROS, 0x42)) + _simd(0xA4))

    def nearest(self) -> "Vector":
        """Rounded to whole numbers, halves to even."""
        return Vector(bytes(self) + _simd(0x6A))

    def to_int(self) -> "Vector":
        """Lanes as i32 bits, for `shifted` and `plus_int`; out of range they saturate."""
        return Vector(bytes(self) + _simd(0xF8))

    def plus_int(self, number: int) -> "Vector":
        return Vector(bytes(self) + bytes(constant(number)) + _simd(0x11) + _simd(0xAE))

    def shifted(self, bits: int) -> "Vector":
        """i32 lanes to the left; the result's bits may be read as float32."""
        return Vector(bytes(self) + bytes(constant(bits)) + _simd(0xAB))

    def folded(self, opcode: bytes) -> "Vector":
        """All four lanes joined pairwise by a scalar float32 instruction, in every lane. `self` must be a variable."""
        lanes = [bytes(self) + _simd(0x1F) + bytes([lane]) for lane in range(4)]
        return Vector(lanes[0] + lanes[1] + opcode + lanes[2] + lanes[3] + opcode + opcode + _simd(0x13))


ADD, MAX = b"\x92", b"\x97"  # f32.add and f32.max, for `folded`


def _vector2(left: Vector, right: Vector, opcode: int) -> Vector:
    return Vector(bytes(left) + bytes(right) + _simd(opcode))


def lanes(number: float) -> Vector:
    """The same float32 in all four lanes."""
    return Vector(_simd(0x0C) + struct.pack("<f", number) * 4)


ZEROS = lanes(0)


def lanes_of(count: int) -> Vector:
    """Bits for `&`, which keeps so many lanes, the first, and makes the others 0."""
    return Vector(_simd(0x0C) + b"\xff" * 4 * count + bytes(4 * (4 - count)))


class _Variable:
    """A local of a function: an expression that can be set."""

    def __new__(cls, function: "Function", index: int) -> Self:
        self = super().__new__(cls, _LOCAL_GET + unsigned(index))  # type: ignore[call-arg]
        self.function, self.place = function, index
        return self

    function: "Function"
    place: int

    def set(self, value: "int | Int | Vector") -> None:
        expression = constant(value) if isinstance(value, int) else value
        self.function.code += bytes(expression) + _LOCAL_SET + unsigned(self.place)


class IntVariable(_Variable, Int):
    pass


class VectorVariable(_Variable, Vector):
    pass


class Function:
    """A function of i32 parameters that returns nothing. Its statements run in the order in which they are written.

    relaxed: fuse multiplication and addition into one instruction where the engine has it.
    """

    def __init__(self, parameters: int, relaxed: bool = False) -> None:
        self.relaxed = relaxed
        self.code = bytearray()
        self._locals: list[bytes] = []
        self._count = parameters
        self.parameters = [IntVariable(self, index) for index in range(parameters)]

    def integer(self, value: "int | Int" = 0) -> IntVariable:
        """A new variable, set here."""
        variable = IntVariable(self, self._local(_I32))
        variable.set(value)
        return variable

    def vector(self, value: Vector) -> VectorVariable:
        """A new variable, set here."""
        variable = VectorVariable(self, self._local(_V128))
        variable.set(value)
        return variable

    def _local(self, kind: bytes) -> int:
        self._locals.append(kind)
        self._count += 1
        return self._count - 1

    # Memory. Addresses are in bytes; `offset` is a Python number added to one.

    def load(self, address: Int, offset: int = 0) -> Vector:
        """Four float32."""
        return Vector(bytes(address) + _simd(0x00) + unsigned(2) + unsigned(offset))

    def load_lane(self, address: Int, offset: int = 0) -> Vector:
        """One float32, in all four lanes."""
        return Vector(bytes(address) + _simd(0x09) + unsigned(2) + unsigned(offset))

    def load_int(self, address: Int, offset: int = 0) -> Int:
        return Int(bytes(address) + b"\x28" + unsigned(2) + unsigned(offset))

    def store(self, address: Int, value: Vector, offset: int = 0) -> None:
        """Four float32."""
        self.code += bytes(address) + bytes(value) + _simd(0x0B) + unsigned(2) + unsigned(offset)

    def store_first(self, address: Int, value: Vector, offset: int = 0) -> None:
        """The first lane alone."""
        self.code += bytes(address) + bytes(value) + _simd(0x5A) + unsigned(2) + unsigned(offset) + b"\x00"

    def store_int(self, address: Int, value: "int | Int", offset: int = 0) -> None:
        self.code += bytes(address) + bytes(constant(value)) + b"\x36" + unsigned(2) + unsigned(offset)

    # Arithmetic that depends on the engine.

    def fused(self, a: Vector, b: Vector, c: Vector) -> Vector:
        """a · b + c, rounded once where the engine can."""
        if self.relaxed:
            return Vector(bytes(a) + bytes(b) + bytes(c) + _simd(0x105))
        return a * b + c

    def largest(self, a: Vector, b: Vector) -> Vector:
        """NaN where either is NaN, as NumPy's maximum. WebAssembly has an instruction for it, which V8 on x86-64 makes
        eight of; these are three, whose bits differ only where one way has kept a NaN.
        """
        a, b = self.vector(a), self.vector(b)
        return a.max(b) | b.max(a)

    # Control.

    @contextmanager
    def loop(self, variable: IntVariable, stop: "int | Int") -> Iterator[None]:
        """Runs its body until the variable, which the body moves on, is no longer below `stop`; at least once."""
        self.code += b"\x03" + _VOID
        yield
        self.code += bytes(variable < stop) + b"\x0d\x00" + _BLOCK_END

    @contextmanager
    def repeated(self, times: int) -> Iterator[None]:
        """Runs its body so many times."""
        if times == 1:
            yield
            return
        count = self.integer(times)
        self.code += b"\x03" + _VOID
        yield
        count.set(count - 1)
        self.code += bytes(count) + b"\x0d\x00" + _BLOCK_END

    @contextmanager
    def until_zero(self, variable: IntVariable) -> Iterator[None]:
        """Runs its body until the variable, which the body changes, is 0; not at all if it is 0 already."""
        with self.when(variable):
            self.code += b"\x03" + _VOID
            yield
            self.code += bytes(variable) + b"\x0d\x00" + _BLOCK_END

    @contextmanager
    def when(self, condition: Int) -> Iterator[None]:
        """Runs its body if the condition is not 0."""
        self.code += bytes(condition) + b"\x04" + _VOID
        yield
        self.code += _BLOCK_END

    def call(self, index: int, *arguments: "int | Int") -> None:
        """Runs another function of the module, by its place in it."""
        self.code += b"".join(bytes(constant(argument)) for argument in arguments) + _CALL + unsigned(index)

    def body(self) -> bytes:
        """As the code section holds it."""
        body = _vector(unsigned(1) + kind for kind in self._locals) + bytes(self.code) + _BLOCK_END
        return unsigned(len(body)) + body


def module(functions: Mapping[str, Function]) -> bytes:
    """A module that works on the memory it is given, and exports its functions.

    Its `dylink.0` section (https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md) makes it a
    shared library to Emscripten's loader, which is what `ctypes.CDLL` opens in Pyodide.
    """
    bodies = list(functions.values())
    types = [b"\x60" + _vector([_I32] * len(f.parameters)) + b"\x00" for f in bodies]
    return (
        b"\0asm\1\0\0\0"
        + _section(0, _name("dylink.0") + b"\x01\x04\0\0\0\0")
        + _section(1, _vector(types))
        + _section(2, _vector([_name("env") + _name("memory") + b"\x02\x00\x01"]))
        + _section(3, _vector(unsigned(index) for index in range(len(bodies))))
        + _section(7, _vector(_name(name) + b"\x00" + unsigned(index) for index, name in enumerate(functions)))
        + _section(10, _vector(f.body() for f in bodies))
    )


def _section(number: int, content: bytes) -> bytes:
    return bytes([number]) + unsigned(len(content)) + content
