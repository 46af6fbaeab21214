"""The battery that every model must pass, found by itself: a new model is covered the moment its file exists.

The checks are plain functions that return what is wrong; the last part of the file feeds them models that are broken on
purpose, since a battery that cannot fail is worth nothing.
"""

from __future__ import annotations

import inspect
import math
import pickle
import random
import re
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from importlib import import_module
from pkgutil import iter_modules, walk_packages
from typing import Any, get_type_hints
from zlib import crc32

import numpy as np
import pytest
from numpy.random import Generator, default_rng

import sysalign_lib
from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from tests.page import toy

SHARED = {"core", "page"}
BESIDE = {"views", "explorables", "evidence"}
DRAWS = 20  # params drawn in range for every function


# Finding ----------------------------------------------------------------------------------------------------------


def chapters() -> list[str]:
    """Slug of every chapter's package."""
    return [one.name for one in iter_modules(sysalign_lib.__path__) if one.ispkg and one.name not in SHARED]


def modules(slug: str) -> list[str]:
    """Every module of a chapter, by its full name."""
    root = import_module(f"sysalign_lib.{slug}")
    return [root.__name__, *(one.name for one in walk_packages(root.__path__, f"{root.__name__}."))]


def models() -> list[str]:
    """Every module of models in the book."""
    names = (name for slug in chapters() for name in modules(slug))
    return [name for name in names if name.count(".") == 2 and name.split(".")[2] not in BESIDE]


def runs(module: types.ModuleType) -> list[Callable[..., Any]]:
    """The functions named simulate... and solve... that a module defines."""
    found = [
        one
        for name, one in vars(module).items()
        if re.match("(simulate|solve)(_|$)", name) and inspect.isfunction(one) and one.__module__ == module.__name__
    ]
    return sorted(found, key=lambda one: one.__name__)


def params_of(run: Callable[..., Any]) -> type:
    """The params class that a function announces."""
    first = next(iter(inspect.signature(run).parameters))
    kind = get_type_hints(run).get(first)
    assert isinstance(kind, type), f"the first parameter of {run.__name__} must be annotated with its params class"
    return kind


def params_classes(module: types.ModuleType) -> list[type]:
    """Every params class that a module's functions announce."""
    return sorted({params_of(run) for run in runs(module)}, key=lambda one: one.__name__)


# Checks -----------------------------------------------------------------------------------------------------------


def wrong_signature(run: Callable[..., Any]) -> Iterator[str]:
    """``simulate(params, rng)`` and ``solve(params)``, each naming the result it returns."""
    hints, names = get_type_hints(run), list(inspect.signature(run).parameters)
    wanted = ["params", "rng"] if run.__name__.startswith("simulate") else ["params"]
    if names != wanted:
        yield f"{run.__name__} must take {wanted}, takes {names}"
    if "rng" in names and hints.get("rng") is not Generator:
        yield f"rng of {run.__name__} must be a numpy Generator"
    if not is_dataclass(hints.get("return")):
        yield f"{run.__name__} must name the result class it returns"


def wrong_declaration(kind: type) -> Iterator[str]:
    """A frozen dataclass of keywords with defaults; numbers carry their bounds."""
    if not is_dataclass(kind) or not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        yield f"{kind.__name__} must be a frozen dataclass"
        return
    hints = get_type_hints(kind)
    for one in fields(kind):
        if not one.kw_only:
            yield f"{one.name} must be a keyword"
        if one.default is MISSING:
            yield f"{one.name} must have a default"
        if hints[one.name] in (int, float):
            if {"low", "high"} - set(one.metadata):
                yield f"{one.name} must declare its bounds"
        elif not (isinstance(hints[one.name], type) and issubclass(hints[one.name], bool | Enum)):
            yield f"{one.name} must be a float, an int, a bool or an Enum"


