"""Which backend a model runs on: each is tried with the model's self-test, and of those that pass the fastest stays."""

import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from . import backends, self_test
from .backends import Program
from .errors import KerataError
from .node import Node
from .self_test import SelfTest

_BUDGET = 0.3  # seconds, for timing all of them
_WARM_UP = 6  # predictions: a browser compiles again what runs often
_LEAST = 3  # predictions that are timed


class Trial(NamedTuple):
    """How a backend did when the model was loaded.

    milliseconds: of a prediction of the self-test's input, the median; None where there was nothing to choose between.
    difference: the largest from the self-test's outputs. reason: why it is used, or why it is not.
    """

    name: str
    milliseconds: float | None
    difference: float | None
    reason: str


class Choice(NamedTuple):
    name: str
    program: Program
    trials: list[Trial]


def choose(
    backend: str, nodes: Sequence[Node], inputs: Sequence[str], outputs: Sequence[str], test: SelfTest | None
) -> Choice:
    """A program on the backend of this name; for "auto", on the fastest that is right.

    Raises UnsupportedError and ModelFileError where a backend asked for by name, or all of them, fail.
    """
    names = backends.candidates(backend)
    passed: dict[str, tuple[Program, float | None]] = {}
    trials: list[Trial] = []
    for name in names:
        try:
            program = backends.get(name).program(nodes, outputs)
            passed[name] = program, _difference(program, inputs, outputs, test, name)
        except KerataError as error:
            if name == names[-1] and not passed:
                raise
            trials.append(Trial(name, None, None, str(error)))
    times = _times({name: program for name, (program, _) in passed.items()}, inputs, test)
    fastest = min(passed, key=lambda name: times[name]) if times else next(iter(passed))
    for name, (_, difference) in passed.items():
        reason = "in use" if name == fastest else "slower"
        trials.append(Trial(name, times.get(name), difference, reason))
    return Choice(fastest, passed[fastest][0], trials)


def _difference(
    program: Program, inputs: Sequence[str], outputs: Sequence[str], test: SelfTest | None, name: str
) -> float | None:
    if test is None:
        return None
    values = program.run(dict(zip(inputs, test.inputs, strict=True)))
    return self_test.check([values[output] for output in outputs], test.outputs, name)


def _times(programs: Mapping[str, Program], inputs: Sequence[str], test: SelfTest | None) -> dict[str, float]:
    """Milliseconds of a prediction on each, where there is a choice and something to predict."""
    if len(programs) < 2 or test is None:
        return {}
    given = dict(zip(inputs, test.inputs, strict=True))
    return {name: _time(program, given, _BUDGET / len(programs)) for name, program in programs.items()}


def _time(program: Program, given: Mapping[str, np.ndarray], budget: float) -> float:
    end = time.perf_counter() + budget
    times: list[float] = []
    while len(times) < _WARM_UP + _LEAST and (len(times) < _LEAST or time.perf_counter() < end):
        start = time.perf_counter()
        program.run(given)
        times.append(time.perf_counter() - start)
    return 1000 * median(times[-_LEAST:])
