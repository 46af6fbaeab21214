"""Elementary cellular automata: agents whose whole rule is eight bits, and how far ahead that lets one see.

Idea. A row of cells on a ring, each live or dead. What a cell does next depends on itself and its two neighbors, so that a
rule is a table of eight entries, numbered by Wolfram's code: the rule's number in binary is the table. No agent can be
more transparent; all 256 of them are equally so.

Assumption that breaks. That who knows every part can say what the whole will do. Three readings of "can say" part here.

* *Exactly, by simulating.* Always, one step after the other, if rule and row were read without any error.
* *Exactly, by a shortcut.* Rules that superpose need no simulation. If the rule is a sum modulo 2 of some of the three
  cells (rules 60, 90, 150 and so on), then by ``f(x)^2 = f(x^2)`` over two elements the row after ``2^k`` steps is the
  same sum of cells ``2^k`` away, and t steps take as many row operations as t has ones in binary. If it is an OR or an
  AND of some of them, windows double. Rule 184, traffic on a ring, is a sum in the algebra of minimum and plus: draw a
  hole as a step up and a car as a step down; then a step is ``h(x) <- 1 + min(h(x-1), h(x+1))``, and t steps are t plus
  the minimum over a window. Prediction of rule 110 is P-complete (neary2006, the abstract's result): a shortcut of
  that kind for every row would run all of P fast in parallel, and is believed not to exist. For most other rules
  nothing is proved; "no shortcut known" is all that is said of them here.
* *Nearly, with a small error.* A cell misread, a share of cells misread, or one of the eight entries misread (a reading
  that is 7/8 right). In some rules the error dies or stays, in others it spreads over the cone that light would reach.

A lemma for the second and the third reading (this book's). A rule is *left-permutive* if flipping the left neighbor always
flips the outcome. **Then a predictor that does not see the leftmost cell of the light cone is a coin, however many of the
other 2t cells it sees.** Proof. ``F(l, c, r) = l + g(c, r)`` modulo 2. By induction cell 0 after t steps is the first
row's cell -t plus a function of the cells from 1 - t to t: one step later it is the left neighbor's value, which is cell
-t-1 plus a function of cells to its right, plus g of two values that depend on cells from -t on. In a row of fair coins
cell -t is independent of all the others. QED. So a flipped cell always reaches as far right as it can, at one cell a step. Rules
30, 90 and 150 are left-permutive, and yet two of them have shortcuts: who looks locally is blind in all three.

What one would wrongly conclude. That an automaton whose picture looks wild cannot be predicted (rule 150 can), that an
error that spreads excludes a shortcut (rule 90 doubles errors and undoes it at every power of two), or that a small error
of reading is a small error of prediction (one wrong entry in rule 30 ruins the forecast within eight steps).

Sources: wolfram1983 (the rules, their numbers, and counts of live cells), neary2006 (rule 110), nagel1992 (traffic as an
automaton; rule 184 is its case of speed 1 without noise). Closed forms that are not theirs are derived in the
functions that give them, and hold for infinitely many cells unless it says "ring".
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache, reduce
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

Cells = NDArray[np.uint8]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

__all__ = [
    "AutomatonParams", "AutomatonResult", "Fate", "ForecastParams", "ForecastResult", "Misread", "RulesParams",
    "RulesResult", "Shortcut", "Start", "after", "best_right", "density_after", "entry_error", "equivalents", "evolve",
    "evolve_lanes", "flip_count", "flow", "jump", "jump_cost", "lanes", "operations", "polynomial", "representatives",
    "rhythm", "run_counts", "share_error", "shortcut", "simulate", "simulate_forecast", "simulate_rules",
    "solve_forecast", "sum_count", "table_right", "window_right",
]  # fmt: skip

LEFT, CENTER, RIGHT, ALL = 0b11110000, 0b11001100, 0b10101010, 0b11111111  # the rules that copy a cell, and "always"
OPERATIONS: tuple[Callable[[Any, Any], Any], ...] = (operator.and_, operator.or_, operator.xor)
PAD = 64  # steps between two repairs of the seam of a ring
EVERY = np.uint64(0xFFFFFFFFFFFFFFFF)
LANES = 64  # runs in a word
LISTED = 10  # steps whose cones of light can be listed


# The rule ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Program:
    """Steps (operation, place, place) that make a rule out of left, center, right and all ones; `end` is the outcome's place."""

    steps: tuple[tuple[Callable[[Any, Any], Any], int, int], ...]
    end: int

    def run(self, left: Any, center: Any, right: Any, full: Any) -> Any:
        values = [left, center, right, full]
        for operation, one, other in self.steps:
            values.append(operation(values[one], values[other]))
        return values[self.end]


@lru_cache(maxsize=1)
def _recipes() -> tuple[Ints, tuple[Ints, ...]]:
    """Fewest operations that make each rule, and of the last of them: which one, and its two rules; shapes (256,)."""
    every = np.arange(256)
    cost = np.full(256, 99)
    cost[[LEFT, CENTER, RIGHT, ALL]] = 0
    last = np.zeros((3, 256), dtype=np.int64)
    while True:
        before = cost.copy()
        for which, operation in enumerate(OPERATIONS):
            made, price = operation(every[:, None], every), 1 + cost[:, None] + cost
            order = np.argsort(price, axis=None, kind="stable")
            rule, first = np.unique(made.ravel()[order], return_index=True)
            best = order[first]
            better = price.ravel()[best] < cost[rule]
            rule, best = rule[better], best[better]
            cost[rule] = price.ravel()[best]
            last[:, rule] = np.full(len(rule), which), best // 256, best % 256
        if (cost == before).all():
            return cost, tuple(last)