def ends(one: Any, kind: type) -> tuple[list[Any], list[Any]]:
    """Values of a number that must be accepted at its ends, and those next to them that must be refused."""
    limits = {"open_low": False, "open_high": False, **one.metadata}
    inside, outside = [], []
    for side, out in (("low", -math.inf), ("high", math.inf)):
        end = limits[side]
        if math.isinf(end):
            continue
        end, step = kind(end), (1 if out > 0 else -1)
        beyond = end + step if kind is int else math.nextafter(end, out)
        if limits[f"open_{side}"]:
            inside.append(math.nextafter(end, -out))
            outside.append(end)
        else:
            inside.append(end)
        outside.append(beyond)
    return inside, outside


def refused(kind: type) -> Iterator[tuple[str, Any]]:
    """Every (field, value) that a params class must refuse."""
    hints = get_type_hints(kind)
    for one in fields(kind):
        expected = hints[one.name]
        if expected is bool:
            bad: list[Any] = [None, 0, 1, 1.0, "yes", "True"]
        elif expected in (int, float):
            bad = [None, "1", "", True, 1j, [one.default], np.array([1.0, 2.0]), math.nan, math.inf, -math.inf]
            bad += [] if expected is float else [float(one.default), one.default + 0.5]
            bad += ends(one, expected)[1]
        else:
            bad = [None, 0, "nonsense", one.default.value, one.default.name]
        yield from ((one.name, value) for value in bad)


def wrong_bounds(kind: type) -> Iterator[str]:
    """The ends of every interval are accepted; what lies outside or is of another type is refused by name."""
    hints = get_type_hints(kind)
    for one in fields(kind):
        if hints[one.name] in (int, float):
            for value in ends(one, hints[one.name])[0]:
                try:
                    kind(**{one.name: value})
                except (TypeError, ValueError) as error:
                    yield f"{one.name} must accept its end {value!r}: {error}"
        if isinstance(hints[one.name], type) and issubclass(hints[one.name], bool | Enum):
            options = [False, True] if hints[one.name] is bool else list(hints[one.name])
            for value in options:
                kind(**{one.name: value})
    for name, value in refused(kind):
        try:
            kind(**{name: value})
        except (TypeError, ValueError) as error:
            if not str(error).startswith(f"{name} must be "):
                yield f"the message must begin with '{name} must be', says: {error}"
        except Exception as error:
            yield f"{name} = {value!r} must be refused by name, gives {type(error).__name__}: {error}"
        else:
            yield f"{name} = {value!r} must be refused"


def call(run: Callable[..., Any], params: Any, seed: int = 5) -> Any:
    """Run a model; `solve` takes no dice."""
    return run(params, default_rng(seed)) if run.__name__.startswith("simulate") else run(params)


def parts(value: Any, name: str = "result") -> Iterator[tuple[str, Any]]:
    """Every array and scalar of a result by its place, nested ones too; not those of the params."""
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            if one.name != "params":
                yield from parts(getattr(value, one.name), f"{name}.{one.name}")
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            yield from parts(one, f"{name}[{place}]")
    else:
        yield name, value


def bits(value: Any) -> Any:
    """What two equal results have in common."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    return repr(value)


def differing(first: Any, second: Any) -> list[str]:
    """Places in which two results differ by a bit."""
    ours, theirs = list(parts(first)), list(parts(second))
    if [name for name, _ in ours] != [name for name, _ in theirs]:
        return ["fields"]
    return [name for (name, a), (_, b) in zip(ours, theirs, strict=True) if bits(a) != bits(b)]


def wrong_dice(run: Callable[..., Any]) -> Iterator[str]:
    """The same seed gives the same bits, another one others; nobody else's dice are touched."""
    params = params_of(run)()
    legacy, plain = np.random.get_state(), random.getstate()  # noqa: NPY002
    first, second = call(run, params), call(run, params)
    if bits(np.random.get_state()[1]) != bits(legacy[1]) or np.random.get_state()[2:] != legacy[2:]:  # noqa: NPY002
        yield f"{run.__name__} must leave numpy's global random state alone"
    if random.getstate() != plain:
        yield f"{run.__name__} must leave Python's global random state alone"
    if places := differing(first, second):
        yield f"{run.__name__} must give the same bits for the same seed, differs in {places}"
    if run.__name__.startswith("simulate") and not differing(first, call(run, params, seed=6)):
        yield f"{run.__name__} must throw the dice that it is given"


