"""Boolean transparency: every wire read, nearly every rule read, and the whole still not predicted.

Idea. A circuit of N nodes, each of which is on or off and reads K nodes; a truth table of ``2^K`` entries says what it does
next. An interpreter knows every wire, and every entry but for a share ``eta`` that was misread, each entry with the same
chance: transparency is ``1 - eta``, and it is local, since asked for the next step from a state that he sees he is wrong
about a share ``eta`` of the nodes. He then runs his copy from a state that he has seen once.

The misread-circuit lemma (this book's). **If a share d of his states is wrong, then a step later it is** ``d' = eta + v (1 - 2
eta) [1 - (1 - d)^K]``, with ``v = 2 rho (1 - rho)`` and rho the share of ones in the truth tables. It holds for infinitely
many nodes, wires drawn at random, and entries drawn one by one. Proof. Take one node. Its K inputs are all right
with chance ``(1 - d)^K``. If so, circuit and copy look up the same entry, and differ if it was misread: ``eta``. If not, they
look up two different entries, which were drawn independently: the circuit finds a one with chance rho, the copy with chance
``r = rho (1 - eta) + (1 - rho) eta``, and they differ with chance ``rho (1 - r) + (1 - rho) r = v + eta (1 - 2v)``, which
is ``eta + v (1 - 2 eta)``. Weigh the two cases. QED. That wires and tables do not change from step to step does no harm: for
a fixed number of steps and ever more nodes, what a node depends on is a tree in which no table is looked up twice
(derridaweisbuch1986).

Three regimes. The bracket rises by K d for small d, so a small error is multiplied by the sensitivity ``s = K v`` each step.
*s < 1:* the error settles near ``eta / (1 - s)``; reading every part well is reading the whole well. *s = 1:* near
``sqrt(2 eta / (K - 1))``. *s > 1:* near ``d*``, the positive root of ``d = v [1 - (1 - d)^K]``, **however small eta is**; without
bias ``1 - d*`` is the inverse of the golden ratio for K = 3, of the tribonacci constant for K = 4, and so on. A tenth of the
misreadings buys ``ln 10 / ln s`` more steps of foresight, no more.

Assumption that breaks. That what holds of every part holds of the whole. What one would wrongly conclude: that the error of a
prediction is of the order of the error of the reading. What one would wrongly conclude from this chapter: that reading is of
no use. Below s = 1 it suffices; above, looking again at the state every T steps puts the error back to zero, and it then stays
as low as in the first T steps.

A second lemma (this book's), about those who do not read at all. Let somebody say of every node what it does mostly, as
counted in a long earlier run. Let m be the share of time that a node is on: he errs with ``min(m, 1 - m)``, which lies between
``m (1 - m)`` and twice that, and two unrelated moments differ with ``2 m (1 - m)``, on average ``d*``. **So who counts habits
errs in half of that share at least and in all of it at most, and the interpreter in the long run in all of it at least**: his
map lies above the one without misreadings.

Sources: kauffman1969 (the networks), derrida1986 (the map of distances, criticality at ``2 rho (1 - rho) K = 1``),
derridaweisbuch1986 (why it holds for fixed wires and tables), luque1997 (sensitivity and bias). Deviations: inputs are drawn
independently, so that a node may read itself, or one node twice; the initial state is tossed with a fair coin whatever the bias.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "CircuitParams", "CircuitResult", "CouplingParams", "CouplingResult", "critical_inputs", "crowd_error", "damage",
    "draw_tables", "draw_wires", "error_path", "evolve", "foresight", "long_run_error", "misread", "next_error",
    "sensitivity", "simulate", "simulate_coupling", "solve", "solve_coupling", "step",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

TRUTH, READ, EARLIER = np.uint8(1), np.uint8(2), np.uint8(4)  # lanes: bits of a byte, each a run of its own
ALL = np.uint8(255)
LANES = 8  # of a byte
COUNT = np.array([byte.bit_count() for byte in range(256)], dtype=np.uint8)  # runs that are on
READERS = 7  # interpreters of a network whose error is averaged: as many as there are lanes beside the truth
MOST_INPUTS = 8
HELD = 65_536  # nodes that are moved at once: few enough for their states to stay in fast memory
SHOWN = 16  # nodes whose states are kept for the picture
NEWTON = 60  # steps at most, each at least halving the distance to the root
CLOSE = 1e-15
COUPLED = 6  # most inputs of the curves
COUPLINGS = np.linspace(1, COUPLED, 61)  # inputs at which curves are drawn; they need not be whole
LEVELS = (0.9, 0.95, 0.99, 0.999)  # transparencies whose curves are drawn for comparison


@dataclass(frozen=True, kw_only=True)
class CircuitParams:
    """inputs: nodes K that a node reads. transparency: share of truth table entries that are read right.

    look_every: steps after which the interpreter sees the state again; 0 is never. bias: share rho of ones in the tables.
    steps: steps predicted. nodes, nets: size and number of the networks simulated.
    """

    inputs: int = checks.bounded(2, low=1, high=MOST_INPUTS)
    transparency: float = checks.bounded(0.999, low=0.5, high=1.0)
    look_every: int = checks.bounded(0, low=0, high=1000)
    bias: float = checks.bounded(0.5, low=0.0, high=1.0)
    steps: int = checks.bounded(50, low=2, high=1000)
    nodes: int = checks.bounded(1000, low=SHOWN, high=100_000)
    nets: int = checks.bounded(8, low=2, high=1000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class CircuitResult:
    """The circuit, the interpreter's run of his copy, and how much of it is wrong step by step.

    An error at a step at which the interpreter looks is that of what he predicted for it.

    Attributes
    ----------
    params : circuits and interpreter.
    truth : on or off[node, step], shape (16, steps + 1), of the first nodes of the first network; no nodes where
        exact.
    read : on or off[node, step], the same shape (16, steps + 1), as the interpreter has it.
    law : error[step], shape (steps + 1,), by the lemma, fraction of states.
    error, error_se : error[step] and its standard error over networks, shape (steps + 1,), fraction; the law and 0 where exact.
    habit, habit_se : error[step] of who counted habits in an earlier run of as many steps, and its standard error over
        networks, shape (steps + 1,), fraction; NaN where exact, since it has bounds only.
    """

    params: CircuitParams
    truth: Flags
    read: Flags
    law: Floats
    error: Floats
    error_se: Floats
    habit: Floats
    habit_se: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def sensitivity(self) -> float:
        """What a small error is multiplied by in a step."""
        return float(sensitivity(self.params.inputs, self.params.bias))

    @property
    def long_run(self) -> float:
        """Error at which an interpreter who never looks again settles, by the lemma, fraction."""
        p = self.params
        return float(long_run_error(p.inputs, p.transparency, p.bias))

    @property
    def unread(self) -> float:
        """Error d* that is left for ever less misread, by the lemma, fraction: 0 where errors fade."""
        return float(long_run_error(self.params.inputs, 1.0, self.params.bias))

    @property
    def worst(self) -> float:
        """Largest error that the lemma has for any step, fraction."""
        return float(self.law.max())

    @property
    def late_from(self) -> int:
        """First step of the second half."""
        return self.params.steps - self.params.steps // 2 + 1

    @property
    def late(self) -> float:
        """Error in the second half of the run, on average, fraction."""
        return float(self.error[self.late_from :].mean())

    @property
    def performance(self) -> Floats:
        """share[who], shape (4,), of states said right in the second half of the run: chance, interpreter, watcher, oracle.

        Chance tosses a coin with the tables' bias; the watcher says each node's habit, and has watched as many steps as are
        predicted; the oracle has misread nothing. The watcher's is NaN where exact.
        """
        p = self.params
        late = float(self.habit[self.late_from :].mean())
        return np.array([1 - _odds(p.bias), 1 - self.late, 1 - late, 1.0])


@dataclass(frozen=True, kw_only=True)
class CouplingParams:
    """transparency: share of truth table entries that are read right. bias: share rho of ones in the tables.

    look_every: steps after which the interpreter sees the state again; 0 is never.
    steps: steps simulated, the second half of which counts. nodes, nets: size and number of the networks for each K, each read
    by seven interpreters.
    """

    transparency: float = checks.bounded(0.999, low=0.5, high=1.0)
    bias: float = checks.bounded(0.5, low=0.0, high=1.0)
    look_every: int = checks.bounded(0, low=0, high=200)
    steps: int = checks.bounded(60, low=2, high=10_000)
    nodes: int = checks.bounded(500, low=10, high=100_000)
    nets: int = checks.bounded(6, low=2, high=1000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class CouplingResult:
    """The interpreter's error in the long run against the number of inputs.

    Attributes
    ----------
    params : interpreter and networks.
    grid : inputs[point], shape (n_points,), from 1 to 6, not whole in between.
    law : error[point], shape (n_points,), by the lemma, fraction; between two looks on average if he looks again.
    levels : error[level, point], shape (4, n_points), the same for other transparencies, those of `LEVELS`.
    unread : error[point], shape (n_points,), that is left for ever less misread if he never looks again, fraction.
    inputs : inputs[sample], shape (6,), from 1 to 6.
    error, error_se : error[sample] in the second half of the run and its standard error over networks, shape (6,), fraction; the
        law and 0 where exact.
    """

    params: CouplingParams
    grid: Floats
    law: Floats
    levels: Floats
    unread: Floats
    inputs: Ints
    error: Floats
    error_se: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def critical(self) -> float:
        """Inputs from which on errors spread; infinite if all entries are alike."""
        return critical_inputs(self.params.bias)

    @property
    def at_inputs(self) -> Floats:
        """error[sample], shape (6,), by the lemma, at whole numbers of inputs."""
        return np.asarray(np.interp(self.inputs, self.grid, self.law))


# The lemma ---------------------------------------------------------------------------------------------------------


def sensitivity(inputs: ArrayLike, bias: float = 0.5) -> Floats:
    """Return ``s = 2 rho (1 - rho) K``, what a small error is multiplied by in a step (luque1997), shape of `inputs`."""
    checks.number("bias", bias, low=0, high=1)
    return np.asarray(_odds(bias) * _inputs(inputs))


def critical_inputs(bias: float = 0.5) -> float:
    """Return ``K_c = 1 / (2 rho (1 - rho))``, at which the sensitivity is 1 (derrida1986); infinite if all entries are alike."""
    checks.number("bias", bias, low=0, high=1)
    return 1 / _odds(bias) if 0 < bias < 1 else math.inf


def next_error(error: ArrayLike, inputs: ArrayLike, transparency: float = 1.0, bias: float = 0.5) -> Floats:
    """Return the share of wrong states a step later, ``eta + v (1 - 2 eta) [1 - (1 - d)^K]``; the arrays broadcast.

    Two runs of one circuit (`transparency` 1) have derrida1986's map ``v [1 - (1 - d)^K]``. Without bias, v = 1/2, the lemma
    reads ``eta (1 - d)^K + [1 - (1 - d)^K] / 2``. A wrong entry is a flipped one. If ones are misread with chance a and zeros
    with chance b, eta is ``rho a + (1 - rho) b``, and what is in front of the bracket is ``rho (1 - r) + (1 - rho) r - eta`` with
    ``r = rho (1 - a) + (1 - rho) b``; it is ``v - eta`` if the misreadings keep the bias, ``r = rho``.
    """
    wrong = np.asarray(error, dtype=float)
    checks.array("error", wrong.ravel(), (None,), low=0, high=1)
    _reader(transparency, bias)
    return _next(wrong, _inputs(inputs), transparency, bias)


def error_path(
    steps: int, inputs: ArrayLike, transparency: float, bias: float = 0.5, look_every: int = 0, start: float = 0.0
) -> Floats:
    """Return the share of wrong states[step, ...], shape (steps + 1, then that of inputs), from `start` at the last look on.

    At a step at which the interpreter looks it is the error of what he had predicted; he goes on from the truth.
    """
    checks.integer("steps", steps, low=0)
    checks.integer("look_every", look_every, low=0)
    checks.number("start", start, low=0, high=1)
    _reader(transparency, bias)
    reads = _inputs(inputs)
    path = np.full((steps + 1, *reads.shape), start)
    for now in range(steps):
        held = np.zeros(reads.shape) if look_every and now and now % look_every == 0 else path[now]
        path[now + 1] = _next(held, reads, transparency, bias)
    return path


def long_run_error(inputs: ArrayLike, transparency: float, bias: float = 0.5) -> Floats:
    """Return the share of wrong states at which the map comes to rest, shape of `inputs`, which need not be whole.

    With ``v = 2 rho (1 - rho)`` and ``g = v (1 - 2 eta)`` the error at rest solves ``d = eta + g [1 - (1 - d)^K]``. The right
    side is concave in d, above the diagonal at 0 if eta > 0 and below it at ``eta + g``, which is 1/2 or less: there is one
    root, every start leads to it, and Newton's method comes down on it from ``eta + g``. Without misreadings 0 is a root,
    too, and the larger one is returned.

    K = 1: ``eta / (1 - g)``; without bias ``2 eta / (1 + 2 eta)``.
    K = 2: ``u = 1 - d`` solves ``g u^2 - u + 1 - eta - g = 0``; without bias ``sqrt(2 eta) / (1 + sqrt(2 eta))``.
    eta to 0: 0 if ``s = K v`` is 1 or less, else ``d*``, with ``1 / v = 1 + u + ... + u^(K - 1)`` for ``u = 1 - d*``.
    K = 3 then: ``d* = (3 - sqrt(4 / v - 3)) / 2``, without bias ``(3 - sqrt 5) / 2``.
    """
    _reader(transparency, bias)
    reads, eta, v = _inputs(inputs), 1 - transparency, _odds(bias)
    gain = v * (1 - 2 * eta)
    error = np.full(reads.shape, eta + gain)
    for _ in range(NEWTON):
        slope = gain * reads * (1 - error) ** (reads - 1) - 1
        nearer = error - (_next(error, reads, transparency, bias) - error) / np.minimum(slope, -1e-12)
        if np.abs(nearer - error).max(initial=0.0) < CLOSE:
            break
        error = nearer
    return np.where((eta == 0) & (reads * v <= 1), 0.0, np.clip(error, eta, eta + gain))


def foresight(inputs: int, transparency: float, bias: float = 0.5, tolerated: float = 0.1) -> float:
    """Return for how many steps after a look the error stays at `tolerated` or less; infinite if for ever.

    For small errors the path is ``eta (s^t - 1) / (s - 1)``, so that a tenth of the misreadings buys ``ln 10 / ln s`` steps.
    """
    checks.number("tolerated", tolerated, low=0, high=1)
    if long_run_error(inputs, transparency, bias) <= tolerated:
        return math.inf
    error, steps = 0.0, -1
    while error <= tolerated:
        error, steps = float(_next(error, inputs, transparency, bias)), steps + 1
    return float(steps)


def _next(error: ArrayLike, inputs: ArrayLike, transparency: float, bias: float) -> Floats:
    eta = 1 - transparency
    with np.errstate(divide="ignore"):  # where all is wrong
        spread = -np.expm1(np.asarray(inputs) * np.log1p(-np.asarray(error)))
    return np.asarray(eta + _odds(bias) * (1 - 2 * eta) * spread)


def _odds(bias: float) -> float:
    """Chance that two entries differ."""
    return 2 * bias * (1 - bias)


def _inputs(inputs: ArrayLike) -> Floats:
    reads = np.asarray(inputs, dtype=float)
    checks.array("inputs", reads.ravel(), (None,), low=1)
    return reads


def _reader(transparency: float, bias: float) -> None:
    checks.number("transparency", transparency, low=0.5, high=1)
    checks.number("bias", bias, low=0, high=1)


# Networks ----------------------------------------------------------------------------------------------------------


def draw_wires(nodes: int, inputs: int, nets: int, rng: Generator) -> Ints:
    """Draw the node that is read: wires[input, net, node], shape (inputs, nets, nodes), each as likely, of the same net."""
    _sizes(nodes, inputs, nets)
    return rng.integers(nodes, size=(inputs, nets, nodes), dtype=np.intp)


def draw_tables(nodes: int, inputs: int, nets: int, bias: float, rng: Generator) -> Bytes:
    """Draw truth tables: 0 or 1[entry, net, node], shape (2^inputs, nets, nodes); bit k of an entry is input k's state."""
    _sizes(nodes, inputs, nets)
    checks.number("bias", bias, low=0, high=1)
    return (rng.random((1 << inputs, nets, nodes), dtype=np.float32) < bias).view(np.uint8)


