"""Attention of several heads: for a few steps of the query at a time their scores against all keys, the shares that
these give to the values, and what comes together of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from .assembler import Function, Int, Vector, constant, lanes
from .layout import BYTES, LANES, Layout, padded
from .loops import covering, for_each_panel
from .microkernel import PANEL, Runs, rows_in_flight, tile
from .softmax import shares


@dataclass(frozen=True)
class Attention:
    """f(query, key, value, y, images, scratch): y = softmax(query · keyᵀ / √key_dim) · value, for each head.

    All are rows of steps, in which the heads' features stand side by side; as many heads of the query, one after
    another, share each of `key_heads`. scratch has `scratch` float32. A head's values are whole vectors.
    """

    query: Layout
    key: Layout
    value: Layout
    target: Layout
    heads: int
    key_heads: int

    @property
    def _key_dim(self) -> int:
        return self.query.channels // self.heads

    @property
    def _value_dim(self) -> int:
        return self.target.channels // self.heads

    @property
    def _keys(self) -> int:
        """Steps, in whole vectors."""
        return padded(self.key.width)

    def _rows(self, relaxed: bool) -> int:
        """Steps of the query at a time."""
        return min(rows_in_flight(relaxed), self.query.width)

    def scratch(self, relaxed: bool) -> int:
        """For a head's keys and values in panels, and for the scores."""
        return self._keys * (self._key_dim + self._value_dim + self._rows(relaxed))

    def function(self, relaxed: bool) -> Function:
        f = Function(6, relaxed)
        query, key, value, y, images, scratch = f.parameters
        keys, values = scratch, f.integer(scratch + BYTES * self._keys * self._key_dim)
        scores = f.integer(values + BYTES * self._keys * self._value_dim)
        arrays = {query: self.query, key: self.key, value: self.value, y: self.target}
        heads = [f.integer(array) for array in arrays]
        q, k, v, out = heads
        with f.loop(y, f.integer(y + images * (BYTES * self.target.image))):
            for head, array in zip(heads, arrays, strict=True):
                head.set(array)
            with f.repeated(self.key_heads):
                self._keys_in_panels(f, k, keys)
                self._values_in_panels(f, v, values)
                with f.repeated(self.heads // self.key_heads):
                    self._head(f, q, keys, values, scores, out)
                    q.set(q + BYTES * self._key_dim)
                    out.set(out + BYTES * self._value_dim)
                k.set(k + BYTES * self._key_dim)
                v.set(v + BYTES * self._value_dim)
            for array, layout in arrays.items():
                array.set(array + BYTES * layout.image)
        return f

    def _keys_in_panels(self, f: Function, head: Int, keys: Int) -> None:
        """(steps, features) → panel by panel of steps (features, steps of the panel)."""
        panels, rest = divmod(self.key.width, PANEL)
        row, out = f.integer(head), f.integer(keys)
        for steps, times in ((PANEL, panels), (rest, 1 if rest else 0)):
            if times:
                with f.repeated(times):
                    place = f.integer(row)
                    with f.loop(place, f.integer(row + BYTES * self._key_dim)):
                        for step in range(steps):
                            feature = f.load_lane(place, BYTES * step * self.key.pixel)
                            f.store_first(out, feature, BYTES * step)
                        place.set(place + BYTES)
                        out.set(out + BYTES * padded(steps))
                    row.set(row + BYTES * steps * self.key.pixel)

    def _values_in_panels(self, f: Function, head: Int, values: Int) -> None:
        """(steps, features) → panel by panel of features (steps, features of the panel)."""
        out = f.integer(values)

        def panel(_: Int, places: Sequence[Int], vectors: int) -> None:
            place = f.integer(places[0])
            with f.repeated(self.value.width):
                for vector in range(vectors):
                    f.store(out, f.load(place, BYTES * LANES * vector), BYTES * LANES * vector)
                place.set(place + BYTES * self.value.pixel)
                out.set(out + BYTES * LANES * vectors)

        for_each_panel(f, self._value_dim, constant(0), 0, [head], panel)

    def _head(self, f: Function, query: Int, keys: Int, values: Int, scores: Int, out: Int) -> None:
        rows = self._rows(f.relaxed)

        def some(step: Int) -> None:
            row, found = f.integer(query + step * (BYTES * self.query.pixel)), f.integer(out)
            found.set(found + step * (BYTES * self.target.pixel))
            queries = [(row, i * self.query.pixel) for i in range(rows)]
            scale = lanes(1 / sqrt(self._key_dim))
            _matmul(f, queries, self._key_dim, keys, self._keys, (scores, self._keys), scale)
            place = f.integer(scores)
            with f.repeated(rows):
                shares(f, place, self.key.width)
                place.set(place + BYTES * self._keys)
            weights = [(scores, i * self._keys) for i in range(rows)]
            _matmul(f, weights, self.key.width, values, self._value_dim, (found, self.target.pixel))

        covering(f, constant(self.query.width), rows, some)


def _matmul(
    f: Function,
    rows: Sequence[tuple[Int, int]],
    inputs: int,
    weights: Int,
    outputs: int,
    target: tuple[Int, int],
    scale: Vector | None = None,
) -> None:
    """Rows times weights in panels, to a target of rows so many float32 apart."""
    address, step = target

    def panel(weights: Int, places: Sequence[Int], vectors: int) -> None:
        def store(row: int, vector: int, value: Vector) -> None:
            f.store(places[0], value if scale is None else value * scale, BYTES * (row * step + LANES * vector))

        tile(f, rows, Runs(inputs), weights, None, vectors, store)

    for_each_panel(f, outputs, weights, PANEL * inputs, [address], panel)