def wrong_result(run: Callable[..., Any]) -> Iterator[str]:
    """A frozen result of the announced class, with its params, arrays that nobody can write to, and a pickle of it."""
    params = params_of(run)()
    result = call(run, params)
    if type(result) is not get_type_hints(run)["return"]:
        yield f"{run.__name__} must return what it announces, returns {type(result).__name__}"
    if not is_dataclass(result) or not type(result).__dataclass_params__.frozen:  # type: ignore[attr-defined]
        yield f"{type(result).__name__} must be a frozen dataclass"
        return
    if type(result).__eq__ is not object.__eq__:
        yield f"{type(result).__name__} must be declared with eq=False"
    if getattr(result, "params", None) != params:
        yield f"{type(result).__name__} must hold its params"
    for name, value in parts(result):
        if isinstance(value, np.ndarray):
            if value.flags.writeable or (isinstance(value.base, np.ndarray) and value.base.flags.writeable):
                yield f"{name} must be read-only"
            if value.dtype == object:
                yield f"{name} must not be an array of objects"
        elif isinstance(value, list | dict | set):
            yield f"{name} must not be a {type(value).__name__}, which can be changed"
    try:
        again = pickle.loads(pickle.dumps(result))
    except Exception as error:
        yield f"{type(result).__name__} must be picklable: {error}"
        return
    if places := differing(result, again):
        yield f"{type(result).__name__} must survive a pickle, differs in {places}"


def wrong_pair(module: types.ModuleType) -> Iterator[str]:
    """Where a noun has both, `simulate` and `solve` take the same params and return the same result."""
    named = {run.__name__: run for run in runs(module)}
    for name, run in named.items():
        other = named.get(name.replace("simulate", "solve", 1)) if name.startswith("simulate") else None
        if other and (params_of(run), get_type_hints(run)["return"]) != (
            params_of(other),
            get_type_hints(other)["return"],
        ):
            yield f"{name} and {other.__name__} must share params and result"


def entry(text: str, name: str) -> str | None:
    """The docstring's entry about a name: its line and the deeper ones that follow."""
    lines = inspect.cleandoc(text).split("\n")
    for at, line in enumerate(lines):
        if re.search(rf"(^\s*|[;.] )(\w+, )*{name}(, \w+)*( ?:|\[)", line):
            depth = len(line) - len(line.lstrip())
            more = [len(one) - len(one.lstrip()) > depth for one in lines[at + 1 :]]
            end = at + 1 + (more.index(False) if False in more else len(more))
            return " ".join(lines[at:end])
    return None


def wrong_words(kind: type) -> Iterator[str]:
    """A result's docstring has an entry for every field, with axes and shape where it is an array."""
    hints, words = get_type_hints(kind), written(kind)
    for one in fields(kind):
        if one.name == "params":
            continue
        found = entry(words, one.name)
        if found is None and is_array(hints[one.name]):
            yield f"the docstring of {kind.__name__} must have an entry for {one.name}"
        elif found is None and not re.search(rf"\b{one.name}\b", words):
            yield f"the docstring of {kind.__name__} must mention {one.name}"
        elif (
            found is not None
            and is_array(hints[one.name])
            and not re.search(r"shape \(|the same|its standard error", found)
        ):
            yield f"the docstring of {kind.__name__} must give axes and shape of {one.name}"


def written(one: Any) -> str:
    """A docstring that somebody wrote: a dataclass without one gets its signature."""
    words = (one.__doc__ or "").strip()
    return "" if is_dataclass(one) and words.startswith(f"{getattr(one, '__name__', '')}(") else words


