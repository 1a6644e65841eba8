"""Run by `snapshot.mjs` before a snapshot is taken, after `digits.py` or `models.py` has imported what is to be in it.
It compiles what Pyodide evaluates when it is restored. Then it puts off the code of all functions but those that
`names.json` names, and that of the modules in `late.txt` which are not `IN_USE`; or, where there is none yet, has
functions recorded.
"""

import gc
import io
import json
from contextlib import suppress
from pathlib import Path
from types import FunctionType, ModuleType

from _pyodide import _base

import __main__
from kerata import late

# In Pyodide's own file system. MODULES: those without state of their own; they are the same when they run again.
NAMES, MODULES, LATE = Path("names.json"), Path("late.txt"), Path("late.bin")

# What `API.finalizeBootstrap` evaluates, `{}` for the variables of the others.
TEXTS = (
    "{}",
    "import importlib; importlib",
    "import __main__; __main__.__dict__",
    "import builtins; builtins.__dict__",
)


def without_compiling(texts, eval_code):
    """`eval_code`, which knows these texts and compiles all others as before. It stays in its place for good."""
    compiled = {text: _base.CodeRunner(text).compile() for text in texts}
    for each in compiled.values():
        del each.ast  # which takes room

    def evaluated(source, *arguments, **options):
        if source in compiled and not options:
            return compiled[source].run(*arguments)
        return eval_code(source, *arguments, **options)

    return evaluated


_base.eval_code = without_compiling(TEXTS, _base.eval_code)
gc.collect()
for each in gc.get_objects():
    if issubclass(type(each), (FunctionType, ModuleType, type)):
        with suppress(AttributeError, TypeError):  # where it cannot be changed
            each.__doc__ = None  # as in all that is compiled (compile.py)
    if isinstance(each, io.BufferedWriter):  # its buffer holds what the heap held before; zeros take less room
        each.write(bytes(io.DEFAULT_BUFFER_SIZE - 1))
        each.flush()
if NAMES.exists():
    needed = {tuple(name) for name in json.loads(NAMES.read_text())}
    names = [name for name in MODULES.read_text().split() if name not in __main__.IN_USE]
    NAMES.unlink()
    MODULES.unlink()
    with LATE.open("wb") as file:  # before, for afterwards most functions are late
        modules = late.emptied(names)
        file.write(late.put_off(late.everywhere(), needed, modules))
    del modules
    gc.collect()
else:
    late.record()
