"""Functions without their code behave as they do with it, whatever kind of function they are."""

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
    data = late.put_off(FUNCTIONS, {(__file__, "plain", plain.__code__.co_firstlineno)})
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
