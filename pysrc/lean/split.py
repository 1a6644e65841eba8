"""A WebAssembly module in two: functions that the page uses until its first answer, and the rest, which comes later.

Both parts have all functions under their own numbers, so nothing in their code is changed. In the first, those that are
not `hot` are stubs: each calls its namesake in the second part through a table, which the second part fills when it is
instantiated. Where it has not been yet, the stub first calls what stands in the table's last place: `site/cold.js` puts
there what fetches the second part at once. So a function that nobody has foreseen is late, and never missing. Those
that nothing in the first part leads to need no stub.

The second part shares with the first its memory, tables, tags and those globals that change. Static data that only
functions of the second part use (`data`) comes with it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from .data import parted
from .instructions import callees
from .wasm import (
    CODE,
    DATA,
    DATA_COUNT,
    ELEMENT,
    EXPORT,
    FUNCTION,
    FUNCTION_KIND,
    GLOBAL,
    GLOBAL_KIND,
    IMPORT,
    MEMORY,
    MEMORY_KIND,
    NONE,
    START,
    TABLE,
    TABLE_KIND,
    TAG,
    TAG_KIND,
    TYPE,
    Reader,
    Segment,
    after_locals,
    bodies,
    code,
    data_section,
    elements,
    imports,
    module,
    number,
    sections,
    segments,
    signed,
    text,
    vector,
)

SHARED = "hot"  # the second part's name for the first; and what begins the names of what they share
_FUNCTION_REFERENCE = b"\x70"
_NOTHING = b"\x60\0\0"  # the type of a function without parameters and results
_SLOT = b"\x60\1\x7f\1\x7f"  # that of one which takes and returns an i32
_UNREACHABLE = b"\0\0\x0b"  # a function's body that no call comes to


class Module:
    """A module's parts, as far as both splitting and marking need them."""

    def __init__(self, binary: bytes) -> None:
        self.sections, self.custom = sections(binary)
        self.imports = list(imports(self.sections.get(IMPORT, NONE)))
        self.bodies = bodies(self.sections.get(CODE, NONE))
        reader = Reader(self.sections.get(FUNCTION, NONE))
        self.types = [reader.number() for _ in range(reader.number())]  # of the functions that are not imported
        self.tables = self._items(TABLE, Reader.value_type, Reader.limits)
        self.globals = self._items(GLOBAL, Reader.value_type, Reader.byte, Reader.constant)
        self.tags = self._items(TAG, Reader.byte, Reader.number)
        self.memories = self._items(MEMORY, Reader.limits)
        self.exports = self._items(EXPORT, Reader.sized, Reader.byte, Reader.number)

    def _items(self, section: int, *parts: Callable[[Reader], object]) -> list[bytes]:
        """The bytes of each item, which is made of these parts."""
        reader = Reader(self.sections.get(section, NONE))
        return reader.items(lambda: [read(reader) for read in parts])

    def imported(self, kind: int) -> int:
        """How many of this kind are imported: their numbers come first."""
        return sum(each.kind == kind for each in self.imports)

    @property
    def new_table(self) -> int:
        """The number that one more table gets."""
        return self.imported(TABLE_KIND) + len(self.tables)

    def exported(self, kind: int) -> Iterator[int]:
        """The numbers of those of this kind that are exported."""
        for each in self.exports:
            reader = Reader(each)
            reader.sized()
            if reader.byte() == kind:
                yield reader.number()

    def exported_numbers(self) -> list[int]:
        """The values of exported globals that never change: addresses, mostly."""
        own = [place - self.imported(GLOBAL_KIND) for place in self.exported(GLOBAL_KIND)]
        constant = [self.globals[place] for place in own if place >= 0 and self.globals[place][:3] == b"\x7f\0\x41"]
        return [Reader(each, 3).signed() & 0xFFFFFFFF for each in constant]  # i32, i32.const

    def reached(self, hot: Collection[int]) -> set[int]:
        """The functions that somebody may call without knowing more than the hot ones' code."""
        known = {*elements(self.sections.get(ELEMENT, NONE))}
        if START in self.sections:
            known.add(Reader(self.sections[START]).number())
        first = self.imported(FUNCTION_KIND)
        named = (callees(self.bodies[place]) for place in hot)
        return {each - first for each in known.union(self.exported(FUNCTION_KIND), *named)}

    def with_table(self, size: int, exported: str, functions: Iterable[bytes]) -> dict[int, bytes]:
        """The sections, with other functions, and one more table of function references."""
        table = _FUNCTION_REFERENCE + b"\1" + number(size) * 2
        return self.sections | {
            TABLE: vector([*self.tables, table]),
            EXPORT: vector([*self.exports, _exported(exported, TABLE_KIND, self.new_table)]),
            CODE: code(functions),
        }


def marked(binary: bytes) -> bytes:
    """The module with a table `used`, of an entry for each function: one that runs makes its own null."""
    whole = Module(binary)
    table = number(whole.new_table)

    def marking(place: int, body: bytes) -> bytes:
        start = after_locals(body)
        # i32.const place, ref.null func, table.set
        mark = b"\x41" + signed(place) + b"\xd0" + _FUNCTION_REFERENCE + b"\x26" + table
        return body[:start] + mark + body[start:]

    functions = [marking(place, body) for place, body in enumerate(whole.bodies)]
    made = whole.with_table(len(functions), "used", functions)
    # Active, of functions: all are the first there is, whichever that is.
    filled = b"\2" + table + b"\x41\0\x0b\0" + vector([b"\0"] * len(functions))
    elements = Reader(made.get(ELEMENT, NONE))
    count = elements.number()
    made[ELEMENT] = number(count + 1) + elements.data[elements.place :] + filled
    return module(made, whole.custom)