def is_array(hint: Any) -> bool:
    """Whether an annotation stands for a numpy array."""
    return getattr(hint, "__origin__", hint) is np.ndarray


def drawn(kind: type, rng: Generator) -> Any:
    """Params in range: floats anywhere, ends included; counts small, since their upper ends cost hours."""
    hints, state = get_type_hints(kind), {}
    for one in fields(kind):
        expected = hints[one.name]
        if expected is bool or (isinstance(expected, type) and issubclass(expected, Enum)):
            options = [False, True] if expected is bool else list(expected)
            state[one.name] = options[rng.integers(len(options))]
            continue
        state[one.name] = count(one, rng) if expected is int else real(one, rng)
    return kind(**state)


def count(one: Any, rng: Generator) -> int:
    """A whole number from the low end to a quarter of the default."""
    high = few(one)
    low = int(max(one.metadata["low"], high - 10)) if math.isinf(one.metadata["low"]) else int(one.metadata["low"])
    return int(rng.choice([low, min(low + int(rng.integers(4)), high), rng.integers(low, high + 1)]))


def few(one: Any) -> int:
    """A quarter of a count's default, or its low end."""
    return int(max(one.metadata["low"], one.default // 4))


def real(one: Any, rng: Generator) -> float:
    """A number in its interval, in one draw of three at an end of it."""
    inside, _ = ends(one, float)
    low, high = max(one.metadata["low"], -1e6), min(one.metadata["high"], 1e6)
    options = [one.default, rng.uniform(low, high), rng.uniform(low, high), *inside]
    if 0 < low < high:
        options.append(np.exp(rng.uniform(np.log(low), np.log(high))))
    return float(options[rng.integers(len(options))])


def corners(kind: type) -> Iterator[Any]:
    """All real numbers at their low ends, then at their high ends."""
    hints = get_type_hints(kind)
    counts = {one.name: few(one) for one in fields(kind) if hints[one.name] is int}
    for side in (0, -1):
        inside = {one.name: ends(one, float)[0] for one in fields(kind) if hints[one.name] is float}
        yield kind(**counts, **{name: values[side] for name, values in inside.items() if values})


def unsound(value: Any, words: str) -> str | None:
    """What a value is that its words do not announce: NaN or infinite."""
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "fc":
        return None
    if np.isnan(numbers).any() and "NaN" not in words:
        return "NaN"
    if np.isinf(numbers).any() and not re.search(r"infinit|\binf\b", words):
        return "infinite"
    return None


def wrong_properties(result: Any) -> Iterator[str]:
    """Every public property of a result has a value, whether it was simulated or solved."""
    for name, one in inspect.getmembers(type(result), lambda member: isinstance(member, property)):
        if name.startswith("_"):
            continue
        try:
            if kind_of := unsound(getattr(result, name), one.__doc__ or ""):
                yield f"property {name} is {kind_of}"
        except Exception as error:
            yield f"property {name} fails: {type(error).__name__}: {error}"


def wrong_numbers(run: Callable[..., Any], draws: int = DRAWS) -> Iterator[str]:
    """Anywhere in range: no error, no warning, and NaN or infinity only where the docstring says so."""
    kind, rng = params_of(run), default_rng(crc32(f"{run.__module__}.{run.__name__}".encode()))
    for params in [kind(), *corners(kind), *(drawn(kind, rng) for _ in range(draws))]:
        try:
            result = call(run, params)
            words = type(result).__doc__ or ""
            for name, value in parts(result):
                top = name.split(".")[1].split("[")[0] if "." in name else name
                if kind_of := unsound(value, entry(words, top) or ""):
                    yield f"{name} is {kind_of} at {params}"
            yield from (f"{sentence} at {params}" for sentence in wrong_properties(result))
        except Exception as error:
            yield f"{run.__name__} fails at {params}: {type(error).__name__}: {error}"


def undocumented(module: types.ModuleType) -> Iterator[str]:
    """Every module, public class, method and function says what it is."""
    if not (module.__doc__ or "").strip():
        yield f"{module.__name__} must have a docstring"
    for name, one in vars(module).items():
        if name.startswith("_") or getattr(one, "__module__", None) != module.__name__:
            continue
        if not (inspect.isclass(one) or inspect.isfunction(one)):
            continue
        if not written(one):
            yield f"{module.__name__}.{name} must have a docstring"
        if inspect.isclass(one):
            for inner, member in vars(one).items():
                function = member.fget if isinstance(member, property) else member
                if inner.startswith("_") or not inspect.isfunction(function):
                    continue
                if not (function.__doc__ or "").strip():
                    yield f"{module.__name__}.{name}.{inner} must have a docstring"


def wrong(*checks_of_it: Iterator[str]) -> list[str]:
    """Everything that some checks find."""
    return [sentence for one in checks_of_it for sentence in one]


# The battery ------------------------------------------------------------------------------------------------------

MODULES = [import_module(name) for name in models()]
RUNS = [pytest.param(run, id=f"{run.__module__.split('.', 1)[1]}.{run.__name__}") for m in MODULES for run in runs(m)]
CLASSES = sorted({kind for m in MODULES for kind in params_classes(m)}, key=lambda one: (one.__module__, one.__name__))
EVERY = [name for slug in chapters() for name in modules(slug)]


def test_there_are_models() -> None:
    assert len(RUNS) > 5


@pytest.mark.parametrize("run", RUNS)
def test_a_model_takes_params_and_dice_and_names_its_result(run: Callable[..., Any]) -> None:
    assert wrong(wrong_signature(run), wrong_words(get_type_hints(run)["return"])) == []


@pytest.mark.parametrize("kind", CLASSES, ids=lambda one: one.__name__)
def test_params_declare_their_bounds_and_refuse_by_name_what_lies_outside(kind: type) -> None:
    assert wrong(wrong_declaration(kind)) == []
    assert wrong(wrong_bounds(kind)) == []


@pytest.mark.parametrize("run", RUNS)
def test_the_same_seed_gives_the_same_result_that_nobody_can_change(run: Callable[..., Any]) -> None:
    assert wrong(wrong_dice(run), wrong_result(run)) == []


@pytest.mark.parametrize("run", RUNS)
def test_anywhere_in_range_a_model_gives_numbers(run: Callable[..., Any]) -> None:
    assert wrong(wrong_numbers(run)) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.__name__.split(".", 1)[1])
def test_simulate_and_solve_speak_of_the_same_things(module: types.ModuleType) -> None:
    assert wrong(wrong_pair(module)) == []


@pytest.mark.parametrize("name", EVERY)
def test_everything_public_says_what_it_is(name: str) -> None:
    assert wrong(undocumented(import_module(name))) == []


# The battery can fail ---------------------------------------------------------------------------------------------


def test_an_honest_toy_passes() -> None:
    for run in (toy.simulate, toy.solve):
        assert wrong(wrong_signature(run), wrong_dice(run), wrong_result(run), wrong_numbers(run)) == []
    assert wrong(wrong_declaration(toy.WalkParams), wrong_bounds(toy.WalkParams), wrong_words(toy.WalkResult)) == []
    assert wrong(undocumented(toy), wrong_pair(toy)) == []
    assert [one.__name__ for one in runs(toy)] == ["simulate", "solve"]
    assert params_classes(toy) == [toy.WalkParams]


HERE = sys.modules[__name__]
SECRET: list[Any] = []


@dataclass(frozen=True, eq=False, kw_only=True)
class Bag:
    params: toy.WalkParams
    path: np.ndarray
    more: Any = None

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def ratio(self) -> float:
        """A share."""
        return float(self.path[0] * math.nan)


def bag(run: Callable[[toy.WalkParams, Generator], Any], name: str = "simulate") -> Callable[..., Any]:
    """A simulation of the toy's params that fills a bag."""

    def inner(params: toy.WalkParams, rng: Generator) -> Bag:
        made = run(params, rng)
        return made if isinstance(made, Bag) else Bag(params=params, path=np.asarray(made, float))

    inner.__name__ = name
    return inner


def legacy(params: toy.WalkParams, rng: Generator) -> Any:
    np.random.random()  # noqa: NPY002
    return rng.random(3)


def plain(params: toy.WalkParams, rng: Generator) -> Any:
    random.random()
    return rng.random(3)


def own(params: toy.WalkParams, rng: Generator) -> Any:
    return default_rng().random(3)


def still(params: toy.WalkParams, rng: Generator) -> Any:
    return np.zeros(3)


def remembers(params: toy.WalkParams, rng: Generator) -> Any:
    SECRET.append(1)
    return rng.random(3) + len(SECRET)


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (legacy, "numpy's global random state"), (plain, "Python's global random state"), (own, "the same bits"),
        (still, "throw the dice that it is given"), (remembers, "the same bits"),
    ],
)  # fmt: skip
def test_dishonest_dice_are_found(run: Callable[..., Any], sentence: str) -> None:
    (found,) = wrong(wrong_dice(bag(run)))
    assert sentence in found