def misread(tables: Bytes, transparency: float, rng: Generator) -> Bytes:
    """Return tables[entry, net, node] with each entry flipped with chance ``1 - transparency``, the same shape.

    With the same dice, what is read right at one transparency is read right at every higher one.
    """
    checks.number("transparency", transparency, low=0, high=1)
    return tables ^ (rng.random(tables.shape, dtype=np.float32) < 1 - transparency)


def step(state: Bytes, wires: Ints, terms: Bytes, room: Bytes) -> Bytes:
    """Return every node's next state, shape (n,), in all lanes at once: eight circuits on the same wires are a byte.

    wires[input, node] are positions in `state`. terms[entry, node] are truth tables as polynomials modulo 2 (`_terms`): a
    table is ``low ^ (x & high)`` with x the last input and low and high the terms without and with it. room, shape (number of
    entries + 1, n), is written over, and the answer is its first row, so that `state` must lie elsewhere: making room anew in
    each step would take as long as the step.
    """
    sums, products, x = room[: len(terms) // 2], room[len(terms) // 2 : -1], room[-1]
    for read in wires[::-1]:
        half = len(terms) // 2
        state.take(read, out=x, mode="clip")
        np.bitwise_and(terms[half:], x, out=products[:half])
        terms = np.bitwise_xor(terms[:half], products[:half], out=sums[:half])
    return np.asarray(terms[0])


def evolve(
    wires: ArrayLike, tables: ArrayLike, start: ArrayLike, steps: int, look_every: int = 0, looking: int = int(READ)
) -> Bytes:
    """Run networks: states[step, net, node], shape (steps + 1, nets, nodes), bytes of eight lanes.

    Parameters
    ----------
    wires : node that is read[input, net, node], shape (K, nets, nodes), of the same net.
    tables : next state[entry, net, node], shape (2^K, nets, nodes), a byte with a bit for each lane, or 0 and 1 for one lane.
    start : state[net, node], shape (nets, nodes), lanes likewise.
    steps : synchronous steps.
    look_every : steps after which some lanes go on from the state of lane 0; 0 is never.
    looking : those lanes, as a byte with their bits.

    Raises
    ------
    ValueError : shapes that do not fit, a wire that leads out of its net, a state or entry that is no byte.
    """
    checks.integer("steps", steps, low=0)
    checks.integer("look_every", look_every, low=0)
    checks.integer("looking", looking, low=0, high=255)
    reads, entries, state = _fitting(wires, tables, start)
    nets, nodes = state.shape
    states = np.empty((steps + 1, nets, nodes), dtype=np.uint8)
    states[0] = state
    size, moved = max(1, HELD // nodes), np.uint8(looking)
    for first in range(0, nets, size):
        block = slice(first, first + size)
        own = nodes * np.arange(len(state[block]))[:, None]
        flat = (reads[:, block] + own).reshape(len(reads), -1)
        terms = _terms(entries[:, block]).reshape(len(entries), -1)
        room = np.empty((len(terms) + 1, terms.shape[1]), dtype=np.uint8)
        here = state[block].ravel()
        for now in range(1, steps + 1):
            states[now, block] = step(here, flat, terms, room).reshape(-1, nodes)
            here = states[now, block].ravel()
            if look_every and now % look_every == 0:
                here = (here & ~moved) | (here & TRUTH) * moved
    return states


def damage(nodes: int, inputs: int, nets: int, flipped: int, steps: int, rng: Generator, bias: float = 0.5) -> Floats:
    """Return the share of nodes in which two runs differ[step, net], shape (steps + 1, nets); at first `flipped` nodes do."""
    checks.integer("flipped", flipped, low=0, high=nodes)
    wires = draw_wires(nodes, inputs, nets, rng)
    tables = draw_tables(nodes, inputs, nets, bias, rng) * (TRUTH | READ)
    one = rng.integers(2, size=(nets, nodes), dtype=np.uint8) * (TRUTH | READ)
    one[:, :flipped] ^= READ  # wires are drawn at random, so that it does not matter which
    return _apart(evolve(wires, tables, one, steps))


def crowd_error(params: CircuitParams, copies: int, rng: Generator) -> tuple[Floats, Floats]:
    """Return the share of wrong states[step, net] of one copy and of the vote of many, both of shape (steps + 1, nets).

    The interpreter knows how well he reads: he makes `copies` further copies of his own one, in each of which every entry is
    flipped with the chance that he misread it, lets all run from the state that he sees, and says of each node what most of
    them say. Nobody looks again.
    """
    p = params
    checks.integer("copies", copies, low=1)
    checks.odd("copies", copies)
    wiring, writing, reading, starting, doubting = rng.spawn(5)
    wires, tables = (
        draw_wires(p.nodes, p.inputs, p.nets, wiring),
        draw_tables(p.nodes, p.inputs, p.nets, p.bias, writing),
    )
    read = misread(tables, p.transparency, reading)
    start = starting.integers(2, size=(p.nets, p.nodes), dtype=np.uint8)
    states = evolve(wires, tables * TRUTH | read * READ, start * (TRUTH | READ), p.steps)
    votes = np.zeros(states.shape, dtype=np.intp)
    for first in range(0, copies, LANES):
        used = range(min(LANES, copies - first))
        lanes = _misreadings(read, p.transparency, used, doubting)
        begun = start * np.uint8((1 << len(used)) - 1)
        votes += COUNT.take(evolve(wires, lanes, begun, p.steps))
    return _apart(states), ((2 * votes > copies) != (states & TRUTH)).mean(axis=-1)


def _misreadings(tables: Bytes, transparency: float, lanes: Iterable[int], rng: Generator) -> Bytes:
    """Misread copies of tables of one lane, each in a lane of its own, in one byte an entry."""
    copies = [misread(tables, transparency, rng) << np.uint8(lane) for lane in lanes]
    return np.asarray(np.bitwise_or.reduce(copies))


def _sizes(nodes: int, inputs: int, nets: int) -> None:
    checks.integer("nodes", nodes, low=1)
    checks.integer("inputs", inputs, low=1, high=MOST_INPUTS)
    checks.integer("nets", nets, low=1)


def _terms(tables: Bytes) -> Bytes:
    """Coefficients of each table's polynomial modulo 2, by the Moebius transform over entries, all lanes at once."""
    terms, n = tables.copy(), len(tables)
    for k in range(n.bit_length() - 1):
        pairs = terms.reshape(-1, 2, 1 << k, *tables.shape[1:])
        pairs[:, 1] ^= pairs[:, 0]
    return terms


def _apart(states: Bytes) -> Floats:
    """Share of nodes[step, net] at which the first two lanes differ."""
    return np.asarray(((states ^ (states >> 1)) & TRUTH).mean(axis=-1))


def _fitting(wires: ArrayLike, tables: ArrayLike, start: ArrayLike) -> tuple[Ints, Bytes, Bytes]:
    state, reads, entries = np.asarray(start), np.asarray(wires), np.asarray(tables)
    if state.ndim != 2 or not state.size:
        raise ValueError(f"start must have shape (nets, nodes), got {state.shape}")
    if reads.ndim != 3 or reads.shape[1:] != state.shape or not 1 <= len(reads) <= MOST_INPUTS:
        raise ValueError(
            f"wires must have shape (1 to {MOST_INPUTS}, {state.shape[0]}, {state.shape[1]}), got {reads.shape}"
        )
    if entries.shape != (1 << len(reads), *state.shape):
        raise ValueError(f"tables must have shape {(1 << len(reads), *state.shape)}, got {entries.shape}")
    for name, one, high in (("wires", reads, state.shape[1] - 1), ("tables", entries, 255), ("start", state, 255)):
        if one.dtype.kind not in "biu" or one.min() < 0 or one.max() > high:
            raise ValueError(f"{name} must be whole numbers from 0 to {high}")
    return reads.astype(np.intp, copy=False), entries.astype(np.uint8, copy=False), state.astype(np.uint8, copy=False)


# Interpreter -------------------------------------------------------------------------------------------------------


def solve(params: CircuitParams) -> CircuitResult:
    """Return the error step by step by the lemma; nothing is drawn."""
    p = params
    law = error_path(p.steps, p.inputs, p.transparency, p.bias, p.look_every)
    nothing, unknown = np.zeros((0, p.steps + 1), dtype=bool), np.full(p.steps + 1, np.nan)
    return CircuitResult(
        params=p, truth=nothing, read=nothing, law=law, error=law, error_se=np.zeros(p.steps + 1),
        habit=unknown, habit_se=unknown,
    )  # fmt: skip


def simulate(params: CircuitParams, rng: Generator) -> CircuitResult:
    """Draw networks, misread their tables, and run circuit and copy from one state and the circuit from another one."""
    p = params
    wiring, writing, reading, starting = rng.spawn(4)
    tables = draw_tables(p.nodes, p.inputs, p.nets, p.bias, writing)
    lanes = tables * (TRUTH | EARLIER) | misread(tables, p.transparency, reading) * READ
    here, there = starting.integers(2, size=(2, p.nets, p.nodes), dtype=np.uint8)
    start = here * (TRUTH | READ) | there * EARLIER
    states = evolve(draw_wires(p.nodes, p.inputs, p.nets, wiring), lanes, start, p.steps, p.look_every)
    mostly = 2 * np.count_nonzero(states & EARLIER, axis=0) > len(states)
    error, habit = _apart(states), ((states & TRUTH) ^ mostly).mean(axis=-1)
    first = states[:, 0, :SHOWN].T
    return CircuitResult(
        params=p, truth=first & TRUTH > 0, read=first & READ > 0,
        law=error_path(p.steps, p.inputs, p.transparency, p.bias, p.look_every),
        error=error.mean(axis=1), error_se=_se(error), habit=habit.mean(axis=1), habit_se=_se(habit),
    )  # fmt: skip


def _se(error: Floats) -> Floats:
    """Standard error of the mean over the last axis."""
    return np.asarray(error.std(axis=-1, ddof=1) / math.sqrt(error.shape[-1]))


# Coupling ----------------------------------------------------------------------------------------------------------


def solve_coupling(params: CouplingParams) -> CouplingResult:
    """Return the error in the long run against the number of inputs, by the lemma."""
    law = _settled(COUPLINGS, params.transparency, params)
    sampled = np.arange(1, COUPLED + 1)
    return _coupling(params, law, np.interp(sampled, COUPLINGS, law), np.zeros(COUPLED))


def simulate_coupling(params: CouplingParams, rng: Generator) -> CouplingResult:
    """Draw networks of 1 to 6 inputs with seven interpreters each, and measure their error in the second half of the run."""
    error = np.array([_misread(params, inputs, dice) for inputs, dice in enumerate(rng.spawn(COUPLED), start=1)])
    return _coupling(params, _settled(COUPLINGS, params.transparency, params), error.mean(axis=1), _se(error))


def _misread(params: CouplingParams, inputs: int, rng: Generator) -> Floats:
    """Error[net] of the interpreters of networks with so many inputs; each kind of draw has dice of its own."""
    p, half = params, _half(params)
    wiring, writing, reading, starting = rng.spawn(4)
    tables = draw_tables(p.nodes, inputs, p.nets, p.bias, writing)
    lanes = tables | _misreadings(tables, p.transparency, range(1, READERS + 1), reading)
    start = starting.integers(2, size=(p.nets, p.nodes), dtype=np.uint8) * ALL
    wires = draw_wires(p.nodes, inputs, p.nets, wiring)
    states = evolve(wires, lanes, start, 2 * half, p.look_every, looking=int(ALL - TRUTH))[half + 1 :]
    wrong = np.unpackbits(states ^ (states & TRUTH) * ALL, axis=-1)
    return np.asarray(wrong.mean(axis=(0, 2)) * 8 / READERS)


def _half(params: CouplingParams) -> int:
    """Half of the steps, or more: a whole number of spans between two looks."""
    half, span = math.ceil(params.steps / 2), max(1, params.look_every)
    return math.ceil(half / span) * span


def _settled(inputs: ArrayLike, transparency: float, params: CouplingParams) -> Floats:
    if params.look_every == 0:
        return long_run_error(inputs, transparency, params.bias)
    return np.asarray(error_path(params.look_every, inputs, transparency, params.bias)[1:].mean(axis=0))


def _coupling(params: CouplingParams, law: Floats, error: Floats, error_se: Floats) -> CouplingResult:
    return CouplingResult(
        params=params, grid=COUPLINGS, law=law, levels=np.array([_settled(COUPLINGS, one, params) for one in LEVELS]),
        unread=long_run_error(COUPLINGS, 1.0, params.bias), inputs=np.arange(1, COUPLED + 1), error=error,
        error_se=error_se,
    )  # fmt: skip