@lru_cache(maxsize=256)
def _program(rule: int) -> _Program:
    """The shortest formula of a rule in and, or, exclusive or; what it needs twice is made once."""
    _, (which, one, other) = _recipes()
    places, steps = {LEFT: 0, CENTER: 1, RIGHT: 2, ALL: 3}, []

    def place(wanted: int) -> int:
        if wanted not in places:
            parts = place(int(one[wanted])), place(int(other[wanted]))
            steps.append((OPERATIONS[which[wanted]], *parts))
            places[wanted] = 3 + len(steps)
        return places[wanted]

    end = place(rule)
    return _Program(steps=tuple(steps), end=end)


def operations(rule: int) -> int:
    """Return how many operations (and, or, exclusive or; not is one with all ones) the rule takes."""
    checks.integer("rule", rule, 0, 255)
    return len(_program(int(rule)).steps)


def evolve(start: ArrayLike, rule: int, steps: int) -> Cells:
    """Return the rows of a ring: cell[time, place], shape (steps + 1, width), 0 or 1; the first one is `start`.

    A row is one whole number, so that an operation of the rule's formula serves all its cells at once. It carries a margin of
    64 cells of the ring on both sides and is sewn together again when errors from the cut have eaten the margin up.

    Raises
    ------
    TypeError, ValueError : `start` is no row of zeros and ones, `rule` none of 0 to 255, `steps` negative.
    """
    row = _row(start)
    checks.integer("rule", rule, 0, 255)
    checks.integer("steps", steps, 0)
    width, length = len(row), (max(len(row), PAD) + PAD + 3 * PAD) // 8 + 1
    rows = b"".join(one.to_bytes(length, "little") for one in _history(row, int(rule), steps))
    packed = np.frombuffer(rows, dtype=np.uint8).reshape(steps + 1, length)
    inside = np.ascontiguousarray(packed[:, PAD // 8 : PAD // 8 + -(-width // 8)])
    return np.unpackbits(inside, axis=1, count=width, bitorder="little")


def after(start: ArrayLike, rule: int, steps: int) -> Cells:
    """Return the last row of `evolve`, cell[place], shape (width,), without keeping the others; the same errors."""
    row = _row(start)
    checks.integer("rule", rule, 0, 255)
    checks.integer("steps", steps, 0)
    (last,) = deque(_history(row, int(rule), steps), maxlen=1)
    return _unpacked(last >> PAD & (1 << len(row)) - 1, len(row))


def _history(start: Cells, rule: int, steps: int) -> Iterator[int]:
    """Rows after 0 to `steps` steps, each within margins of 64 cells; a small ring goes as often around as the margin needs."""
    tiled = np.tile(start, -(-PAD // len(start))) if len(start) < PAD else start
    row, ring, run = _whole(tiled) << PAD, len(tiled), _program(rule).run
    full, own, edge = (1 << ring + 2 * PAD) - 1, (1 << ring) - 1, (1 << PAD) - 1
    yield row
    for done in range(steps):
        if done % PAD == 0:
            inside = row >> PAD & own
            row = inside >> ring - PAD | inside << PAD | (inside & edge) << ring + PAD
        row = run(row << 1, row, row >> 1, full)
        yield row


def _row(start: ArrayLike) -> Cells:
    """A row of zeros and ones, checked."""
    if isinstance(start, np.ndarray) and start.dtype == np.uint8 and start.ndim == 1 and start.size:
        row = start
    else:
        given = checks.array("start", start, (None,), 0, 1)
        row = given.astype(np.uint8)
        if not given.size or (row != given).any():
            raise ValueError("start must hold one cell or more, each 0 or 1")
    if row.max() > 1:
        raise ValueError(f"start must hold zeros and ones, got {row.max()}")
    return row


def _whole(row: Cells) -> int:
    """A row as one number, cell i at bit i."""
    return int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little")


def _unpacked(row: int, width: int) -> Cells:
    """The row of a number."""
    held = np.frombuffer(row.to_bytes(-(-width // 8), "little"), dtype=np.uint8)
    return np.unpackbits(held, count=width, bitorder="little")


# Shortcuts ---------------------------------------------------------------------------------------------------------


class Shortcut(StrEnum):
    """The algebra in which a rule superposes, so that many steps are made at once."""

    SUM = "sum modulo 2"
    ANY = "any of the cells"
    EVERY = "all of the cells"
    TRAFFIC = "minimum and plus"
    NONE = "none known"


COPIES = {-1: LEFT, 0: CENTER, 1: RIGHT}  # a neighbor's place, and the rule that copies it
TRAFFIC, MIRRORED = 184, 226


def polynomial(rule: int) -> int:
    """Return the rule as a polynomial modulo 2 (Moebius transform): bit k is the coefficient of the product of the cells that
    the bits of k name, 4 the left one, 2 the cell itself, 1 the right one; bit 0 is the constant."""
    checks.integer("rule", rule, 0, 255)
    table = int(rule)
    for shift, low in ((1, 0b01010101), (2, 0b00110011), (4, 0b00001111)):
        table ^= (table & low) << shift
    return table


def shortcut(rule: int) -> tuple[Shortcut, tuple[int, ...]]:
    """Return the algebra in which a rule superposes, and the neighbors' places (-1, 0, 1) that it combines."""
    terms = polynomial(rule)
    if not terms & 0b11101000:  # no product of two cells
        return Shortcut.SUM, tuple(place for place, bit in ((-1, 4), (0, 2), (1, 1)) if terms >> bit & 1)
    if rule in (TRAFFIC, MIRRORED):
        return Shortcut.TRAFFIC, (-1, 1)
    for places in ((-1, 0), (0, 1), (-1, 1), (-1, 0, 1)):
        any_of, all_of = 0, ALL
        for place in places:
            any_of, all_of = any_of | COPIES[place], all_of & COPIES[place]
        if rule in (any_of, all_of):
            return (Shortcut.ANY if rule == any_of else Shortcut.EVERY), places
    return Shortcut.NONE, ()


def jump(start: ArrayLike, rule: int, steps: int) -> Cells:
    """Return the row of a ring after `steps` steps without the rows between: cell[place], shape (width,), 0 or 1.

    For rules that superpose; see `shortcut` and `jump_cost`. With a constant (rules 51, 105, 165, ...) the sum over the
    steps of what the constant has become is added: a row of ones stays one if the rule sums an odd number of cells.

    Raises
    ------
    TypeError, ValueError : as in `evolve`; or no shortcut is known for the rule.
    """
    row = _row(start)
    checks.integer("steps", steps, 0)
    kind, places = shortcut(rule)
    if kind is Shortcut.NONE:
        raise ValueError(f"rule must be one with a known shortcut, got {rule}")
    if steps == 0:
        return row.copy()
    if kind is Shortcut.TRAFFIC:
        return _traffic(row, steps) if rule == TRAFFIC else _traffic(row[::-1], steps)[::-1].copy()
    width, state = len(row), _whole(row)
    if kind is Shortcut.SUM:
        state = _sum(state, places, steps, width)
        constant = rule & 1 and (steps if len(places) % 2 else 1) % 2
        return _unpacked(state ^ ((1 << width) - 1 if constant else 0), width)
    return _unpacked(
        _window(state, operator.or_ if kind is Shortcut.ANY else operator.and_, places, steps, width), width
    )


def jump_cost(steps: int) -> int:
    """Return how many row operations a jump of a sum modulo 2 takes in place of `steps`: the ones of `steps` in binary."""
    checks.integer("steps", steps, 0)
    return int(steps).bit_count()


def _turned(row: int, by: int, width: int) -> int:
    """The row in which every cell is what the cell `by` places to its right was, on a ring."""
    by %= width
    return row >> by | (row & (1 << by) - 1) << width - by


def _sum(row: int, places: tuple[int, ...], steps: int, width: int) -> int:
    for power in range(steps.bit_length()):
        if steps >> power & 1:
            row = reduce(operator.xor, [_turned(row, place << power, width) for place in places], 0)
    return row


def _window(row: int, combine: Callable[[int, int], int], places: tuple[int, ...], steps: int, width: int) -> int:
    """OR or AND over the windows of t steps: two windows of a < t steps, set apart so that together they reach as far."""
    row, done = reduce(combine, [_turned(row, place, width) for place in places]), 1
    while done < steps:
        more = min(done, steps - done)
        row = combine(_turned(row, places[0] * more, width), _turned(row, places[-1] * more, width))
        done += more
    return row


def _traffic(row: Cells, steps: int) -> Cells:
    """Rule 184 by ``h_t(x) = t + min over k of h(x - t + 2 k)``, k from 0 to t, with holes as steps up and cars as steps down.

    A tilted ring needs no window longer than twice around: at its low end if the road rises, at its high end if it falls.
    """
    width = len(row)
    rise = np.where(row, -1, 1).astype(np.int64)
    height, tilt = np.concatenate(([0], np.cumsum(rise)[:-1])), int(rise.sum())
    size = min(steps, width - 1) + 1
    base = -steps if tilt >= 0 else steps - 2 * (size - 1)
    at = np.arange(base, base + width + 1 + 2 * (size - 1))
    lowest = height[at % width] + tilt * (at // width)
    reach = 1
    while 2 * reach <= size:
        lowest = np.minimum(lowest[: len(lowest) - 2 * reach], lowest[2 * reach :])
        reach *= 2
    shift = 2 * (size - reach)
    lowest = np.minimum(lowest[: width + 1], lowest[shift : shift + width + 1])
    return (np.diff(lowest) < 0).astype(np.uint8)


def equivalents(rule: int) -> tuple[int, ...]:
    """Return the rules that differ from this one only by left and right, live and dead, in ascending order."""
    checks.integer("rule", rule, 0, 255)
    bits = [rule >> at & 1 for at in range(8)]
    mirrored = [bits[(at & 1) << 2 | at & 2 | at >> 2] for at in range(8)]
    tables = (bits, mirrored, [1 - one for one in bits[::-1]], [1 - one for one in mirrored[::-1]])
    return tuple(sorted({sum(one << at for at, one in enumerate(table)) for table in tables}))


@lru_cache(maxsize=1)
def representatives() -> tuple[int, ...]:
    """Return the smallest rule of each of the 88 classes of equivalent rules."""
    return tuple(rule for rule in range(256) if equivalents(rule)[0] == rule)


def rhythm(rows: ArrayLike, longest: int = 12) -> tuple[int, int] | None:
    """Return (period, shift) after which the last row of a history has come back, as far to the right; None if it has not.

    rows : cell[time, place], shape (times, width); the smallest period up to `longest` and the smallest shift within the
    cone of light are given. On a ring a row that came back once comes back for ever: what follows needs no simulation.
    """
    history = checks.array("rows", rows, (None, None), 0, 1).astype(np.uint8)
    checks.integer("longest", longest, 1)
    now, width = _whole(history[-1]), history.shape[1]
    for period in range(1, min(longest, len(history) - 1) + 1):
        before = _whole(history[-1 - period])
        for shift in sorted(range(-period, period + 1), key=abs):
            if _turned(before, -shift, width) == now:
                return period, shift
    return None


# Many runs at once -------------------------------------------------------------------------------------------------


def lanes(rows: ArrayLike) -> Words:
    """Return rows packed 64 a word: word[group, place], shape (ceil(runs / 64), width), from cell[run, place]."""
    cells = checks.array("rows", rows, (None, None), 0, 1).astype(np.uint8)
    full = np.zeros((-(-len(cells) // LANES) * LANES, cells.shape[1]), dtype=np.uint8)
    full[: len(cells)] = cells
    by_word = full.reshape(-1, LANES, cells.shape[1]).transpose(0, 2, 1)
    return np.ascontiguousarray(np.packbits(by_word, axis=2, bitorder="little")).view("<u8")[:, :, 0].astype(np.uint64)


def evolve_lanes(words: Words, rule: int, steps: int) -> Words:
    """Return the histories of many rings: word[time, group, place], shape (steps + 1, groups, width); see `lanes`."""
    checks.integer("rule", rule, 0, 255)
    run, (groups, width) = _program(int(rule)).run, words.shape
    seamed = np.empty((steps + 1, groups, width + 2), dtype=np.uint64)
    seamed[0, :, 1:-1] = words
    for now, then in pairwise(seamed):
        now[:, 0], now[:, -1] = now[:, -2], now[:, 1]
        then[:, 1:-1] = run(now[:, :-2], now[:, 1:-1], now[:, 2:], EVERY)
    return seamed[:, :, 1:-1]


def run_counts(words: Words, runs: int) -> Ints:
    """Return how many cells are set in every run: count[time, run], shape (times, runs), from word[time, group, place]."""
    by_byte = np.ascontiguousarray(words.astype("<u8")).view(np.uint8).reshape(*words.shape, 8)
    bits = np.unpackbits(by_byte, axis=3, bitorder="little")
    counts = bits.sum(axis=2, dtype=np.int32).reshape(len(words), -1)[:, :runs]
    return np.asarray(counts, dtype=np.int64)


# Exact laws --------------------------------------------------------------------------------------------------------


def sum_count(neighbors: int, steps: ArrayLike) -> Ints:
    """Return how many cells of the first row a cell depends on after `steps` steps if its rule is a sum modulo 2.

    That is also how many cells differ after one was flipped, and with rules 60, 90 and 150 how many are live after a start
    with one live cell. neighbors : how many cells the rule sums, 0 to 3. Closed form: 1 for one cell; ``2^ones`` for two,
    since ``(x + 1)^(2^k)`` has two terms; for three the product of ``(2^(r + 2) - (-1)^r) / 3`` over the runs of r ones
    in the binary number `steps`. With no cell at all the dependence ends after the first step.
    """
    checks.integer("neighbors", neighbors, 0, 3)
    given = np.asarray(steps)
    counts = [_sum_count(int(neighbors), int(one)) for one in given.ravel()]
    return np.array(counts, dtype=np.int64).reshape(given.shape)


def _sum_count(neighbors: int, steps: int) -> int:
    checks.integer("steps", steps, 0, 2**32)
    if neighbors < 2:
        return int(neighbors or not steps)
    if neighbors == 2:
        return 1 << steps.bit_count()
    return prod(((4 << len(run)) - (-1) ** len(run)) // 3 for run in f"{steps:b}".split("0") if run)


def flow(density: float, steps: ArrayLike) -> Floats:
    """Return the share of cells on which a car moves after `steps` steps of rule 184, from a row of independent cells.

    density : share of cells with a car. Two holes in a row are left at time t where the road of steps, up for a hole and
    down for a car, stays above its start for the next 2 t + 2 steps (the window's minimum is then its first point alone).
    By the ballot theorem this has probability ``sum over k > 0 of (k / n) P(S_n = k)``, n = 2 t + 2, and the flow is what is
    left of the holes. At density 1/2 it is ``1/2 - C(n, n/2) / 2^(n + 1)``, so that jams dissolve as slowly as
    ``1 / (2 sqrt(pi t))``; else the limit min(density, 1 - density) is reached exponentially.
    """
    checks.number("density", density, 0, 1)
    rare = min(density, 1 - density)  # cars and holes may be exchanged
    given = np.asarray(steps)
    moving = []
    for one in given.ravel():
        checks.integer("steps", one, 0)
        n = 2 * int(one) + 2
        ups = np.arange(n // 2 + 1, n + 1)
        moving.append(1 - rare - float(((2 * ups - n) / n * binom.pmf(ups, n, 1 - rare)).sum()))
    return np.array(moving).reshape(given.shape)


@lru_cache(maxsize=512)
def _cone(rule: int, steps: int) -> Cells:
    """Cell 0 after `steps` steps for every content of its cone of light: outcome[content], cell i - steps at bit i."""
    run, row, full = _program(rule).run, np.arange(1 << 2 * steps + 1, dtype=np.uint32), np.uint32(0xFFFFFFFF)
    for _ in range(steps):
        row = np.broadcast_to(run(row << np.uint32(1), row, row >> np.uint32(1), full), row.shape)
    outcome = (row >> np.uint32(steps) & np.uint32(1)).astype(np.uint8)
    outcome.setflags(write=False)
    return outcome


@lru_cache(maxsize=64)
def _chances(cells: int, density: float) -> Floats:
    """Probability of every content of so many independent cells, shape (2^cells,)."""
    chance = np.ones(1)
    for _ in range(cells):
        chance = np.concatenate(((1 - density) * chance, density * chance))
    chance.setflags(write=False)
    return chance


def _misread(weight: Floats, dose: float) -> Floats:
    """Weights of contents, shape (2^cells,), after each cell was read wrongly with probability `dose`; five cells at a time."""
    left = len(weight).bit_length() - 1
    while left:
        cells = min(left, 5)
        weight = (weight.reshape(-1, 1 << cells) @ _slips(cells, dose)).T.ravel()  # the cells done go to the top
        left -= cells
    return weight


@lru_cache(maxsize=64)
def _slips(cells: int, dose: float) -> Floats:
    """Chance [content, content read], shape (2^cells, 2^cells)."""
    one = np.array([[1 - dose, dose], [dose, 1 - dose]])
    return np.asarray(reduce(np.kron, [one] * cells))


def density_after(rule: int, steps: int, density: float = 0.5) -> float:
    """Return the chance that a cell is live after `steps` steps from independent cells, by listing all cones of light."""
    outcome = _listed(rule, steps, density)
    return float(_chances(2 * steps + 1, density) @ outcome)


def flip_count(rule: int, steps: int, density: float = 0.5) -> float:
    """Return how many cells differ on average after `steps` steps if one cell was flipped, by listing all cones of light.

    The sum over the cells of the cone of the chance that flipping that one flips the outcome: the total influence of the
    outcome as a Boolean function. For one step it is the rule's average sensitivity.
    """
    outcome, chance = _listed(rule, steps, density), _chances(2 * steps + 1, density)
    contents = np.arange(len(outcome))
    flips = [outcome != outcome[contents ^ 1 << cell] for cell in range(2 * steps + 1)]
    return float(chance @ np.sum(flips, axis=0))


def entry_error(rule: int, entry: int, steps: int, density: float = 0.5) -> float:
    """Return the chance that a cell is predicted wrongly after `steps` steps by who has one of the rule's eight entries wrong."""
    checks.integer("entry", entry, 0, 7)
    truth, forecast = _listed(rule, steps, density), _listed(int(rule) ^ 1 << entry, steps, density)
    return float(_chances(2 * steps + 1, density) @ (truth != forecast))


def share_error(rule: int, dose: float, steps: int, density: float = 0.5) -> float:
    """Return the chance that a cell is predicted wrongly after `steps` steps by who reads every cell wrongly with chance `dose`
    and simulates the rule; for density 1/2 the noise sensitivity of the outcome as a Boolean function."""
    return 1 - _interpreted(*_read(rule, dose, steps, density))


def best_right(rule: int, dose: float, steps: int, density: float = 0.5) -> float:
    """Return how often the best predictor is right that knows rule, density and dose, and reads the cells as wrongly.

    By Bayes' rule for every content of the cone of light.
    """
    return _judged(*_read(rule, dose, steps, density)[:2])


def table_right(rule: int, dose: float, steps: int, density: float = 0.5) -> float:
    """Return how often the best eight-entry table is right that names the cell after `steps` steps from three adjacent cells.

    It has as many bits as the rule and knows nothing of it. The three cells are the best ones in the cone of light.
    """
    return _tabled(*_read(rule, dose, steps, density)[:2])


def _interpreted(live: Floats, dead: Floats, outcome: Cells) -> float:
    return float(live @ outcome + dead @ (1 - outcome))


def _judged(live: Floats, dead: Floats) -> float:
    return float(np.maximum(live, dead).sum())


def _tabled(live: Floats, dead: Floats) -> float:
    reach = len(live).bit_length() - 1
    cells = min(3, reach)
    shapes = [(-1, 1 << cells, 1 << first) for first in range(reach + 1 - cells)]
    return max(_judged(live.reshape(one).sum(axis=(0, 2)), dead.reshape(one).sum(axis=(0, 2))) for one in shapes)


def _read(rule: int, dose: float, steps: int, density: float) -> tuple[Floats, Floats, Cells]:
    """Chance of every content of the cone as it was read, with a live and with a dead outcome; and the outcomes."""
    checks.number("dose", dose, 0, 1)
    outcome = _listed(rule, steps, density)
    live = _misread(_chances(2 * steps + 1, density) * outcome, dose)
    return live, _chances(2 * steps + 1, density * (1 - dose) + (1 - density) * dose) - live, outcome


def window_right(rule: int, steps: int, first: int, last: int, density: float = 0.5) -> float:
    """Return how often the best predictor is right that sees the cells from `first` to `last` only, -steps to steps, without
    error."""
    checks.integer("first", first, -steps, steps)
    checks.integer("last", last, first, steps)
    outcome, chance = _listed(rule, steps, density), _chances(2 * steps + 1, density)
    shape = (-1, 1 << last - first + 1, 1 << first + steps)
    seen = chance.reshape(shape).sum(axis=(0, 2))
    live = (chance * outcome).reshape(shape).sum(axis=(0, 2))
    return float(np.maximum(live, seen - live).sum())


def _listed(rule: int, steps: int, density: float) -> Cells:
    """The outcomes of all cones, after checks of what they were asked for."""
    checks.integer("rule", rule, 0, 255)
    checks.integer("steps", steps, 0, LISTED)
    checks.number("density", density, 0, 1)
    return _cone(int(rule), int(steps))


# One rule, looked at -----------------------------------------------------------------------------------------------


class Start(StrEnum):
    """The first row."""

    ONE = "one live cell"
    RANDOM = "random row"


class Misread(StrEnum):
    """What the interpreter has wrong."""

    NOTHING = "nothing"
    CELL = "one cell"
    SHARE = "a share of the cells"
    ENTRY = "one entry of the rule"


FAR = 8  # places between the one live cell and the cell that is misread
LAWFUL = 7  # steps whose cones of light are listed for the picture


@dataclass(frozen=True, kw_only=True)
class AutomatonParams:
    """rule: Wolfram's number. start: the first row. density: chance that a cell of a random row is live.

    misread: what the interpreter has wrong. dose: chance that a cell is misread, where a share is. entry: which of the
    rule's entries is misread, 4 left + 2 own + right. width: cells of the ring. steps: time steps. runs: independent rows.
    """

    rule: int = checks.bounded(30, low=0, high=255)
    start: Start = Start.RANDOM
    density: float = checks.bounded(0.5, low=0.0, high=1.0)
    misread: Misread = Misread.CELL
    dose: float = checks.bounded(0.02, low=0.0, high=0.5)
    entry: int = checks.bounded(2, low=0, high=7)
    width: int = checks.bounded(82, low=1, high=2000)
    steps: int = checks.bounded(40, low=1, high=2000)
    runs: int = checks.bounded(256, low=2, high=4096)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class AutomatonResult:
    """One ring drawn, many measured, and the law where one is known.

    Attributes
    ----------
    params : rule, start and misreading.
    live : cell[time, place], shape (steps + 1, width), 1 where live, of the first run.
    wrong : cell[time, place], shape (steps + 1, width), 1 where the interpreter's simulation differs, of the first run.
    measured : share[time], shape (steps + 1,), mean over the runs, fraction of the cells: wrongly predicted ones; if nothing
        is misread live ones, or in rules 184 and 226 those on which a car moves.
    error : standard error[time] of it, shape (steps + 1,), fraction.
    law : share[time], shape (steps + 1,), the exact value of it in a row without end; NaN where no law is known.
    blind : share[time], shape (steps + 1,), what is missed by always naming the commoner value of the cells, fraction.
    """

    params: AutomatonParams
    live: Cells
    wrong: Cells
    measured: Floats
    error: Floats
    law: Floats
    blind: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def shortcut(self) -> Shortcut:
        """The algebra in which the rule superposes."""
        return shortcut(self.params.rule)[0]

    @property
    def moving(self) -> bool:
        """Whether `measured` counts moving cars."""
        return self.params.misread is Misread.NOTHING and self.shortcut is Shortcut.TRAFFIC

    @property
    def period(self) -> int:
        """Steps after which the last row drawn has come back, perhaps moved along; 0 if more than 12 or never."""
        found = rhythm(self.live)
        return found[0] if found else 0

    @property
    def drift(self) -> int:
        """Cells by which it is moved to the right in these steps."""
        found = rhythm(self.live)
        return found[1] if found else 0

    @property
    def chancy(self) -> bool:
        """Whether the runs differ."""
        return bool(self.error.any())

    @property
    def known_until(self) -> int:
        """The last step whose law is known, or -1."""
        known = np.flatnonzero(np.isfinite(self.law))
        return int(known[-1]) if len(known) else -1


def simulate(params: AutomatonParams, rng: Generator) -> AutomatonResult:
    """Run the rule and the interpreter's reading of it side by side; the same dice whatever is misread."""
    first, slips = rng.random((2, params.runs, params.width))
    if params.start is Start.RANDOM:
        rows = (first < params.density).astype(np.uint8)
    else:
        rows = np.zeros((params.runs, params.width), dtype=np.uint8)
        rows[:, params.width // 2] = 1
    return _compared(params, rows, _misread_rows(params, rows, slips))


def _misread_rows(params: AutomatonParams, rows: Cells, slips: Floats) -> Cells:
    if params.misread is Misread.SHARE:
        return rows ^ (slips < params.dose).astype(np.uint8)
    read = rows.copy()
    if params.misread is Misread.CELL:
        read[:, (params.width // 2 + FAR) % params.width] ^= 1
    return read


def _compared(params: AutomatonParams, rows: Cells, read: Cells) -> AutomatonResult:
    p = params
    other = p.rule ^ 1 << p.entry if p.misread is Misread.ENTRY else p.rule
    truth = evolve_lanes(lanes(rows), p.rule, p.steps)
    wrong = truth ^ evolve_lanes(lanes(read), other, p.steps)
    share = run_counts(truth, p.runs).mean(axis=1) / p.width
    shown = wrong
    if p.misread is Misread.NOTHING:
        shown = _moving(truth, p.rule) if p.rule in (TRAFFIC, MIRRORED) else truth
    counts = run_counts(shown, p.runs)
    return AutomatonResult(
        params=p, live=_first_run(truth), wrong=_first_run(wrong), measured=counts.mean(axis=1) / p.width,
        error=counts.std(axis=1, ddof=1) / (p.width * p.runs**0.5), law=_law(p), blind=np.minimum(share, 1 - share),
    )  # fmt: skip


def _first_run(words: Words) -> Cells:
    return (words[:, 0, :] & np.uint64(1)).astype(np.uint8)


def _moving(words: Words, rule: int) -> Words:
    """Cells with a car that has a hole before it."""
    return words & ~np.roll(words, -1 if rule == TRAFFIC else 1, axis=2)


def _law(params: AutomatonParams) -> Floats:
    """The exact course where it is known: while the cone of light fits on the ring."""
    p = params
    law, last = np.full(p.steps + 1, np.nan), min(p.steps, (p.width - 1) // 2)
    kind, places = shortcut(p.rule)
    time = np.arange(last + 1)
    if kind is Shortcut.SUM and p.misread is not Misread.ENTRY:
        law[: last + 1] = _sum_law(p, time, len(places))
    elif kind is Shortcut.TRAFFIC and p.misread is Misread.NOTHING:
        law[: last + 1] = flow(p.density, time) if p.start is Start.RANDOM else 1 / p.width
    elif kind is Shortcut.ANY and p.misread is Misread.NOTHING and p.start is Start.ONE:
        law[: last + 1] = (1 + (len(places) - 1) * time) / p.width
    elif p.start is Start.RANDOM:
        for step in range(min(last, LAWFUL) + 1):
            law[step] = _listed_law(p, step)
    return law


def _sum_law(params: AutomatonParams, time: Ints, neighbors: int) -> Floats:
    """Sums modulo 2: what a cell depends on is counted; a constant turns all cells over, in both copies alike."""
    p, counts = params, sum_count(neighbors, time)
    if p.misread is Misread.CELL:
        return np.asarray(counts / p.width)
    if p.misread is Misread.SHARE:
        return np.asarray((1 - (1 - 2 * p.dose) ** counts) / 2)
    live = counts / p.width if p.start is Start.ONE else (1 - (1 - 2 * p.density) ** counts) / 2
    turned = time % 2 if neighbors % 2 else np.minimum(time, 1)
    return np.asarray(np.where(turned * (p.rule & 1) == 1, 1 - live, live))


def _listed_law(params: AutomatonParams, step: int) -> float:
    p = params
    if p.misread is Misread.CELL:
        return flip_count(p.rule, step, p.density) / p.width
    if p.misread is Misread.SHARE:
        return share_error(p.rule, p.dose, step, p.density)
    if p.misread is Misread.ENTRY:
        return entry_error(p.rule, p.entry, step, p.density)
    return density_after(p.rule, step, p.density)


# Four predictors ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ForecastParams:
    """rule: Wolfram's number. dose: chance that a cell is read wrongly. density: chance that a cell is live.

    steps: how far ahead. runs: independent rows, where the forecasts are simulated; the table learns from half of them.
    """

    rule: int = checks.bounded(30, low=0, high=255)
    dose: float = checks.bounded(0.02, low=0.0, high=0.5)
    density: float = checks.bounded(0.5, low=0.0, high=1.0)
    steps: int = checks.bounded(7, low=1, high=LAWFUL)
    runs: int = checks.bounded(8192, low=16, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class ForecastResult:
    """How often four predictors of one cell are right, by how far ahead they look.

    Attributes
    ----------
    params : rule and dose.
    interpreter : right[time], shape (steps + 1,), of who knows the rule, misreads cells and simulates, fraction of cells.
    interpreter_error : standard error[time] of it, shape (steps + 1,), fraction; 0 where exact.
    table : right[time], shape (steps + 1,), of the best eight bits that name the cell from three cells, fraction.
    table_error : standard error[time] of it, shape (steps + 1,), fraction; 0 where exact.
    chance : right[time], shape (steps + 1,), of always naming the commoner value, fraction.
    best : right[time], shape (steps + 1,), of the best use of such a reading by who knows all odds, fraction; always exact.
    """

    params: ForecastParams
    interpreter: Floats
    interpreter_error: Floats
    table: Floats
    table_error: Floats
    chance: Floats
    best: Floats

    def __post_init__(self) -> None:
        freeze(self)


def solve_forecast(params: ForecastParams) -> ForecastResult:
    """Return the exact shares by listing all cones of light."""
    p = params
    read = [_read(p.rule, p.dose, one, p.density) for one in range(p.steps + 1)]
    live = np.array([float(of_live.sum()) for of_live, _, _ in read])
    return ForecastResult(
        params=p, interpreter=np.array([_interpreted(*one) for one in read]), interpreter_error=np.zeros(p.steps + 1),
        table=np.array([_tabled(*one[:2]) for one in read]), table_error=np.zeros(p.steps + 1),
        chance=np.maximum(live, 1 - live), best=np.array([_judged(*one[:2]) for one in read]),
    )  # fmt: skip


def simulate_forecast(params: ForecastParams, rng: Generator) -> ForecastResult:
    """Score the interpreter, and a table learned from half of the rows, on the middle cell of simulated rows."""
    p, width = params, 2 * params.steps + 1
    first, slips = rng.random((2, p.runs, width))
    rows = first < p.density
    read = rows ^ (slips < p.dose)
    truth, forecast = _middle(rows, p), _middle(read, p)
    right = (truth == forecast).mean(axis=1)
    learned = [_learned(read, truth[one], one) for one in range(p.steps + 1)]
    table, live, scored = np.array(learned), truth.mean(axis=1), p.runs - p.runs // 2
    return ForecastResult(
        params=p, interpreter=right, interpreter_error=_spread(right, p.runs), table=table,
        table_error=_spread(table, scored), chance=np.maximum(live, 1 - live), best=solve_forecast(p).best,
    )  # fmt: skip


def _spread(share: Floats, runs: int) -> Floats:
    return np.asarray(np.sqrt(share * (1 - share) / runs))


def _middle(rows: NDArray[np.bool_], params: ForecastParams) -> Cells:
    """The middle cell[time, run] of every row."""
    words = evolve_lanes(lanes(rows), params.rule, params.steps)[:, :, params.steps, None]
    bits = np.unpackbits(np.ascontiguousarray(words.astype("<u8")).view(np.uint8), axis=2, bitorder="little")
    return bits.reshape(len(bits), -1)[:, : params.runs]


def _learned(read: NDArray[np.bool_], outcome: Cells, step: int) -> float:
    """How often a table is right that was learned on the first half of the rows, cells and entries, and is scored on the rest."""
    middle, half, cells = read.shape[1] // 2, len(read) // 2, min(3, 2 * step + 1)
    value = 1 << np.arange(cells)
    keys = [read[:, middle - step + at : middle - step + at + cells] @ value for at in range(2 * step + 2 - cells)]
    live = np.array([np.bincount(key[:half], outcome[:half], 8) for key in keys])
    dead = np.array([np.bincount(key[:half], 1 - outcome[:half], 8) for key in keys])
    chosen = int(np.maximum(live, dead).sum(axis=1).argmax())
    return float(((live > dead)[chosen][keys[chosen][half:]] == outcome[half:]).mean())


# All rules ---------------------------------------------------------------------------------------------------------


WIDE = 1 / 3  # cells a step; after 200 steps every kind of rule is well below or well above


class Fate(IntEnum):
    """What becomes of one flipped cell."""

    DIES = 0
    STAYS = 1
    SPREADS = 2


@dataclass(frozen=True, kw_only=True)
class RulesParams:
    """steps: time steps after the flip. runs: random rows."""

    steps: int = checks.bounded(200, low=1, high=512)
    runs: int = checks.bounded(40, low=2, high=4096)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class RulesResult:
    """One flipped cell in each of the 88 kinds of rules.

    Attributes
    ----------
    params : how long, how often.
    rule : number[class], shape (88,), the smallest rule of the class.
    size : rules[class], shape (88,), in the class; 256 in all.
    sensitivity : mean count[class], shape (88,), cells that differ after one step, exact, in cells.
    differing : mean count[class], shape (88,), cells that differ after all steps, in cells.
    differing_error : its standard error[class], shape (88,), in cells.
    survived : share[class], shape (88,), of the runs in which anything differs, fraction.
    left : place[class], shape (88,), of the leftmost difference, mean over the runs with any, in cells from the flip; else 0.
    right : place[class], shape (88,), of the rightmost one, likewise.
    superposes : flag[class], shape (88,), whether a shortcut is known.
    """

    params: RulesParams
    rule: Ints
    size: Ints
    sensitivity: Floats
    differing: Floats
    differing_error: Floats
    survived: Floats
    left: Floats
    right: Floats
    superposes: NDArray[np.bool_]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def fate(self) -> Ints:
        """Fate[class], shape (88,): dies if no run has a difference left; spreads if from end to end it is wider than a third
        of a cell a step, on average over all runs; else stays. A word about so many steps, not about for ever."""
        wide = self.survived * (self.right - self.left) > WIDE * self.params.steps
        return np.where(self.survived == 0, Fate.DIES, np.where(wide, Fate.SPREADS, Fate.STAYS)).astype(np.int64)

    def rules_of(self, fate: Fate, superposes: bool | None = None) -> int:
        """Return how many of the 256 rules share a fate, all or those with or without a known shortcut."""
        among = np.ones(len(self.rule), bool) if superposes is None else self.superposes == superposes
        return int(self.size[(self.fate == fate) & among].sum())


def simulate_rules(params: RulesParams, rng: Generator) -> RulesResult:
    """Flip cells of one long random row, the same row for all rules, and follow the differences, whose cones never meet."""
    width, kinds = 2 * params.steps + 2, representatives()
    rows = (rng.random((params.runs, width)) < 0.5).astype(np.uint8)
    flipped = rows.copy()
    flipped[:, width // 2] ^= 1
    seen = np.array([_traces(rows, flipped, rule, params.steps) for rule in kinds])
    return RulesResult(
        params=params, rule=np.array(kinds), size=np.array([len(equivalents(rule)) for rule in kinds]),
        sensitivity=np.array([flip_count(rule, 1) for rule in kinds]), differing=seen[:, 0], differing_error=seen[:, 1],
        survived=seen[:, 2], left=seen[:, 3], right=seen[:, 4],
        superposes=np.array([shortcut(rule)[0] is not Shortcut.NONE for rule in kinds]),
    )  # fmt: skip


def _traces(rows: Cells, flipped: Cells, rule: int, steps: int) -> tuple[float, float, float, float, float]:
    """Mean count of differences, its standard error, share of runs with any, and their mean ends."""
    cells = (after(rows.ravel(), rule, steps) ^ after(flipped.ravel(), rule, steps)).reshape(rows.shape)
    runs, width = rows.shape
    counts = cells.sum(axis=1, dtype=np.int64)
    alive = cells[counts > 0]
    left = float(alive.argmax(axis=1).mean()) - width // 2 if len(alive) else 0.0
    right = width - 1 - width // 2 - float(alive[:, ::-1].argmax(axis=1).mean()) if len(alive) else 0.0
    return float(counts.mean()), float(counts.std(ddof=1)) / runs**0.5, len(alive) / runs, left, right
