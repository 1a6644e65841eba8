"""Functions without their code behave as they do with it, whatever kind of function they are."""

import builtins
import importlib
import inspect
import sys

import pytest

from kerata import late

BASE = 10


def plain(a, b=2, *more, c=3, **others):
    return BASE + a + b + sum(more) + c + sum(others.values())


def counting(stop):
    for i in range(stop):
        yield i * BASE


def default(value=BASE, *, factor=2):
    return value * factor


def closure():
    steps = 0

    def step(by=1):
        nonlocal steps
        steps += by
        return steps

    return step


class Shape:
    def __init__(self, side):
        self.side = side

    @property
    def area(self):
        return self.side**2

    @classmethod
    def unit(cls):
        return cls(1)


class Square(Shape):
    def __init__(self, side):
        super().__init__(side)  # which reads a variable of the function around it


async def awaited():
    return BASE


STEP = closure()
FUNCTIONS = [
    plain,
    counting,
    default,
    STEP,
    Shape.__init__,
    Shape.area.fget,
    Shape.unit.__func__,
    Square.__init__,
    awaited,
]


@pytest.fixture
def fetched(monkeypatch):
    """All functions are late but `plain`; what was fetched is counted."""
    codes = [each.__code__ for each in FUNCTIONS]
    count = []
    data = late.put_off(FUNCTIONS, {(__file__, "plain", plain.__code__.co_firstlineno)}, {})
    monkeypatch.setattr(late, "fetch", lambda: count.append(1) or data)
    yield count
    for function, code in zip(FUNCTIONS, codes, strict=True):
        function.__code__ = code


CALLS = {
    "defaults": (lambda: [default(), default(1, factor=3)], [20, 3]),
    "closure": (lambda: STEP(by=2) - STEP.__closure__[0].cell_contents, 0),
    "property": (lambda: Shape(3).area, 9),
    "class method": (lambda: Square.unit().area, 1),
    "super": (lambda: Square(4).side, 4),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_late_function_has_the_code_of_all_fetched_once(fetched, call):
    function, expected = CALLS[call]
    assert function() == expected
    assert fetched == [1]
    assert function() == expected
    assert [each() for each, _ in CALLS.values()] == [value for _, value in CALLS.values()]
    assert fetched == [1]


def test_what_brings_code_calls_nothing_that_could_be_late(fetched, monkeypatch):
    data = late.fetch()
    called = set()
    monkeypatch.setattr(late, "fetch", lambda: data)
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: called.add(frame.f_code.co_filename) if event == "call" else None)
    try:
        Shape(1)
    finally:
        sys.setprofile(before)
    assert called <= {__file__, late.__file__, "<string>"}  # the last is the stub


def test_functions_have_their_qualified_names_when_they_have_their_code(fetched):
    assert Square.__init__.__qualname__ == "__init__"
    late.bring(late.fetch())
    assert [each.__qualname__ for each in (Square.__init__, Shape.unit)] == ["Square.__init__", "Shape.unit"]


def test_needed_and_awaited_functions_and_generators_keep_theirs(fetched):
    assert plain(1, 2, 3, c=4, d=5) == 25
    assert inspect.iscoroutinefunction(awaited)
    assert list(counting(3)) == [0, 10, 20]
    assert fetched == []


def test_brought_before_it_is_needed_nothing_is_fetched(fetched):
    late.bring(late.fetch())
    assert fetched == [1]
    assert Square.unit().area == 1
    assert fetched == [1]


def test_without_the_file_the_call_fails_and_the_next_one_fetches_again(fetched, monkeypatch):
    fetch = late.fetch

    def offline():
        raise OSError("no network")

    monkeypatch.setattr(late, "fetch", offline)
    with pytest.raises(OSError, match="no network"):
        Shape(1)
    monkeypatch.setattr(late, "fetch", fetch)
    assert Shape(1).area == 1


def test_another_builds_code_is_refused(fetched):
    data = late.fetch()
    with pytest.raises(ValueError, match="another build"):
        late.bring(data[:-1] + b"?")
    late.bring(data)
    late.bring(b"what comes again is not looked at")
    assert Shape(1).area == 1


def test_errors_and_arguments_are_the_functions_own(fetched):
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'side'"):
        Shape()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Of two modules: `box` has a class and knows of `lid`, which counts how often it has run."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("from .box import *\n")
    (tmp_path / "package" / "box.py").write_text("from . import lid\n__all__ = ['Box']\nclass Box: size = lid.SIZE\n")
    (tmp_path / "package" / "lid.py").write_text("import builtins\nbuiltins.runs += 1\nSIZE = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("builtins.runs", 0, raising=False)
    yield importlib.import_module("package")
    for name in ("package", "package.box", "package.lid"):
        del sys.modules[name]


def test_a_late_module_runs_when_something_in_it_is_asked_for(package, monkeypatch):
    data = late.put_off([], set(), late.emptied(["package", "package.box", "package.lid"]))
    fetched = []
    monkeypatch.setattr(late, "fetch", lambda: fetched.append(1) or data)
    assert "Box" not in vars(package)
    assert package.lid.__name__ == "package.lid"
    assert fetched == []
    assert package.Box.size == 3
    assert fetched == [1]
    assert builtins.runs == 2
    from package.lid import SIZE

    assert (SIZE, builtins.runs) == (3, 2)
    with pytest.raises(AttributeError, match="nothing"):
        package.nothing  # noqa: B018


def test_a_late_module_that_fails_runs_again(package, monkeypatch):
    data = late.put_off([], set(), late.emptied(["package", "package.box", "package.lid"]))
    monkeypatch.setattr(late, "fetch", lambda: data)
    del builtins.runs
    with pytest.raises(AttributeError, match="runs"):
        package.lid.SIZE  # noqa: B018
    builtins.runs = 0
    assert package.lid.SIZE == 3


def test_a_module_cannot_be_late_while_a_part_of_it_is_in_use(package):
    held = package.Box
    with pytest.raises(ValueError, match=r"package\.box cannot be late: Box is in use"):
        late.emptied(["package", "package.box"])
    assert held.size == 3


def test_what_runs_is_recorded():
    before = sys.getprofile()
    late.record()
    try:
        Square.unit()
    finally:
        sys.setprofile(before)
    names = {name for file, name, _ in late.used if file == __file__}
    late.used.clear()
    assert names == {"Shape.unit", "Square.__init__", "Shape.__init__"}


def test_all_functions_are_found():
    found = late.everywhere()
    assert plain in found
    assert Shape.__init__ in found
    assert late.bring not in found
