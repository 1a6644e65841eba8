"""Loads hostile files of one format, or models with hostile options: `python -m tests.fuzzing h5 1000 7`.

Whatever it is, it may fail with a KerataError alone, of one printable line, in five seconds, and within 1 GiB of memory
above the process's start. What is found is printed with the seed that makes it. The work is done in a process of its
own, whose end, whatever the reason, is put down to the seed that it was at; another one goes on behind that.
"""

import gc
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import kerata
from tests.fuzzing import files, options
from tests.fuzzing.changes import Random

KINDS = ("options", *files.GOOD)
MAX_MEMORY = 1 << 30
MAX_SECONDS = 5  # of the processor, so that other work on the machine does not count
MAX_SILENCE = 600  # seconds after which a process is ended that no signal reaches

ROOT = Path(__file__).parents[2]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # each would take its share of the memory


class Hang(BaseException):
    """Too much time has passed. Not an Exception, lest a reader take it for one of its own."""


def load(kind: str, seed: int) -> None:
    chance = Random(seed)
    if kind == "options":
        options.load(chance)
    else:
        files.load(kind, chance)


def check(kind: str, seed: int) -> str | None:
    """What went wrong, None where nothing did."""
    start = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)
        load(kind, seed)
    except kerata.KerataError as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, MemoryError):
                return f"took more than {MAX_MEMORY} B: {error} {_where(cause)}"
            cause = cause.__cause__
        if not str(error).isprintable() or len(str(error)) > 300:
            return f"is no sentence: {str(error)[:400]!r}"
    except Hang as hang:
        return f"took more than {MAX_SECONDS} s: {_where(hang)}"
    except Exception as error:
        return _where(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None if time.process_time() - start < MAX_SECONDS else "took too long"


def _where(error: BaseException) -> str:
    return "".join(traceback.format_exception(error, limit=-4))


def _hung(*_: Any) -> None:
    raise Hang


def work(kind: str, count: int, seed: int) -> None:
    """Prints each seed before it is met, and a JSON of what it did wrong behind it."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGPROF, _hung)
    for path in sorted({path for paths in files.GOOD.values() for path in paths if "small.h5" not in path.name}):
        kerata.load_model(path, "numpy")  # so that all is imported
    options.good()
    start = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (start + MAX_MEMORY, start + MAX_MEMORY))
    for each in range(seed, seed + count):
        print(each, flush=True)
        wrong = check(kind, each)
        if wrong:
            print(json.dumps(wrong), flush=True)
        if each % 100 == 0:
            gc.collect()


def watched(kind: str, count: int, seed: int) -> dict[int, str]:
    """What is found by seed, in as many processes as it takes."""
    found: dict[int, str] = {}
    place, end = seed - 1, seed + count
    while place + 1 < end:
        command = [sys.executable, "-m", "tests.fuzzing", "--work", kind, str(end - place - 1), str(place + 1)]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        timer = threading.Timer(MAX_SILENCE, process.kill)
        timer.start()
        for line in process.stdout:
            timer.cancel()
            timer = threading.Timer(MAX_SILENCE, process.kill)
            timer.start()
            if line.startswith('"'):
                found[place] = json.loads(line)
                print(f"{kind} {place}: {found[place]}", flush=True)
            else:
                place = int(line)
        timer.cancel()
        if process.wait():
            found[place] = f"ended the process with status {process.returncode}"
            print(f"{kind} {place}: {found[place]}", flush=True)
    return found


def main(kind: str, count: int, seed: int) -> int:
    found = watched(kind, count, seed)
    print(f"{kind}: {count} tried, {len(found)} of them wrong")
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1] == "--work":
        work(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