@dataclass(frozen=True, eq=False, kw_only=True)
class Soft:
    """path : place[step], shape (3,), in meters."""

    params: toy.WalkParams
    path: np.ndarray


@dataclass(kw_only=True)
class Loose:
    """Neither frozen nor identity."""

    params: toy.WalkParams


def simulate_soft(params: toy.WalkParams, rng: Generator) -> Soft:
    return Soft(params=params, path=rng.random(3))


def simulate_loose(params: toy.WalkParams, rng: Generator) -> Loose:
    return Loose(params=params)


def holding(more: Any) -> Callable[..., Any]:
    return bag(lambda params, rng: Bag(params=params, path=rng.random(3), more=more))


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (simulate_soft, "result.path must be read-only"), (simulate_loose, "Loose must be a frozen dataclass"),
        (holding([1]), "result.more must not be a list"), (holding((np.zeros(2),)), "result.more[0] must be read-only"),
        (holding(lambda: 1), "Bag must be picklable"), (holding(np.array([None])), "must not be an array of objects"),
        (bag(lambda params, rng: Bag(params=toy.WalkParams(steps=3), path=rng.random(3))), "Bag must hold its params"),
    ],
)  # fmt: skip
def test_a_result_that_can_be_changed_or_lost_is_found(run: Callable[..., Any], sentence: str) -> None:
    assert any(sentence in one for one in wrong(wrong_result(run)))


