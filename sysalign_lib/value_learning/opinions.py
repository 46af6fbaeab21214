"""Where preferences come from: people who listen to each other, and how many camps they end in.

Idea. Ask people today what they want and again after they have talked: the second answer is made by the talking. Four
classic rules say how. Fixed ties: everyone takes a weighted mean of the same people again and again (DeGroot), or does so
but is held back by a first opinion (Friedkin-Johnsen). Moving ties: only those listen to each other whose opinions are
at most the openness d apart, in pairs (Deffuant) or all at once (Hegselmann-Krause). This file lets all four start from
the same people and the same first ties (who is within d of whom); what differs is whether the ties follow the opinions.

Assumption that breaks. A value learner looks for the preference of a person, as if it were there before the question. With
moving ties the same people end in one camp, two or five, as one number of their network goes from 0.5 to 0.1, and near
d = 0.1 and 0.27 the order of their meetings can decide. The preference is then a property of the process.

What one would wrongly conclude. That nothing can be learned beforehand. With fixed ties the end is a number that the
ties and first opinions give, ``pi' x(0)``, whatever else happens; with an anchor it is the solution of a linear
system; and people who do not listen keep what they have. There a static learner asks a question that has an answer.

Four small results of this book.

* **Camps only split.** Under Deffuant and Hegselmann-Krause a gap wider than d between neighbors in opinion never
  closes, since whoever moves stays within the hull of those near. So the number of groups never falls, and *it is final
  as soon as no group is wider than d*: then everyone in a group hears everyone else in it. `settled` uses this.
* **Pairs keep the mean.** What one gains in a meeting the other loses. So if Deffuant's rule ends in one camp it is at the
  mean of the first opinions, known beforehand although nobody knows who will meet whom.
* **Faint anchors choose the consensus.** Let person i be stubborn by ``h c_i`` and let h go to 0. The Friedkin-Johnsen
  end x becomes constant, ``x_i = v``; multiply ``x = (I - hC) W x + hC x(0)`` by pi' from the left, and what is left is
  ``sum pi_i c_i (x_i(0) - v) = 0``. So v is the mean with weights ``pi_i c_i``: DeGroot's consensus only if all are
  equally stubborn. See `faint_influence`.
* **Hearsay has DeGroot's mean.** If each person hears one neighbor a round, chosen with the weights W, and takes over that
  opinion, then the expected opinions follow DeGroot exactly (with an anchor, Friedkin-Johnsen), although no run does;
  without an anchor all end by copying person i with probability pi_i. See `simulate_hearsay` and `solve_hearsay`.

Sources: degroot1974 (consensus, pi), friedkin1990 (the anchor), deffuant2000 (pairs), hegselmann2002 (all who are near).
Deviations. Deffuant's pairs meet one after the other, drawn at random; here everybody is paired once a round, N / 2
disjoint pairs at a time, which is fast and leaves the statistics of the camps as they are (the tests compare both at small
N). Two rounds are counted as one sweep, as many meetings as people. An anchor for moving ties is ours. Opinions at
distance d exactly listen to each other; a rounding error must not decide that (it does in plain floating point: on 101
even points openness 0.2 gives two camps instead of one), so distances up to d + 1e-9 count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, diags_array, eye_array, issparse
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.sparse.linalg import LinearOperator, cg, eigs, gmres, spsolve

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "Agreement", "HearsayParams", "HearsayResult", "OpinionsParams", "OpinionsResult", "Rule", "agreement", "camps",
    "deffuant", "deffuant_one_by_one", "faint_influence", "friedkin_johnsen", "hegselmann_krause", "listen", "random_ties",
    "settled", "simulate", "simulate_hearsay", "solve_hearsay", "thumb", "ties",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bounds = tuple[Ints, Ints]  # for every person the first of those near, and the first beyond them
Step = Callable[[Floats], Floats]

TIE = 1e-9  # opinions so much farther apart than the openness still listen to each other
SAME = 1e-9  # by how much the weights of a person may miss 1
APART = 3.0  # offset between towns that are searched together; opinions lie in [0, 1]
HELD = 10_000  # opinions held at once where towns are many: few enough to stay in fast memory
DENSE = 500  # people up to which all eigenvalues are found
LEADING, KRYLOV = 6, 40  # eigenvalues found for more people, and the space in which they are looked for
DIRECT = 2000  # people up to which an end is found by elimination, above by iteration
EXACT = 1e-13  # relative residual at which an iteration has found it
REST = 1e-10  # change of all opinions in a round below which nothing moves
SHOWN = 25  # people of the first town whose way is drawn
BIG = 0.02  # a camp is a group of at least this share of the people
MANY = 6  # so many camps and more are counted together
MOMENTS = 14  # points of time at which the shown people are looked at


class Rule(StrEnum):
    """How people listen."""

    PAIRS = "pairs (Deffuant)"
    ALL = "all who are near (Hegselmann-Krause)"
    FIXED = "fixed ties (DeGroot, Friedkin-Johnsen)"


# Fixed ties, any weights -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class Agreement:
    """Whether people with these ties come to agree, and on what.

    Attributes
    ----------
    influence : pi[person], shape (n_people,), each person's weight in the consensus, sums to 1; NaN without a consensus.
    rate : factor by which disagreement shrinks in a round in the long run, the second largest modulus of an eigenvalue; 1
        without a consensus.
    closed : number of groups that listen to nobody outside them.
    period : rounds after which such a group repeats itself (the largest, if they differ); 1 settles.
    """

    influence: Floats
    rate: float
    closed: int
    period: int

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def reached(self) -> bool:
        """True if everyone comes to agree, whatever the first opinions."""
        return self.closed == 1 and self.period == 1

    @property
    def words(self) -> str:
        """The verdict in a sentence."""
        if self.closed > 1:
            return f"No consensus: {self.closed} groups listen to nobody outside them."
        if self.period > 1:
            return f"No consensus: opinions go round with period {self.period}."
        return f"Consensus: disagreement shrinks by a factor of {self.rate:.3g} a round."

    def value(self, start: ArrayLike) -> float:
        """Return the opinion that all end with, ``pi' x(0)``.

        Raises
        ------
        ValueError : `start` has another shape, or these ties reach no consensus.
        """
        opinion = checks.array("start", start, self.influence.shape)
        if not self.reached:
            raise ValueError(f"value must be asked of ties that reach a consensus. {self.words}")
        return float(self.influence @ opinion)


def agreement(weights: ArrayLike | csr_array) -> Agreement:
    """Return what DeGroot's rule makes of these ties: ``x(t + 1) = W x(t)``.

    There is a consensus from every start if and only if one group alone is closed and it is aperiodic (degroot1974).

    Parameters
    ----------
    weights : W[listener, speaker], shape (n, n), dense or sparse; rows sum to 1.

    Raises
    ------
    ValueError : `weights` is not square, has negative entries or a row that does not sum to 1.
    scipy.sparse.linalg.ArpackNoConvergence : for more than 500 people whose leading eigenvalues cannot be told apart.
    """
    matrix = _stochastic(weights)
    groups = _closed(matrix)
    period = max(_period(matrix, group) for group in groups)
    if len(groups) > 1 or period > 1:
        return Agreement(influence=np.full(matrix.shape[0], np.nan), rate=1.0, closed=len(groups), period=period)
    value, vector = _leading(matrix)
    first = int(np.argmin(np.abs(value - 1)))
    influence = np.zeros(matrix.shape[0])
    influence[groups[0]] = np.abs(vector[groups[0], first])
    rest = np.delete(np.abs(value), first)
    return Agreement(influence=influence / influence.sum(), rate=float(rest.max(initial=0.0)), closed=1, period=1)


def listen(weights: ArrayLike | csr_array, start: ArrayLike, rounds: int, stubbornness: ArrayLike = 0.0) -> Floats:
    """Return opinion[person] after `rounds` rounds of ``x <- (1 - s) W x + s x(0)``: DeGroot, or Friedkin-Johnsen if s > 0.

    weights: W[listener, speaker], shape (n, n), dense or sparse. start: shape (n,). stubbornness: s, one number or shape (n,).
    """
    matrix, first, held = _anchored("start", weights, start, stubbornness)
    checks.integer("rounds", rounds, low=0)
    matrix, anchor = csr_array(diags_array(1 - held) @ matrix), held * first
    opinion = first.copy()
    for _ in range(rounds):
        opinion = matrix @ opinion + anchor
    return opinion


def friedkin_johnsen(weights: ArrayLike | csr_array, start: ArrayLike, stubbornness: ArrayLike) -> Floats:
    """Return opinion[person] in the end, ``[I - (I - S) W]^{-1} S x(0)``, by a linear solve (friedkin1990).

    By elimination up to 2,000 people, by GMRES above.

    Raises
    ------
    ValueError : a bad argument, by name; or a closed group without a stubborn person, whose end this system leaves open.
    RuntimeError : GMRES did not converge.
    """
    matrix, first, held = _anchored("start", weights, start, stubbornness)
    if not all((held[group] > 0).any() for group in _closed(matrix)):
        raise ValueError("stubbornness must be above 0 for somebody in every closed group, got a group without")
    system = csr_array(eye_array(len(first)) - diags_array(1 - held) @ matrix)
    if len(first) <= DIRECT:
        return np.asarray(spsolve(system.tocsc(), held * first)).reshape(first.shape)
    end, failed = gmres(system, held * first, x0=first, rtol=EXACT, restart=KRYLOV, maxiter=100)
    if failed:
        raise RuntimeError("the end was not found by iteration; too few people are stubborn")
    return np.asarray(end)


def faint_influence(influence: ArrayLike, stubbornness: ArrayLike) -> Floats:
    """Return weight[person] of first opinions in the consensus that faint anchors choose: ``pi_i s_i``, normalized.

    The limit of `friedkin_johnsen` as all stubbornness goes to 0 in fixed proportions; the module's text has the proof.
    """
    pi = checks.array("influence", influence, (None,), low=0)
    held = np.broadcast_to(checks.array("stubbornness", np.atleast_1d(stubbornness), (None,), low=0), pi.shape)
    total = float(pi @ held)
    if total <= 0:
        raise ValueError("stubbornness must be above 0 for somebody with influence, got 0 for all of them")
    return pi * held / total


def random_ties(agents: int, degree: int, rng: Generator) -> csr_array:
    """Return W[listener, speaker], shape (agents, agents), sparse: everyone hears themselves and `degree` others alike.

    The others are drawn with replacement; who is drawn twice is heard twice.
    """
    checks.integer("agents", agents, low=1)
    checks.integer("degree", degree, low=0)
    heard = rng.integers(agents, size=(agents, degree + 1))
    heard[:, 0] = np.arange(agents)
    rows = np.repeat(np.arange(agents), degree + 1)
    return csr_array((np.full(heard.size, 1 / (degree + 1)), (rows, heard.ravel())), shape=(agents, agents))


def ties(opinion: ArrayLike, confidence: float) -> csr_array:
    """Return W[listener, speaker], shape (n, n), sparse: everyone hears alike all whose opinion is within `confidence`."""
    value = checks.array("opinion", opinion, (None,), low=0, high=1)
    checks.number("confidence", confidence, low=0)
    order = np.argsort(value, kind="stable")
    low, high = _near(value[order][None], confidence)
    width = (high - low)[0]
    speakers = np.repeat(low[0] - np.cumsum(width) + width, width) + np.arange(width.sum())
    entries = (np.repeat(1 / width, width), (np.repeat(order, width), order[speakers]))
    return csr_array(entries, shape=(len(value), len(value)))


def _stochastic(weights: ArrayLike | csr_array) -> csr_array:
    matrix = csr_array(weights if issparse(weights) else checks.array("weights", weights, (None, None)), dtype=float)
    if matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise ValueError(f"weights must be square, got {matrix.shape}")
    if not np.isfinite(matrix.data).all() or matrix.data.min(initial=0.0) < 0:
        raise ValueError("weights must be finite and not negative")
    worst = float(np.abs(matrix.sum(axis=1) - 1).max())
    if worst > SAME:
        raise ValueError(f"weights must sum to 1 in every row, got a row that misses it by {worst:g}")
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _anchored(
    name: str, weights: ArrayLike | csr_array, start: ArrayLike, held: ArrayLike
) -> tuple[csr_array, Floats, Floats]:
    matrix = _stochastic(weights)
    first = checks.array(name, start, (matrix.shape[0],))
    shape = first.shape if np.ndim(held) else ()
    return matrix, first, np.broadcast_to(checks.array("stubbornness", held, shape, low=0, high=1), first.shape)


def _closed(matrix: csr_array) -> list[Ints]:
    """The groups that listen to nobody outside them, each as its members."""
    count, group = connected_components(matrix, connection="strong")
    edges = matrix.tocoo()
    leaks = np.zeros(count, dtype=bool)
    leaks[group[edges.row][group[edges.row] != group[edges.col]]] = True
    return [np.flatnonzero(group == one) for one in np.flatnonzero(~leaks)]


def _period(matrix: csr_array, group: Ints) -> int:
    """Greatest common divisor of the lengths of all cycles in a strongly connected group."""
    inner = matrix[group][:, group].tocoo()
    level = dijkstra(inner.tocsr(), indices=0, unweighted=True).astype(np.int64)
    return int(np.gcd.reduce(level[inner.row] + 1 - level[inner.col]))


def _leading(matrix: csr_array) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Eigenvalues of largest modulus and the left eigenvectors that belong to them."""
    people = matrix.shape[0]
    if people <= DENSE:
        found = np.linalg.eig(matrix.toarray().T)
        return found.eigenvalues.astype(complex), found.eigenvectors.astype(complex)
    begin = 1.5 + np.cos(np.arange(people))  # not random, and not blind to anything either
    value, vector = eigs(matrix.T.tocsr(), k=LEADING, ncv=KRYLOV, v0=begin, tol=EXACT)
    return value, vector


