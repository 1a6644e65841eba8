"""Functions whose code comes later. Of the thousands in a snapshot of Python's memory, the page's first answers call a
few hundred; the code of the others lies in a file of its own, which the page fetches after its first answer. Until
then each has a call of `_first_call` in its place, which has that file fetched at once: so a function that nobody has
foreseen is late, and never missing.

What can be seen of it: a late function's signature is (*args, **kwargs), and on its first call one frame more lies
between it and its caller. Generators and functions that are to be awaited are never late, for others ask which ones
those are.
"""

import gc
import inspect
import marshal
import sys
import warnings
import zlib
from collections.abc import Callable, Collection, Iterable
from types import CodeType, FrameType, FunctionType
from typing import Any

Name = tuple[str, str, int]  # of a code: its file, its qualified name, its first line

_NOT_PLAIN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

used: set[Name] = set()  # while `record` is on

_late: list[FunctionType] = []
_checksum: int | None = None  # of their code, while it is not there


def fetch() -> bytes | memoryview:
    """What `put_off` returned; whoever restores the snapshot puts another function in this one's place."""
    raise NotImplementedError


def record() -> None:
    """From now on, the names of codes that run are `used`."""

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            used.add(_name(frame.f_code))

    sys.setprofile(note)


def everywhere() -> list[FunctionType]:
    """All functions there are, but for this module's."""
    return [each for each in gc.get_objects() if type(each) is FunctionType and each.__module__ != __name__]


def put_off(functions: Iterable[FunctionType], needed: Collection[Name]) -> bytes:
    """Takes the code from all that are not needed, and returns it, for `bring`."""
    global _checksum
    _late[:] = [each for each in functions if _name(each.__code__) not in needed and _is_plain(each)]
    data = marshal.dumps([each.__code__ for each in _late])
    _checksum = zlib.crc32(data)
    for number, function in enumerate(_late):
        # Their number stands where a line's would, for then they share all but that.
        function.__code__ = _STUB.replace(co_freevars=function.__code__.co_freevars, co_firstlineno=number)
    return data


def bring(data: bytes | memoryview) -> None:
    """Gives the functions their code back, once. Raises ValueError for the code of other ones."""
    global _checksum
    if _checksum is None:
        return
    if zlib.crc32(data) != _checksum:
        raise ValueError("late.bin is of another build: reload the page.")
    for function, code in zip(_late, marshal.loads(data), strict=True):
        function.__code__ = code
    _checksum = None


def _first_call() -> FunctionType:
    """The function that the caller is a stub of, with its code."""
    stub = sys._getframe(1).f_code
    function = _late[stub.co_firstlineno]
    if function.__code__ is stub:
        bring(fetch())
    return function


def _is_plain(function: FunctionType) -> bool:
    return not function.__code__.co_flags & _NOT_PLAIN


def _name(code: CodeType) -> Name:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _stub(first_call: Callable[[], FunctionType]) -> CodeType:
    """It finds `first_call` among its constants, for names are looked up in the module whose function it stands for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # a text is not callable
        code: CodeType = eval("lambda *args, **kwargs: 'first call'()(*args, **kwargs)").__code__
    return code.replace(co_consts=tuple(first_call if each == "first call" else each for each in code.co_consts))


_STUB = _stub(_first_call)
