"""Functions whose code comes later. Of the thousands in a snapshot of Python's memory, the page's first answers call a
few hundred; the code of the others lies in a file of its own, which the page fetches after its first answer. Until
then they share a stub in its place: whoever calls one has that file fetched at once. So a function that nobody has
foreseen is late, and never missing.

What can be seen of it: a late function's signature is (*args, **kwargs), its qualified name is its name, and on its
first call one frame more lies between it and its caller. Generators and functions that are to be awaited are never
late, for others ask which ones those are.

Modules are late, too, of which nothing is in use: they are empty, and run when somebody asks for something in one.

A stub has to know which function it was called as. CPython's frames know, but tell only C: so the frame is read. Until
the code is there, all that is called here has to be C's or this module's own.
"""

import ctypes
import gc
import inspect
import marshal
import sys
import warnings
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

Name = tuple[str, str, int]  # of a code: its file, its qualified name, its first line

_NOT_PLAIN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

used: set[Name] = set()  # while `record` is on

_late: list[FunctionType] = []
_modules: dict[str, CodeType] = {}  # of late modules by name, when it is there
_checksum: int | None = None  # of all that code, while it is not there

# What a module has before it runs.
_OWN = {f"__{name}__" for name in ("name", "doc", "package", "loader", "spec", "path", "file", "cached", "builtins")}


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


def emptied(names: Iterable[str]) -> dict[str, CodeType]:
    """Takes all from these modules that they have from running, and returns their code. Raises ValueError where
    somebody has a function or a class of one: there would be two of it when the module runs again.
    """
    modules = {name: sys.modules[name] for name in names}
    codes = {name: _code_of(module) for name, module in modules.items()}
    for name, module in modules.items():
        for each, value in list(vars(module).items()):
            if each not in _OWN and sys.modules.get(f"{name}.{each}") is not value:
                delattr(module, each)
        vars(module)["__getattr__"] = partial(_first_use, name)
    while gc.collect():
        """What is let go lets others go."""
    for each in gc.get_objects():
        if issubclass(type(each), (FunctionType, type)) and each.__module__ in modules:
            raise ValueError(f"{each.__module__} cannot be late: {each.__qualname__} is in use.")
    return codes


def put_off(functions: Iterable[FunctionType], needed: Collection[Name], modules: Mapping[str, CodeType]) -> bytes:
    """Takes the code from all functions that are not needed, and returns it with that of modules, for `bring`."""
    global _checksum
    _late[:] = [each for each in functions if _name(each.__code__) not in needed and _is_plain(each)]
    data = marshal.dumps(([(each.__code__, each.__qualname__) for each in _late], dict(modules)))
    _checksum = zlib.crc32(data)
    stubs: dict[int, CodeType] = {}  # by how many variables of outer functions they have, which must be as before
    for function in _late:
        free = function.__code__.co_freevars
        if len(free) not in stubs:
            stubs[len(free)] = _STUB.replace(co_freevars=free)
        function.__code__ = stubs[len(free)]
        function.__qualname__ = function.__name__
    return data


def bring(data: bytes | memoryview) -> None:
    """Gives functions and modules their code back, once. Raises ValueError for the code of other ones."""
    global _checksum
    if _checksum is None:
        return
    if zlib.crc32(data) != _checksum:
        raise ValueError("The code of Python's functions is of another build: reload the page.")
    codes, modules = marshal.loads(data)
    _modules.update(modules)
    for function, (code, name) in zip(_late, codes, strict=True):
        function.__code__, function.__qualname__ = code, name
    _checksum = None


def _first_use(name: str, attribute: str) -> Any:
    """Late modules have it as their `__getattr__`."""
    if name not in _modules:
        bring(fetch())
    module = sys.modules[name]
    getter = vars(module).pop("__getattr__")
    try:
        exec(_modules[name], vars(module))
    except BaseException:
        vars(module)["__getattr__"] = getter  # the next who asks tries again
        raise
    return getattr(module, attribute)


def _first_call() -> FunctionType:
    """The function that the caller is a stub of, with its code."""
    frame = sys._getframe(1)
    function = _function_of(frame)
    if function.__code__ is frame.f_code:
        bring(fetch())
    return function


def _function_of(frame: FrameType) -> FunctionType:
    """The one whose call it is (CPython's Include/internal/pycore_frame.h, pycore_interpframe_structs.h)."""
    holder = ctypes.c_size_t(_data_of(frame)[_FUNCTION])
    found: Any = ctypes.py_object.from_buffer(holder)
    function: FunctionType = found.value
    return function


def _data_of(frame: FrameType) -> list[int]:
    """The first words of what the interpreter keeps of a call. The lowest bits of pointers in it say who owns them."""
    address = _words(id(frame), 4)[3]  # behind the reference count, the type, and the frame before
    return [word & ~3 for word in _words(address, 4)]


def _words(address: int, count: int) -> list[int]:
    return list((ctypes.c_size_t * count).from_address(address))


def _place_of_function() -> int:
    """Among those words; it differs from version to version."""

    def probe() -> int:
        return _data_of(sys._getframe()).index(id(probe))

    return probe()


def _code_of(module: ModuleType) -> CodeType:
    assert module.__spec__ is not None
    loader: Any = module.__spec__.loader
    code: CodeType = loader.get_code(module.__name__)
    return code


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
_FUNCTION = _place_of_function()