def split(binary: bytes, hot: Collection[int], memories: Sequence[bytes] = ()) -> tuple[bytes, bytes]:
    """hot: the numbers of functions, imported ones not counted, that the first part keeps. memories: when they have
    done each thing that the first part is for; where there are any, static data is parted, too.
    """
    whole, hot = Module(binary), frozenset(hot)
    cold = sorted(place for place in whole.reached(hot) - hot if place >= 0)
    late: list[Segment] = []
    if memories:
        first, late = parted(segments(whole.sections[DATA]), whole.bodies, hot, whole.exported_numbers(), memories)
        whole.sections |= {DATA: data_section(first), DATA_COUNT: number(len(first))}
    return _first(whole, hot, cold), _second(whole, cold, late)


def _first(whole: Module, hot: Collection[int], cold: list[int]) -> bytes:
    types = Reader(whole.sections[TYPE])
    listed = types.items(lambda: _skip_type(types))
    table = number(whole.new_table)

    def kind(described: bytes) -> int:
        if described not in listed:
            listed.append(described)
        return listed.index(described)

    # Of a slot, the same. If the entry is null (local.get, table.get, ref.is_null, if), the last one is called
    # (i32.const, call_indirect) before.
    fetching = b"\x41" + signed(len(cold)) + b"\x11" + number(kind(_NOTHING)) + table
    filled = b"\0\x20\0\x25" + table + b"\xd1\x04\x40" + fetching + b"\x0b\x20\0\x0b"
    function = number(whole.imported(FUNCTION_KIND) + len(whole.bodies))

    def stub(slot: int, described: int) -> bytes:
        parameters = b"".join(b"\x20" + number(place) for place in range(_parameters(listed[described])))
        at = b"\x41" + signed(slot) + b"\x10" + function  # i32.const, call
        return b"\0" + parameters + at + b"\x11" + number(described) + table + b"\x0b"

    stubs = {place: stub(slot, whole.types[place]) for slot, place in enumerate(cold)}
    functions = [body if place in hot else stubs.get(place, _UNREACHABLE) for place, body in enumerate(whole.bodies)]
    made = whole.with_table(len(cold) + 1, f"{SHARED}:cold", [*functions, filled])
    made[FUNCTION] = vector(number(each) for each in [*whole.types, kind(_SLOT)])
    shared = [_exported(name, kind, place) for name, kind, place, _ in _shared(whole)]
    made[EXPORT] = vector([*whole.exports, _exported(f"{SHARED}:cold", TABLE_KIND, whole.new_table), *shared])
    return module(made | {TYPE: vector(listed)}, whole.custom)


def _second(whole: Module, cold: list[int], late: list[Segment]) -> bytes:
    changing = sum(_changes(each) for each in whole.globals)
    taken = [_imported(name, kind, described) for name, kind, _, described in _shared(whole)]
    taken.append(_imported(f"{SHARED}:cold", TABLE_KIND, _FUNCTION_REFERENCE + b"\0" + number(len(cold))))
    given = [text(each.module) + text(each.name) + bytes([each.kind]) + each.described for each in whole.imports]
    first = whole.imported(0)
    filled = b"\2" + number(whole.new_table) + b"\x41\0\x0b\0" + vector(number(first + place) for place in cold)
    made = {
        TYPE: whole.sections[TYPE],
        IMPORT: vector([*given, *taken]),
        FUNCTION: whole.sections[FUNCTION],
        GLOBAL: vector(whole.globals[changing:]),
        ELEMENT: vector([filled]),
        CODE: whole.sections[CODE],
        DATA: data_section(late),
    }
    return module(made)


def _shared(whole: Module) -> list[tuple[str, int, int, bytes]]:
    """What the first part defines and the second uses: name, kind, number, and how the second describes it."""
    changing = [each for each in whole.globals if _changes(each)]
    if changing != whole.globals[: len(changing)]:
        raise ValueError("globals that change come after others")
    kinds = (
        ("memory", MEMORY_KIND, whole.memories),
        ("table", TABLE_KIND, whole.tables),
        ("global", GLOBAL_KIND, [each[:2] for each in changing]),
        ("tag", TAG_KIND, whole.tags),
    )
    return [
        (f"{SHARED}:{name}{place}", kind, whole.imported(kind) + place, described)
        for name, kind, items in kinds
        for place, described in enumerate(items)
    ]


def _changes(item: bytes) -> bool:
    """Whether a global is mutable; those that change are of plain numbers."""
    return item[1] == 1


def _exported(name: str, kind: int, place: int) -> bytes:
    return text(name) + bytes([kind]) + number(place)


def _imported(name: str, kind: int, described: bytes) -> bytes:
    return text(SHARED) + text(name) + bytes([kind]) + described


def _skip_type(reader: Reader) -> None:
    if reader.byte() != 0x60:
        raise ValueError("a type that is no function's")
    for _ in range(2):
        reader.items(reader.value_type)


def _parameters(function_type: bytes) -> int:
    return Reader(function_type, 1).number()
