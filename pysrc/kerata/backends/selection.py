"""Which backend a model runs on: one that passes the model's self-test, the soonest ready or the fastest."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from .. import self_test
from ..errors import InputError, KerataError, ModelFileError, TooSlowError, UnsupportedError, loading
from ..limits import at_most, in_seconds, memory_limit
from ..node import Node
from ..self_test import SelfTest
from .base import Backend, Program, Values
from .numpy import NumpyBackend
from .registry import DEFAULT, Backends

IN_USE = "in use"

_LONGEST_TEST = 3  # seconds, lest a file keep a device busy without end
_BUDGET = 0.3  # seconds, for timing all of them
_WARM_UP = 6  # predictions: a browser compiles again what runs often
_LEAST = 3  # predictions whose median counts


class BackendTrial(NamedTuple):
    """How a backend did when it was tried.

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
    trials: list[BackendTrial]
    backend: Backend = NumpyBackend()  # makes further programs; that of a preloaded one is not known


class _Passed(NamedTuple):
    """A program that is right: its difference from the self-test's outputs."""

    program: Program
    difference: float | None
    backend: Backend


@dataclass(frozen=True)
class BackendSelector:
    """Selects the backend of one model."""

    nodes: Sequence[Node]
    inputs: Sequence[str]
    outputs: Sequence[str]
    test: SelfTest | None
    backends: Backends = DEFAULT

    async def choose(self, backend: str | Backend, can_wait: bool, compare: bool = False) -> Choice:
        """A program on this backend, or on the one of this name; for "auto", on the first that is right, or on the
        fastest of all.

        can_wait: whether backends may be tried that have to be waited for. compare: whether all are tried and timed.
        Raises UnsupportedError, DeviceError and ModelFileError where a backend asked for by name, or all of them, fail.
        """
        makers: dict[str, Callable[[], Backend]] = (
            {name: partial(self.backends.get, name) for name in self.backends.candidates(backend)}
            if isinstance(backend, str)
            else {backend.name: lambda: backend}
        )
        passed: dict[str, _Passed] = {}
        trials: list[BackendTrial] = []
        for name, make in makers.items():
            try:
                passed[name] = await self._try(make(), can_wait)
                if not compare:
                    break
            except KerataError as error:
                if name == [*makers][-1] and not passed:
                    raise
                trials.append(BackendTrial(name, None, None, str(error)))
        times = await self._times({name: each.program for name, each in passed.items()})
        fastest = min(passed, key=lambda name: times[name]) if times else next(iter(passed))
        for name, each in passed.items():
            reason = IN_USE if name == fastest else "slower"
            trials.append(BackendTrial(name, times.get(name), each.difference, reason))
        return Choice(fastest, passed[fastest].program, trials, passed[fastest].backend)

    async def replace(self, failed: str, reason: str, can_wait: bool) -> Choice:
        """The first that is right, in place of one whose device has failed. Its trials tell the reason of that."""
        self.backends.mark_unavailable(failed, reason)
        choice = await self.choose("auto", can_wait)
        others = [trial for trial in choice.trials if trial.name != failed]
        return choice._replace(trials=[*others, BackendTrial(failed, None, None, reason)])

    async def _try(self, backend: Backend, can_wait: bool) -> "_Passed":
        name = backend.name
        if backend.asynchronous and not can_wait:
            raise UnsupportedError(
                f"Backend {name!r}: expected `await Model.switch({name!r})`, since it has to be waited for; "
                "received a plain call in a browser that cannot wait within one."
            )
        program = self._program(backend, self.outputs)
        return _Passed(program, await self._difference(name, program), backend)

    async def _difference(self, name: str, program: Program) -> float | None:
        """From the self-test's outputs; None where there are none, or where layers on NumPy take too long for them.

        Raises ModelFileError where it is too large.
        """
        if self.test is None:
            return None
        with loading(f"Self-test on backend {name!r}"), self._without_states(), ExitStack() as bounds:
            if not program.asynchronous:  # else other predictions run meanwhile, for which these bounds are not meant
                # A quarter of the memory, so that loading stays within it with what layers need on the way.
                bounds.enter_context(at_most(memory_limit() // 4))
                bounds.enter_context(in_seconds(_LONGEST_TEST))
            try:
                values = await program.arun(self._given(self.test))
            except TooSlowError:
                return None
            except InputError as error:
                raise ModelFileError(f"Self-test on backend {name!r}: {error}") from error
        return self_test.check([values[output] for output in self.outputs], self.test.outputs, name)

    async def proven(self, choice: Choice) -> Choice:
        """The same, tried. Raises ModelFileError where it is wrong."""
        difference = await self._difference(choice.name, choice.program)
        return choice._replace(trials=[BackendTrial(choice.name, None, difference, IN_USE)])

    def tracing(self, backend: Backend) -> Program:
        """A program on this backend that gives all `values`; on NumPy, where that cannot be."""
        try:
            return self._program(backend, self.values)
        except KerataError:
            return self._program(NumpyBackend(backend.accelerator), self.values)

    @property
    def values(self) -> list[str]:
        """The names of all that nodes give, in run order."""
        return [name for node in self.nodes if node.inputs for name in node.outputs]

    def _program(self, backend: Backend, outputs: Sequence[str]) -> Program:
        with loading("The model's layers are damaged"):
            if backend.complete:
                return backend.program(self.nodes, outputs)
            from . import hybrid  # not before: a page without a snapshot answers without

            return hybrid.program(backend, self.nodes, outputs)

    async def _times(self, programs: Mapping[str, Program]) -> dict[str, float]:
        """Milliseconds of a prediction on each, where there is a choice and something to predict."""
        if len(programs) < 2 or self.test is None:
            return {}
        given, budget = self._given(self.test), _BUDGET / len(programs)
        with self._without_states():
            return {name: await _time(program, given, budget) for name, program in programs.items()}

    @contextmanager
    def _without_states(self) -> Iterator[None]:
        """Trials begin as a model that was just loaded; afterwards its states are again what they were."""
        states = self.nodes[0].states
        with states.unchanged():
            states.clear()
            yield

    def _given(self, test: SelfTest) -> Values:
        return dict(zip(self.inputs, test.inputs, strict=True))


async def _time(program: Program, given: Values, budget: float) -> float:
    end = time.perf_counter() + budget
    times: list[float] = []
    while len(times) < _WARM_UP + _LEAST and (len(times) < _LEAST or time.perf_counter() < end):
        start = time.perf_counter()
        await program.arun(given)
        times.append(time.perf_counter() - start)
    return 1000 * sorted(times[-_LEAST:])[_LEAST // 2]