# Moving ties -------------------------------------------------------------------------------------------------------


def deffuant(
    start: ArrayLike, confidence: float, sweeps: int, rng: Generator, *, pull: float = 0.5, stubbornness: float = 0.0
) -> Floats:
    """Return opinion[town, person] after `sweeps` sweeps of Deffuant's pairwise rule (deffuant2000).

    A sweep is two rounds; in a round everybody meets one other person (one sits out if the number is odd), so a sweep has as
    many meetings as people. Two who are within `confidence` move toward each other by `pull` times their distance.
    Then everyone is drawn back to the first opinion by `stubbornness`.

    Parameters
    ----------
    start : first opinions [town, person], shape (n_towns, n_people), in [0, 1]; towns do not meet.
    confidence : openness d, in units of opinion. sweeps : number of sweeps. rng : the dice.
    pull : the model's mu, in (0, 0.5]; at 0.5 both take the mean. stubbornness : pull of the first opinion, in [0, 1].
    """
    first = checks.array("start", start, (None, None), low=0, high=1)
    checks.integer("sweeps", sweeps, low=0)
    _check_pairs(confidence, pull, stubbornness)
    final, block = first.copy(), max(1, HELD // max(1, first.shape[1]))
    for low in range(0, len(first), block):
        some = slice(low, low + block)
        step = _pairs(first[some], confidence, pull, stubbornness, rng)
        for _ in range(2 * sweeps):
            final[some] = step(final[some])
    return final


def deffuant_one_by_one(
    start: ArrayLike, confidence: float, sweeps: int, rng: Generator, *, pull: float = 0.5
) -> Floats:
    """Return opinion[town, person] after `sweeps` sweeps of Deffuant's rule as published: one random pair after the other.

    Far slower than `deffuant`, and there to be compared with it; takes as many meetings a sweep as there are people.
    start: first opinions [town, person], shape (n_towns, n_people), in [0, 1], two people at least.
    """
    first = checks.array("start", start, (None, None), low=0, high=1)
    checks.integer("sweeps", sweeps, low=0)
    _check_pairs(confidence, pull, 0.0)
    towns, people = first.shape
    checks.integer("number of people", people, low=2)
    flat, town = first.T.flatten(), np.arange(towns)
    for _ in range(sweeps):
        one = rng.integers(people, size=(people, towns))
        other = (one + rng.integers(1, people, size=one.shape)) % people
        for a, b in zip(one * towns + town, other * towns + town, strict=True):
            here, there = flat[a], flat[b]
            move = pull * (there - here) * (np.abs(there - here) <= confidence + TIE)
            flat[a], flat[b] = here + move, there - move
    return flat.reshape(people, towns).T.copy()


def hegselmann_krause(start: ArrayLike, confidence: float, rounds: int, *, stubbornness: float = 0.0) -> Floats:
    """Return opinion[town, person] after `rounds` rounds in which all take the mean of those near them (hegselmann2002).

    start: first opinions [town, person], shape (n_towns, n_people), in [0, 1]; the answer is sorted within a town, since
    the rule keeps people in their order. Cumulative sums make a round cost ``n log n``.
    """
    first = np.sort(checks.array("start", start, (None, None), low=0, high=1), axis=1)
    checks.integer("rounds", rounds, low=0)
    _check_pairs(confidence, 0.5, stubbornness)
    opinion = first
    for _ in range(rounds):
        opinion = _mixed(_mean(opinion, _near(opinion, confidence)), first, stubbornness)
    return opinion


def camps(opinion: ArrayLike, confidence: float, least: int = 1) -> Ints:
    """Return the number of camps[town], shape (n_towns,): groups of at least `least` people who all hear each other.

    A group ends where the next opinion is more than `confidence` away; it is a camp if it is no wider than that itself.
    opinion: [town, person], in [0, 1].
    """
    checks.integer("least", least, low=1)
    town, size, wide, _ = _groups(opinion, confidence)
    return np.bincount(town[(size >= least) & ~wide], minlength=len(np.asarray(opinion))).astype(np.int64)


def settled(opinion: ArrayLike, confidence: float) -> Flags:
    """Return whether the camps of a town[town], shape (n_towns,), are final: no group is wider than `confidence`.

    For moving ties without an anchor; the module's text has the proof.
    """
    town, _, wide, _ = _groups(opinion, confidence)
    return np.asarray(np.bincount(town[wide], minlength=len(np.asarray(opinion))) == 0)


def thumb(confidence: float) -> int:
    """Return the number of camps by the rule of thumb for Deffuant's rule, ``floor(1 / (2 d))``, at least 1."""
    checks.number("confidence", confidence, low=0, open_low=True)
    return max(1, math.floor(1 / (2 * confidence) + TIE))


def _check_pairs(confidence: float, pull: float, stubbornness: float) -> None:
    checks.number("confidence", confidence, low=0)
    checks.number("pull", pull, low=0, high=0.5, open_low=True)
    checks.number("stubbornness", stubbornness, low=0, high=1)


def _pairs(first: Floats, confidence: float, pull: float, stubbornness: float, rng: Generator) -> Step:
    """A round in which everybody meets one other person."""
    towns, people = first.shape
    half, home = people // 2, np.arange(towns * people).reshape(towns, people)

    def step(opinion: Floats) -> Floats:
        order = rng.permutation(people)[None] if towns == 1 else rng.permuted(home, axis=1)
        one, other = order[:, :half].ravel(), order[:, half : 2 * half].ravel()
        flat = opinion.flatten()
        here, there = flat[one], flat[other]
        move = there - here
        move *= np.abs(move) <= confidence + TIE
        move *= pull
        flat[one] = here + move
        flat[other] = there - move
        return _mixed(flat.reshape(first.shape), first, stubbornness)

    return step


def _near(opinion: Floats, confidence: float) -> Bounds:
    """Positions in the flattened opinions, sorted within each town, of the first person near and the first beyond."""
    reach, key = min(confidence, 1.0) + TIE, opinion + APART * np.arange(len(opinion))[:, None]
    flat = key.ravel()
    low, high = np.searchsorted(flat, flat - reach, "left"), np.searchsorted(flat, flat + reach, "right")
    return low.reshape(opinion.shape), high.reshape(opinion.shape)


def _mean(opinion: Floats, bounds: Bounds) -> Floats:
    """Mean of the opinions between two positions for everybody, by cumulative sums."""
    towns, people = opinion.shape
    total = np.zeros((towns, people + 1))
    np.cumsum(opinion, axis=1, out=total[:, 1:])
    (low, high), town, sums = bounds, np.arange(towns)[:, None], total.ravel()
    mean: Floats = (sums[high + town] - sums[low + town]) / (high - low)
    return np.clip(mean, 0.0, 1.0)


def _mixed(opinion: Floats, first: Floats, stubbornness: float) -> Floats:
    return opinion if stubbornness == 0 else (1 - stubbornness) * opinion + stubbornness * first


def _groups(opinion: ArrayLike, confidence: float) -> tuple[Ints, Ints, Flags, Floats]:
    """Of every group, town by town from low opinions to high ones: its town, its size, whether it is wide, its mean."""
    value = np.sort(checks.array("opinion", opinion, (None, None), low=0, high=1), axis=1)
    checks.number("confidence", confidence, low=0)
    ends = np.ones(value.shape, dtype=bool)
    ends[:, :-1] = np.diff(value, axis=1) > confidence + TIE
    last, flat = np.flatnonzero(ends), value.ravel()
    first = np.concatenate(([0], last[:-1] + 1))
    size = last - first + 1
    return (
        first // value.shape[1],
        size,
        flat[last] - flat[first] > confidence + TIE,
        np.add.reduceat(flat, first) / size,
    )


# All rules, from the same people -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OpinionsParams:
    """rule: how people listen. confidence: openness d, the largest distance over which they do, in units of opinion.

    stubbornness: share of the way by which everyone is drawn back to the first opinion each round. agents: people of a
    town. rounds: rounds in which everybody listens once. towns: independent towns, each with its own first opinions,
    uniform on [0, 1], and its own meetings.
    """

    rule: Rule = Rule.PAIRS
    confidence: float = checks.bounded(0.2, low=0.0, high=1.0)
    stubbornness: float = checks.bounded(0.0, low=0.0, high=1.0)
    agents: int = checks.bounded(400, low=2, high=100_000)
    rounds: int = checks.bounded(120, low=0, high=10_000)
    towns: int = checks.bounded(20, low=1, high=10_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class OpinionsResult:
    """Opinions of every town before and after, and the way of some people of the first town.

    Attributes
    ----------
    params : the rule and the people.
    start : first opinion[town, person], shape (n_towns, n_people), in units of opinion, sorted within a town.
    final : last opinion[town, person], shape (n_towns, n_people), in units of opinion, of the same people.
    moment : round[moment], shape (n_moments,), at which the shown people are looked at.
    path : opinion[moment, person], shape (n_moments, n_shown), in units of opinion, of people of the first town.
    predicted : final opinion[person], shape (n_shown,), that can be computed beforehand; NaN where the ties move.
    camps : number of camps[town], shape (n_towns,), each of at least 2 % of the people, all within the openness of each other.
    settled : flag[town], shape (n_towns,): no group is wider than the openness.
    """

    params: OpinionsParams
    start: Floats
    final: Floats
    moment: Ints
    path: Floats
    predicted: Floats
    camps: Ints
    settled: Flags

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def frequency(self) -> Floats:
        """share[number], shape (7,), of towns that end in 0, 1, ..., 5 camps and in 6 or more."""
        return np.bincount(np.minimum(self.camps, MANY), minlength=MANY + 1) / self.params.towns

    @property
    def interval(self) -> Floats:
        """Lower and upper end[side, number], shape (2, 7), of a 95 % interval (Wilson) for `frequency`."""
        share, runs, z = self.frequency, self.params.towns, 1.96
        middle = (share + z**2 / (2 * runs)) / (1 + z**2 / runs)
        half = z * np.sqrt(share * (1 - share) / runs + z**2 / (4 * runs**2)) / (1 + z**2 / runs)
        return np.array([np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)])

    @property
    def displacement(self) -> float:
        """How far the process moved a person, on average over all towns, in units of opinion."""
        return float(np.abs(self.final - self.start).mean())

    @property
    def displacement_error(self) -> float:
        """Standard error of `displacement` over towns, in units of opinion; 0 for a single town."""
        each = np.abs(self.final - self.start).mean(axis=1)
        return float(each.std(ddof=1) / math.sqrt(len(each))) if len(each) > 1 else 0.0

    @property
    def spread(self) -> float:
        """Distance of the most different opinions in the end, mean over all towns, in units of opinion."""
        return float(np.ptp(self.final, axis=1).mean())

    @property
    def camp_place(self) -> Floats:
        """mean opinion[camp], shape (n_camps,), of each camp of the first town, ascending."""
        return self._shown_camps[0]

    @property
    def camp_share(self) -> Floats:
        """share[camp], shape (n_camps,), of the first town's people in each of its camps, in the order of `camp_place`."""
        return self._shown_camps[1]

    @property
    def _shown_camps(self) -> tuple[Floats, Floats]:
        _, size, wide, mean = _groups(self.final[:1], self.params.confidence)
        keep = (size >= _least(self.params.agents)) & ~wide
        return mean[keep], size[keep] / self.params.agents


def simulate(params: OpinionsParams, rng: Generator) -> OpinionsResult:
    """Let people listen to each other; with the same dice every setting has the same people and the same meetings."""
    start = np.sort(rng.random((params.towns, params.agents)), axis=1)
    shown = np.unique(np.linspace(0, params.agents - 1, SHOWN).astype(np.int64))
    moment = _moments(params.rounds)
    step, opinion, path = _rule(params, start, rng), start.copy(), [start[0, shown]]
    for rounds in np.diff(moment):
        opinion = _repeat(step, opinion, int(rounds), rests=params.rule is not Rule.PAIRS)
        path.append(opinion[0, shown])
    return OpinionsResult(
        params=params, start=start, final=opinion, moment=moment, path=np.array(path),
        predicted=_predicted(params, start[0])[shown],
        camps=camps(opinion, params.confidence, _least(params.agents)), settled=settled(opinion, params.confidence),
    )  # fmt: skip


def _rule(params: OpinionsParams, start: Floats, rng: Generator) -> Step:
    held, openness = params.stubbornness, params.confidence
    if params.rule is Rule.PAIRS:
        return _pairs(start, openness, 0.5, held, rng)
    if params.rule is Rule.ALL:
        return lambda opinion: _mixed(_mean(opinion, _near(opinion, openness)), start, held)
    bounds = _near(start, openness)
    return lambda opinion: _mixed(_mean(opinion, bounds), start, held)


def _repeat(step: Step, opinion: Floats, rounds: int, rests: bool) -> Floats:
    """Some rounds of a rule; no more than needed of one that comes to rest."""
    for _ in range(rounds):
        before = opinion
        opinion = step(opinion)
        if rests and np.abs(opinion - before).max() < REST:
            break
    return opinion


def _moments(rounds: int) -> Ints:
    """Points of time, closer together early on, when most happens."""
    return np.unique(np.rint(rounds * np.linspace(0, 1, MOMENTS) ** 2).astype(np.int64))


def _least(agents: int) -> int:
    """People that make a camp."""
    return max(1, math.ceil(BIG * agents - TIE))


def _predicted(params: OpinionsParams, start: Floats) -> Floats:
    """Final opinion[person] of one town where it can be computed beforehand: fixed ties, or people who do not listen."""
    if params.stubbornness == 1:
        return start
    if params.rule is not Rule.FIXED:
        return np.full(start.shape, np.nan)
    bounds = _near(start[None], params.confidence)
    group = _grouped(start, params.confidence)
    agreed = _weighed(start, bounds, group)
    if params.stubbornness == 0:
        return agreed
    apart = _anchored_end(start - agreed, bounds, params.stubbornness)
    return np.clip(agreed + apart - _weighed(apart, bounds, group), 0.0, 1.0)


def _grouped(value: Floats, confidence: float) -> Ints:
    """Number of everybody's group, from 0 upward, for ascending opinions."""
    return np.cumsum(np.diff(value, prepend=value[0]) > confidence + TIE, dtype=np.int64)


def _weighed(value: Floats, bounds: Bounds, group: Ints) -> Floats:
    """Mean of everybody's group, weighed by how many people each hears: what DeGroot's rule makes of such ties."""
    degree = (bounds[1] - bounds[0])[0]
    return np.asarray((np.bincount(group, degree * value) / np.bincount(group, degree))[group])


def _anchored_end(start: Floats, bounds: Bounds, held: float) -> Floats:
    """Friedkin-Johnsen's end for ties to all who are near: ``[D - (1 - s) A] x = s D x(0)``, by conjugate gradients.

    To be called with first opinions whose weighed mean is 0, lest a faint anchor drown in rounding.
    """
    degree = (bounds[1] - bounds[0])[0].astype(float)

    def balance(opinion: Floats) -> Floats:
        return np.asarray(degree * (opinion.ravel() - (1 - held) * _between(opinion.ravel(), bounds)))

    operator = LinearOperator((len(start), len(start)), matvec=balance, dtype=float)
    end, _ = cg(operator, held * degree * start, rtol=1e-12, maxiter=10 * len(start))
    return np.asarray(end)


def _between(opinion: Floats, bounds: Bounds) -> Floats:
    """Like `_mean` for one town, for numbers of any size."""
    total = np.concatenate(([0.0], np.cumsum(opinion)))
    return np.asarray((total[bounds[1][0]] - total[bounds[0][0]]) / (bounds[1] - bounds[0])[0])


# Hearsay: one neighbor at a time -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class HearsayParams:
    """agents: people, with first opinions evenly spaced on [0, 1]. confidence: they hear whom they were this near at first.

    stubbornness: share of the way by which everyone is drawn back to the first opinion. rounds: rounds of talk. runs:
    independent runs simulated.
    """

    agents: int = checks.bounded(40, low=1, high=2000)
    confidence: float = checks.bounded(0.2, low=0.0, high=1.0)
    stubbornness: float = checks.bounded(0.1, low=0.0, high=1.0)
    rounds: int = checks.bounded(20, low=0, high=2000)
    runs: int = checks.bounded(1000, low=2, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class HearsayResult:
    """Mean opinions of people who each hear one neighbor a round, and the weights that decide the end.

    Attributes
    ----------
    params : the people and their talk.
    start : first opinion[person], shape (n_people,), in units of opinion.
    mean : expected opinion[round, person], shape (n_rounds + 1, n_people), in units of opinion; simulated: mean of the runs.
    error : standard error[round, person], shape (n_rounds + 1, n_people), of `mean`, in units of opinion; 0 where exact.
    influence : weight[person], shape (n_people,), of first opinions in DeGroot's consensus on these ties, fraction; without
        a consensus everyone's weight in their own group's, divided by the number of groups.
    """

    params: HearsayParams
    start: Floats
    mean: Floats
    error: Floats
    influence: Floats

    def __post_init__(self) -> None:
        freeze(self)


def simulate_hearsay(params: HearsayParams, rng: Generator) -> HearsayResult:
    """Let everyone take over the opinion of one neighbor a round, many runs at once."""
    start, (low, high), influence = _line(params)
    opinion = np.repeat(start[None], params.runs, axis=0)
    mean, error = [start], [np.zeros(params.agents)]
    for _ in range(params.rounds):
        heard = low + (rng.random(opinion.shape) * (high - low)).astype(np.int64)
        opinion = _mixed(np.take_along_axis(opinion, heard, axis=1), start, params.stubbornness)
        mean.append(opinion.mean(axis=0))
        error.append(opinion.std(axis=0, ddof=1) / math.sqrt(params.runs))
    return HearsayResult(
        params=params, start=start, mean=np.array(mean), error=np.array(error), influence=influence
    )  # fmt: skip


def solve_hearsay(params: HearsayParams) -> HearsayResult:
    """Return the exact expectation: DeGroot's opinions, or Friedkin-Johnsen's if there is an anchor."""
    start, bounds, influence = _line(params)
    mean = [start]
    for _ in range(params.rounds):
        mean.append(_mixed(_mean(mean[-1][None], bounds)[0], start, params.stubbornness))
    exact = np.array(mean)
    return HearsayResult(params=params, start=start, mean=exact, error=np.zeros(exact.shape), influence=influence)


def _line(params: HearsayParams) -> tuple[Floats, Bounds, Floats]:
    """First opinions, ties and weights of people evenly spaced in opinion."""
    start = (np.arange(params.agents) + 0.5) / params.agents
    low, high = _near(start[None], params.confidence)
    degree = (high - low)[0]
    group = _grouped(start, params.confidence)
    return start, (low, high), degree / np.bincount(group, degree)[group] / (group[-1] + 1)