def test_a_result_that_is_not_what_was_announced_is_found() -> None:
    def run(params: toy.WalkParams, rng: Generator) -> Soft:
        return Loose(params=params)  # type: ignore[return-value]

    run.__name__ = "simulate"
    assert any("must return what it announces" in one for one in wrong(wrong_result(run)))


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (lambda params, rng: np.array([math.nan]), "result.path is NaN at"),
        (lambda params, rng: np.array([math.inf]), "result.path is infinite at"),
        (lambda params, rng: [1 / (params.drift + 1)], "ZeroDivisionError"),
        (lambda params, rng: np.array([1.0]) / (1 - params.noise if params.noise < 0.99 else 0), "RuntimeWarning"),
        (lambda params, rng: [1.0], "property ratio is NaN"),
    ],
)
def test_numbers_that_are_none_are_found(run: Callable[..., Any], sentence: str) -> None:
    assert any(sentence in one for one in wrong(wrong_numbers(bag(run))))


def test_what_the_docstring_announces_may_be_missing() -> None:
    text = "Things.\n\n    a, b : x[point], shape (3,),\n        NaN before the start.\n    c : y, infinite if never."
    assert unsound(math.nan, entry(text, "b") or "") is None
    assert unsound(math.inf, entry(text, "b") or "") == "infinite"
    assert unsound(math.inf, entry(text, "c") or "") is None
    assert unsound(np.array([1.0, math.nan]), entry(text, "c") or "") == "NaN"
    assert entry(text, "d") is None


