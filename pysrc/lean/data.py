"""Static data in two parts, too: much of it, such as the tables of codecs and the texts of errors, is for functions of
the second part.

The first part keeps all variables, which lie behind what cannot change. Of that, it keeps what a hot function names, or
an export; what memory outside points at, and what was written; and all that those point at. Documentation it leaves
out: it comes a moment later.

Python is compiled for any address, and so whatever holds an address lies among the variables: what cannot change points
at nothing, and that its numbers look like places means nothing.

WebAssembly does not say where a thing in memory begins and ends. Here it begins where a function names a place or a
variable points, and ends where the next one begins. What a hot function names ends later, for code may name places
within it, and numbers in it or elsewhere may look like places: where the next large thing begins, which are aligned. A
pointer to the middle of a thing is not told from a number: so this is no proof, and the build compares answers.
"""

import bisect
import re
from array import array
from collections.abc import Collection, Iterable, Iterator

from .instructions import constants
from .wasm import Segment

_WORD = 4  # bytes of an address
_LINE = 64  # bytes that are kept together
_ALIGNED = 16  # to which compilers align what is large
_ROUND = 1024  # multiples of it are rather numbers than places

# In bytes around a place.
_BEFORE = 64  # code may name a place before the one that it reads
_LEAST_NAMED = 8192
_LEAST_POINTED_AT = 64
_MOST = 65536
_UNWRITTEN = 65536  # variables may begin so far before the first that has been written

_DOCUMENTATION = re.compile(rb"[^\0]*\n--\n\n[^\0]*\0")  # with a function's signature (Argument Clinic's)
_TEXT = re.compile(rb"[\t\n\x20-\x7e]")
_CODE_POINTS = 0x110000


def parted(
    whole: list[Segment],
    bodies: list[bytes],
    hot: Collection[int],
    exported: Iterable[int],
    memories: Iterable[bytes],
) -> tuple[list[Segment], list[Segment]]:
    """The data of the first part and of the second.

    bodies: of all functions. hot: the numbers of those in the first part. exported: addresses that are. memories: after
    the first answers, of each scenario.
    """
    named = [set(constants(body)) for body in bodies]
    everywhere = set().union(*named)
    needed = set(exported).union(*(named[place] for place in hot))
    kept = set().union(*(_First(whole, everywhere, memory).needed(needed) for memory in memories))
    return _divided(whole, kept)


class _First:
    """Which lines of static data the first part keeps."""

    def __init__(self, whole: list[Segment], named: set[int], memory: bytes) -> None:
        self.start, self.end = min(whole).address, max(address + len(data) for address, data in whole)
        self.memory, self.initial = memory, bytearray(self.end)
        for address, data in whole:
            self.initial[address : address + len(data)] = data
        self.last = -(-self.end // _LINE)
        self.written = self._written()
        self.variables = max(min(self.written, default=self.last) * _LINE - _UNWRITTEN, 0)
        self.strings = _strings(whole)
        named = {each for each in named if not _is_limit(each)}
        self.things = {each for each in named | _words(self.initial[self.variables :]) if self.start <= each < self.end}
        large = (each for each in self.things & named if each % _ALIGNED == 0 and each % _ROUND)
        self.large = [*sorted(large), self.end]
        self.order = [*sorted(self.things), self.end]
        self.kept: set[int] = set()

    def lines(self, address: int, least: int, beginnings: list[int]) -> range:
        """Those of the thing at an address, where one begins there, up to the next of these beginnings."""
        if address not in self.things:
            return range(0)
        if address < self.strings:
            return range(address // _LINE, self.initial.index(0, address) // _LINE + 1)
        following = beginnings[bisect.bisect_right(beginnings, address)]
        end = min(max(address + least, min(following, address + _MOST)), self.end)
        return range((address - _BEFORE) // _LINE, -(-end // _LINE))

    def _written(self) -> set[int]:
        """Lines that are not as they were at the start."""

        def differs(line: int) -> bool:
            place = slice(line * _LINE, (line + 1) * _LINE)
            return not self.memory.startswith(self.initial[place], place.start)

        return {line for line in range(self.start // _LINE, self.last) if differs(line)}

    def keep(self, lines: Iterable[int]) -> None:
        """And what they point at, and so on."""
        while new := set(lines) - self.kept:
            self.kept |= new
            pointing = (line * _LINE for line in new if line * _LINE >= self.variables)
            lines = self.pointed_at(b"".join(self.memory[place : place + _LINE] for place in pointing))

    def pointed_at(self, memory: bytes) -> set[int]:
        return {line for word in _words(memory) for line in self.lines(word, _LEAST_POINTED_AT, self.order)}

    def needed(self, addresses: Iterable[int]) -> set[int]:
        """The lines of what is at these addresses, or was used in memory, and of all that those point at."""
        for address in addresses:
            self.keep(self.lines(address, _LEAST_NAMED, self.large))
        outside = -(-self.end // _WORD) * _WORD
        self.keep(self.pointed_at(self.memory[outside:]))
        self.keep(self.written)
        variables = range(min(self.written, default=self.last), self.last)
        return (self.kept - self.documentation()).union(variables)

    def documentation(self) -> set[int]:
        """Lines that hold nothing else."""
        found = (match.span() for match in _DOCUMENTATION.finditer(self.initial, 0, self.variables))
        return {line for start, end in found for line in range(-(-start // _LINE), end // _LINE)}


def _divided(whole: list[Segment], kept: Collection[int]) -> tuple[list[Segment], list[Segment]]:
    first: list[Segment] = []
    second: list[Segment] = []
    for address, data in whole:
        for start, stop, is_kept in _runs(address, address + len(data), kept):
            (first if is_kept else second).append(Segment(start, data[start - address : stop - address]))
    return first, second


def _runs(address: int, end: int, kept: Collection[int]) -> Iterator[tuple[int, int, bool]]:
    """A segment's parts by turns kept and not: where each begins and ends."""
    start = address
    while start < end:
        line = start // _LINE
        is_kept = line in kept
        while line * _LINE < end and (line in kept) == is_kept:
            line += 1
        yield start, min(line * _LINE, end), is_kept
        start = line * _LINE


def _strings(whole: list[Segment]) -> int:
    """Where the strings end that compilers gather before all else; 0 where there are none."""
    address, data = min(whole)
    return address + len(data) if len(_TEXT.findall(data)) > 0.9 * len(data) else 0


def _is_limit(number: int) -> bool:
    """Whether code has it because it is the least or the largest of its kind, and not as a place."""
    is_power_or_mask = not (number & (number - 1) and number & (number + 1))
    return number in (_CODE_POINTS - 1, _CODE_POINTS) or (number >= _MOST and is_power_or_mask)


def _words(memory: bytes | bytearray) -> set[int]:
    return set(array("I", memory[: len(memory) // _WORD * _WORD]))
