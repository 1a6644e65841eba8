"""A recurrent layer within a program: all steps of each sequence, from what a product has made of the inputs."""

from dataclasses import dataclass

from ..rnn_packing import BLOCK
from .assembler import ZEROS, Function, Int
from .layout import BYTES, LANES, Layout, padded
from .recurrent import KINDS, Places, advance


@dataclass(frozen=True)
class Scan:
    """f(projected, recurrent, bias, y, images, scratch): the states h after all steps, or after the last.

    projected: (steps, …) as `gates.packed` puts it, of which this layer's begin `column` float32 from the left;
    recurrent as from `packed_recurrent`. y: (steps, …) or one row, written from the channel `first` on, whole vectors.
    backwards: from the last step to the first, whose places in y are those that they are read from, unless `reversed`:
    then y begins with the last step. scratch has `scratch` float32.
    """

    kind: str
    units: int
    source: Layout
    target: Layout
    column: int = 0
    first: int = 0
    backwards: bool = False
    reversed: bool = False

    @property
    def _width(self) -> int:
        """Of a state, in whole blocks."""
        return -(-self.units // BLOCK) * BLOCK

    @property
    def scratch(self) -> int:
        """For the states h before and after all steps, and for c."""
        return (self.source.width + 2) * self._width

    def function(self, relaxed: bool) -> Function:
        f = Function(6, relaxed)
        projected, recurrent, bias, y, images, scratch = f.parameters
        with f.loop(y, f.integer(y + images * (BYTES * self.target.image))):
            self._steps(f, projected, recurrent, bias, scratch)
            self._copy(f, scratch, y)
            projected.set(projected + BYTES * self.source.image)
            y.set(y + BYTES * self.target.image)
        return f

    def _steps(self, f: Function, projected: Int, recurrent: Int, bias: Int, scratch: Int) -> None:
        """Leaves the states h in the scratch, after that of zeros before the first step."""
        steps, kind, row = self.source.width, KINDS[self.kind], BYTES * self._width
        start, last = BYTES * self.column, BYTES * self.source.pixel * (steps - 1)
        x = f.integer(projected + (start + last if self.backwards else start))
        h, c = f.integer(scratch), f.integer(scratch + row * (steps + 1))
        for offset in range(0, row, BYTES * LANES):
            f.store(h, ZEROS, offset)
            f.store(c, ZEROS, offset)
        places = Places(x, h, f.integer(h + row), c)
        used = kind.gates * row  # of x, which is then behind them
        to_next = (-BYTES if self.backwards else BYTES) * self.source.pixel
        with f.repeated(steps):
            advance(f, kind, places, recurrent, bias, self._width // BLOCK)
            x.set(x + (to_next - used))
            c.set(c - row)

    def _copy(self, f: Function, scratch: Int, y: Int) -> None:
        """The states that are wanted, from the scratch to y."""
        steps, wanted, row = self.source.width, self.target.width, BYTES * self._width
        turned = self.backwards and not self.reversed
        state = f.integer(scratch + row * (1 + steps - wanted))
        out = f.integer(y + BYTES * (self.first + (self.target.pixel * (wanted - 1) if turned else 0)))
        with f.repeated(wanted):
            for offset in range(0, BYTES * padded(self.units), BYTES * LANES):
                f.store(out, f.load(state, offset), offset)
            state.set(state + row)
            out.set(out + (-BYTES if turned else BYTES) * self.target.pixel)