@dataclass(frozen=True, kw_only=True)
class Silent:
    """Refuses nothing."""

    dose: float = checks.bounded(1.0, low=0.0, high=2.0)
    aware: bool = False


@dataclass(frozen=True, kw_only=True)
class Anonymous:
    """Refuses without a name."""

    dose: float = checks.bounded(1.0, low=0.0, high=2.0)

    def __post_init__(self) -> None:
        try:
            checks.params(self)
        except (TypeError, ValueError):
            raise ValueError("bad value") from None


@dataclass(frozen=True, kw_only=True)
class Narrow:
    """Refuses its own end."""

    dose: float = checks.bounded(1.0, low=0.0, high=2.0)

    def __post_init__(self) -> None:
        checks.params(self)
        if self.dose == 2.0:
            raise ValueError("dose must be in [0, 2), got 2.0")


@dataclass(frozen=True, kw_only=True)
class Truncating:
    """Takes a float for a count."""

    runs: int = checks.bounded(3, low=1, high=5)

    def __post_init__(self) -> None:
        checks.number("runs", self.runs, 1, 5)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Silent, "dose = None must be refused"), (Silent, "aware = 1 must be refused"),
        (Silent, "dose = 2.0000000000000004 must be refused"), (Anonymous, "the message must begin with 'dose must be'"),
        (Narrow, "dose must accept its end 2.0"), (Truncating, "runs = 3.0 must be refused"),
        (Truncating, "runs = 3.5 must be refused"),
    ],
)  # fmt: skip
def test_params_that_refuse_too_little_or_too_much_are_found(kind: type, sentence: str) -> None:
    assert any(sentence in one for one in wrong(wrong_bounds(kind)))


@dataclass(frozen=True)
class Undeclared:
    """Positional, without bounds, without a default, of a strange type."""

    first: float
    dose: float = 1.0
    words: str = "many"


def test_fields_that_are_declared_otherwise_are_found() -> None:
    assert wrong(wrong_declaration(Undeclared)) == [
        "first must be a keyword", "first must have a default", "first must declare its bounds", "dose must be a keyword",
        "dose must declare its bounds", "words must be a keyword", "words must be a float, an int, a bool or an Enum",
    ]  # fmt: skip
    assert wrong(wrong_declaration(Loose)) == ["Loose must be a frozen dataclass"]


def test_signatures_docstrings_and_pairs_that_are_off_are_found() -> None:
    def simulate_off(rng: Generator, params: toy.WalkParams):  # type: ignore[no-untyped-def]
        return None

    assert len(wrong(wrong_signature(simulate_off))) == 2
    assert wrong(wrong_words(Bag)) == [
        "the docstring of Bag must have an entry for path", "the docstring of Bag must mention more",
    ]  # fmt: skip
    assert wrong(wrong_words(Soft)) == []
    bare = types.ModuleType("bare")
    exec("class A:\n    def f(self): pass\ndef g(): pass\ndef _h(): pass", bare.__dict__)
    for one in (bare.A, bare.g, bare._h):
        one.__module__ = "bare"
    names = ["bare", "bare.A", "bare.A.f", "bare.g"]
    assert wrong(undocumented(bare)) == [f"{name} must have a docstring" for name in names]
    assert any("test_models.Bag must have" in one for one in wrong(undocumented(HERE)))
    odd = types.ModuleType("odd")
    odd.simulate, odd.solve = bag(own), lambda params: None  # type: ignore[attr-defined]
    odd.solve.__name__, odd.solve.__annotations__ = "solve", {"params": toy.WalkParams, "return": toy.WalkResult}
    for one in (odd.simulate, odd.solve):
        one.__module__ = "odd"
    assert wrong(wrong_pair(odd)) == ["simulate and solve must share params and result"]
