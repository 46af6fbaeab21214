"""Debate over quantified Boolean formulas: what one leaf can prove, and what a slip costs.

Idea. A claim reads "there is an x1 such that for every x2 there is an x3 ...: the formula holds". Two debaters settle it by
a game: Pro, who says that it is true, sets the variables under "there is", Con sets those under "for every", in turn. The
judge reads one leaf, the formula with all variables set, and reports what it finds there. The tree has ``2^n`` leaves.

Lemma. *If both debaters play as well as the rules allow, the judge reports the truth, whatever n and the formula.* Proof by
induction from the leaves. With no variable left the leaf is the claim. Let it hold with k - 1 variables to set. If Pro is to
move and the claim is true, then by the meaning of "there is" one of the two values leaves a true claim; Pro takes it, and by
assumption the judge will report true. If the claim is false, both values leave a false claim, and the judge will report false
whatever Pro does. Con's move is the same with true and false exchanged. QED. So the side that is right can win against *any*
opponent, and the wrong side's slips change nothing. This is why debate reaches as far as PSPACE where a single advocate
reaches NP (irving2018); that a judge of few queries can be served at little cost is shown in browncohen2024.

What the judge is spared. To prove the claim by leaves alone takes at least one leaf for every answer that the other side
could have given: ``2^(n/2)`` of them for even n, by the same induction, however well chosen (`proof_size`).

Assumption that breaks. The side that is right must find every one of its moves. Let each of its moves be random with
probability e (a fair coin, so that half of the random moves are right by luck). Each move keeps a won position won with
probability at least ``1 - e / 2``, so that the judge is right with probability at least ``(1 - e / 2)^h`` where h counts the
moves of the side that is right. The bound is met by formulas with only one way to win, and there the agreement falls
exponentially in the depth. Formulas with ways to spare forgive.

Two kinds of debaters, both exact here. Some see who is winning and nothing else: among moves of equal true value they toss
a coin. Others count on slips: they maximize the probability to win in the game with slips, so that the wrong side sets traps
and the right side keeps ways to spare. Both report the truth at e = 0.

What one would wrongly conclude. From the lemma, that debate works because a leaf says much: a leaf drawn at random says
little, and what makes the one leaf telling is that somebody who is right could steer to it. From the stress, that depth is
fatal: it is where every move is the only right one.

Sources: irving2018 (the game, section 2.2, and PSPACE), browncohen2024 (cited in the text only). The bound, the two kinds of
debaters and the formulas in four variables are this book's. Deviations: formulas drawn at random have clauses of three
different variables and are not filtered for hardness; the slips are independent of each other and of the position.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "BooleanDebateParams", "BooleanDebateResult", "Erring", "Formula", "advocate_agreement", "agreement", "clauses_of",
    "draw_formulas", "floor_agreement", "guess_agreement", "leaves_read", "majority_agreement", "one_way", "play", "pool",
    "proof_size", "simulate", "slips", "solve", "trap_agreement", "truth_levels", "truth_table",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

SMALL = 4  # variables of the formula whose tree is shown
DOSES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)  # error probabilities through which lines are drawn
SAMPLED = (0.1, 0.2, 0.5, 1.0)  # error probabilities at which debates are played
GAMES = 12  # games about the small formula to choose from
FEWEST = 3  # clauses of the shortest formulas


class Erring(StrEnum):
    """Who slips."""

    BOTH = "both sides"
    RIGHT = "only the side that is right"
    WRONG = "only the side that is wrong"


class Formula(StrEnum):
    """Claims in four variables, by how many ways to win the side that is right has."""

    TRUE_ONE = "true, one way to win"
    TRUE_TWO = "true, two ways to win"
    FALSE_ONE = "false, one way to win"
    FALSE_TWO = "false, two ways to win"


CLAUSES = {
    Formula.TRUE_ONE: ((1, 0, 0), (2, -3, 0), (-2, 3, 0)),  # a, and c = b
    Formula.TRUE_TWO: ((1, 2, 3), (1, 3, 4)),  # a or c, or b and d
    Formula.FALSE_ONE: ((1, -2, -4), (-1, 2, -4)),  # b = a, or not d
    Formula.FALSE_TWO: ((1, -2, 0), (-1, 2, 0), (3, -4, 0), (-3, 4, 0)),  # b = a, and d = c
}


@dataclass(frozen=True, kw_only=True)
class BooleanDebateParams:
    """formula: the claim in four variables whose tree is shown. error: probability that a move is random. erring: whose moves.

    game: which of twelve games about it is shown. variables, clauses, formulas: size of the random formulas, the largest
    number of clauses (each number from 3 up to it is as frequent), how many. drawing: which formulas are drawn.
    games: debates played about each of them at each error probability.
    """

    formula: Formula = Formula.TRUE_ONE
    error: float = checks.bounded(0.2, low=0.0, high=1.0)
    erring: Erring = Erring.BOTH
    game: int = checks.bounded(1, low=1, high=GAMES)
    variables: int = checks.bounded(8, low=3, high=12)
    clauses: int = checks.bounded(15, low=FEWEST, high=60)
    formulas: int = checks.bounded(200, low=2, high=3000)
    drawing: int = checks.bounded(2018, low=0, high=2**31)
    games: int = checks.bounded(5, low=1, high=100)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class BooleanDebateResult:
    """One debate about a small formula, and how often debates about many larger formulas end with the truth.

    Attributes
    ----------
    params : the formula, the slips and the sizes.
    node_truth : truth[node], shape (31,): true value of every position; the children of node i are 2 i + 1 and 2 i + 2.
    path_node : node[step], shape (5,): the positions of the game shown, from the root to the leaf that the judge reads.
    path_random : random[move], shape (4,): whether the move was left to the coin because its side slipped.
    small_agreement, small_trapped : probability that a debate about the small formula ends with its truth, fraction; debaters
        who see who is winning, and debaters who count on slips.
    dose : error probability[dose], shape (n_doses,), ascending, `params.error` among them.
    agreement : share[dose], shape (n_doses,), of debates that end with the truth, averaged over the formulas, fraction; exact
        for these formulas; debaters who see who is winning.
    agreement_error : standard error[dose] of `agreement`, shape (n_doses,), from the spread over formulas, fraction.
    trapped, trapped_error : the same, shape (n_doses,), for debaters who count on slips.
    floor : share[dose], shape (n_doses,): the lower bound ``(1 - e / 2)^h``, averaged over the formulas, fraction.
    sampled_dose : error probability[sample], shape (n_samples,).
    sampled, sampled_error : share[sample] of debates played that end with the truth, and its standard error, shape
        (n_samples,), fraction, with two right and two wrong reports added for the error; error 0 where exact.
    random_leaf : share of formulas about which one random leaf tells the truth, fraction.
    guess : share of formulas that a judge gets right who reads nothing and reports the more common answer, fraction.
    """

    params: BooleanDebateParams
    node_truth: Flags
    path_node: Ints
    path_random: Flags
    small_agreement: float
    small_trapped: float
    dose: Floats
    agreement: Floats
    agreement_error: Floats
    trapped: Floats
    trapped_error: Floats
    floor: Floats
    sampled_dose: Floats
    sampled: Floats
    sampled_error: Floats
    random_leaf: float
    guess: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def truth(self) -> bool:
        """Whether the small formula is true."""
        return bool(self.node_truth[0])

    @property
    def reported(self) -> bool:
        """What the judge finds at the leaf of the game shown."""
        return bool(self.node_truth[self.path_node[-1]])

    @property
    def true_leaves(self) -> int:
        """How many of the small formula's 16 leaves are true."""
        return int(self.node_truth[2**SMALL - 1 :].sum())

    @property
    def here(self) -> int:
        """Position of `params.error` among the doses."""
        return int(np.searchsorted(self.dose, self.params.error))


# Formulas ----------------------------------------------------------------------------------------------------------


def clauses_of(formula: Formula) -> Ints:
    """Return the clauses of a named formula, shape (n_clauses, 3).

    i stands for variable i, -i for its negation, 0 for nothing.
    """
    checks.choice("formula", formula, Formula)
    return np.array(CLAUSES[formula])


def one_way(variables: int) -> Ints:
    """Return a true claim with only one way to win, shape (n_clauses, 3): Pro sets the first variable, then copies Con.

    Every move of Pro's has one right answer and no slip is made good, so that debates about it meet the lower bound.
    """
    checks.integer("variables", variables, 3, 12)
    pairs = [(1, 0, 0)]
    for mine in range(3, variables + 1, 2):
        pairs += [(mine - 1, -mine, 0), (1 - mine, mine, 0)]
    return np.array(pairs)


def draw_formulas(variables: int, counts: ArrayLike, rng: Generator) -> Ints:
    """Return random formulas, shape (n_formulas, max(counts), 3), as `clauses_of` writes them.

    `counts` gives each formula's number of clauses; each clause has three different variables, each negated by a fair coin.
    Formulas with more clauses keep the clauses that the same dice give to those with fewer; missing clauses are zeros.

    Raises
    ------
    TypeError, ValueError : `variables` is not from 3 to 12, or a count is negative.
    """
    checks.integer("variables", variables, 3, 12)
    many = checks.array("counts", counts, (None,), low=0).astype(int)
    shape = (int(many.max(initial=0)), len(many))
    dice = rng.random((*shape, variables + 3))
    order = dice[..., :variables].argsort(axis=-1)[..., :3] + 1
    signs = np.where(dice[..., variables:] < 0.5, 1, -1)
    there = np.arange(shape[0])[:, None] < many
    return (order * signs * there[..., None]).transpose(1, 0, 2)


def truth_table(clauses: ArrayLike, variables: int) -> Flags:
    """Return whether formulas hold, leaf by leaf: shape (..., n_clauses, 3) to (..., 2^variables).

    Variable 1 is the leaf number's most significant bit. All leaves are computed at once, eight to a byte.

    Raises
    ------
    TypeError, ValueError : `variables` is not from 3 to 12, or a clause names another variable.
    """
    checks.integer("variables", variables, 3, 12)
    given = np.asarray(clauses)
    flat = checks.array("clauses", given.reshape(-1, 3), (None, 3), -variables, variables).astype(int)
    words = _literal_tables(variables)[flat]
    words = words[:, 0] | words[:, 1] | words[:, 2]
    words[~flat.any(axis=1)] = 255  # a clause that is not there
    held = np.bitwise_and.reduce(words.reshape(*given.shape[:-1], words.shape[-1]), axis=-2)
    return np.unpackbits(held, axis=-1).astype(bool)


def truth_levels(leaves: Flags) -> tuple[Flags, ...]:
    """Return the true value of every position, level by level: entry k has shape (..., 2^k), entry 0 is the claim itself.

    Backward induction: Pro, who moves first and then every other time, needs one true value, Con one false.
    """
    levels = [np.asarray(leaves, dtype=bool)]
    for level in reversed(range(_variables(levels[0]))):
        zero, one = levels[0][..., 0::2], levels[0][..., 1::2]
        levels.insert(0, zero | one if level % 2 == 0 else zero & one)
    return tuple(levels)


def proof_size(variables: int, truth: bool) -> int:
    """Return how many leaves prove a claim: one for each way in which the side that is wrong could have answered.

    A true claim needs one answer of Pro's to each of Con's, ``2^floor(n / 2)`` leaves, a false one ``2^ceil(n / 2)``.
    """
    checks.integer("variables", variables, 1)
    checks.flag("truth", truth)
    return int(2 ** (variables // 2 if truth else (variables + 1) // 2))


# Debates with slips ------------------------------------------------------------------------------------------------


def slips(truth: ArrayLike, error: float, erring: Erring) -> tuple[Floats, Floats]:
    """Return Pro's and Con's error probability about claims of given truth, each of the shape of `truth`."""
    checks.number("error", error, 0, 1)
    checks.choice("erring", erring, Erring)
    right = np.asarray(truth, dtype=bool)
    pro = np.ones(right.shape) if erring is Erring.BOTH else (right == (erring is Erring.RIGHT)) * 1.0
    con = np.ones(right.shape) if erring is Erring.BOTH else (right != (erring is Erring.RIGHT)) * 1.0
    return error * pro, error * con


def agreement(levels: tuple[Flags, ...], error: float, erring: Erring) -> Floats:
    """Return the probability that a debate ends with the truth, exactly, shape (...); debaters see who is winning.

    Backward induction on probabilities: with error probability e the better move is made with ``1 - e / 2``, and each
    of two moves of the same true value with 1/2. `levels` as `truth_levels` returns them.
    """
    true = _chance(levels, *slips(levels[0][..., 0], error, erring))
    return np.where(levels[0][..., 0], true, 1 - true)


def trap_agreement(levels: tuple[Flags, ...], error: float, erring: Erring) -> Floats:
    """Return what `agreement` does for debaters who maximize the probability to win in the game with slips.

    Backward induction on the values a, b of the two moves: ``(a + b) / 2`` plus (Pro) or minus (Con) ``(1 - e) |a - b| / 2``.
    """
    pro, con = slips(levels[0][..., 0], error, erring)
    value = levels[-1].astype(float)
    for level in reversed(range(len(levels) - 1)):
        value = _noisy_best(value, 1 - pro if level % 2 == 0 else con - 1)
    return np.where(levels[0][..., 0], value[..., 0], 1 - value[..., 0])


def floor_agreement(truth: ArrayLike, variables: int, error: float, erring: Erring) -> Floats:
    """Return the lower bound ``(1 - e / 2)^h`` for claims of given truth, shape (...); h counts the moves of the right side."""
    checks.integer("variables", variables, 1)
    right = np.asarray(truth, dtype=bool)
    moves = np.where(right, (variables + 1) // 2, variables // 2)
    pro, con = slips(right, error, erring)
    return np.asarray((1 - np.where(right, pro, con) / 2) ** moves)


def play(levels: tuple[Flags, ...], error: float, erring: Erring, slip: Floats, coin: Floats) -> Ints:
    """Return the positions of debates, shape (n_formulas, n_games, n + 1): entry k numbers the position of level k.

    `levels` are those of formulas, shape (n_formulas, 2^k) each. `slip` and `coin` are uniform dice, shape (n_games,
    n) or (n_formulas, n_games, n): a move is random if its slip is below the error probability. Random moves, and those
    between two of the same true value, set the variable if the coin is below 1/2.
    """
    pro, con = slips(levels[0], error, erring)
    rows, lucky = np.arange(len(levels[0]))[:, None], coin < 0.5
    at = np.zeros((len(levels[0]), slip.shape[-2]), dtype=int)
    path = [at]
    for level, below in enumerate(levels[1:]):
        zero, one = below[rows, 2 * at], below[rows, 2 * at + 1]
        tossed = (slip[..., level] < (con if level % 2 else pro)) | (zero == one)
        at = 2 * at + np.where(tossed, lucky[..., level], one != bool(level % 2))
        path.append(at)
    return np.stack(path, axis=-1)


# Judges without a debate -------------------------------------------------------------------------------------------


def majority_agreement(levels: tuple[Flags, ...], read: int) -> Floats:
    """Return the probability that the majority of `read` different random leaves is the truth, shape (...).

    Hypergeometric, exact up to rounding; a tie is decided by a coin. One leaf is the debate's own budget.
    """
    size = levels[-1].shape[-1]
    checks.integer("read", read, 1, size)
    right = (levels[-1] == levels[0]).sum(axis=-1)[..., None]
    seen = np.arange(read + 1)
    chance = np.exp(_log_choose(right, seen) + _log_choose(size - right, read - seen) - _log_choose(size, read))
    return np.asarray(chance @ (np.sign(2 * seen - read) / 2 + 0.5))


def guess_agreement(truth: ArrayLike) -> float:
    """Return how often a judge is right who reads nothing and always reports the answer that is true of more claims, fraction."""
    share = float(np.mean(np.asarray(truth, dtype=bool)))
    return max(share, 1 - share)


def advocate_agreement(levels: tuple[Flags, ...]) -> tuple[Flags, Flags]:
    """Return whether the judge is right if one side alone, Pro or Con, sets all variables, two arrays of shape (...).

    Pro alone makes every claim look true that one leaf can be found for, Con alone every claim false.
    """
    truth, leaves = levels[0][..., 0], levels[-1]
    return leaves.any(axis=-1) == truth, leaves.all(axis=-1) == truth


def leaves_read(levels: tuple[Flags, ...]) -> Floats:
    """Return how many leaves a lone judge reads on average until the truth is certain, shape (...).

    The judge searches depth first, starts with either value by a coin, and leaves out what cannot matter any more. Exact, by
    backward induction.
    """
    cost = np.ones(levels[-1].shape)
    for level in reversed(range(len(levels) - 1)):
        decides = levels[level + 1] != bool(level % 2)  # a value after which the other need not be tried
        spared = cost[..., 1::2] * decides[..., 0::2] + cost[..., 0::2] * decides[..., 1::2]
        cost = cost[..., 0::2] + cost[..., 1::2] - spared / 2
    return np.asarray(cost[..., 0])


# Simulation and solution -------------------------------------------------------------------------------------------


def simulate(params: BooleanDebateParams, rng: Generator) -> BooleanDebateResult:
    """Play the debates; the same dice at every error probability, so that more error only adds slips."""
    small = rng.random((2, GAMES, SMALL))[:, params.game - 1]
    dice = rng.random((2, params.formulas, params.games, params.variables))
    levels = pool(params)
    ends = [play(levels, dose, params.erring, *dice)[..., -1] for dose in SAMPLED]
    right = [np.mean(np.take_along_axis(levels[-1], end, axis=1) == levels[0]) for end in ends]
    share, played = np.array(right), params.formulas * params.games
    mild = (share * played + 2) / (played + 4)
    return _result(params, small, share, np.sqrt(mild * (1 - mild) / (played + 4)))


def solve(params: BooleanDebateParams) -> BooleanDebateResult:
    """Return the exact shares; the game shown is the one without slips in which ties set the variable to 0."""
    levels = pool(params)
    share = np.array([agreement(levels, dose, params.erring).mean() for dose in SAMPLED])
    return _result(params, np.ones((2, SMALL)), share, np.zeros(len(SAMPLED)))


def pool(params: BooleanDebateParams) -> tuple[Flags, ...]:
    """Return the positions of the random formulas as `truth_levels` does; entry k has shape (n_formulas, 2^k), read-only."""
    return _drawn(params.variables, params.clauses, params.formulas, params.drawing)


@lru_cache(maxsize=4)
def _drawn(variables: int, clauses: int, formulas: int, drawing: int) -> tuple[Flags, ...]:
    counts = FEWEST + np.arange(formulas) % (clauses - FEWEST + 1)
    levels = truth_levels(truth_table(draw_formulas(variables, counts, default_rng(drawing)), variables))
    for level in levels:
        level.setflags(write=False)
    return levels


def _result(params: BooleanDebateParams, dice: Floats, sampled: Floats, error: Floats) -> BooleanDebateResult:
    levels, tree = pool(params), truth_levels(truth_table(clauses_of(params.formula), SMALL)[None])
    path = play(tree, params.error, params.erring, dice[0][None], dice[1][None])[0, 0]
    own = np.array([one[0, 0] for one in slips(tree[0], params.error, params.erring)])
    doses = np.unique([*DOSES, params.error])
    plain = [agreement(levels, dose, params.erring) for dose in doses]
    traps = [trap_agreement(levels, dose, params.erring) for dose in doses]
    truth, root = levels[0][:, 0], np.sqrt(params.formulas)
    return BooleanDebateResult(
        params=params,
        node_truth=np.concatenate([level[0] for level in tree]),
        path_node=path + 2 ** np.arange(SMALL + 1) - 1,
        path_random=dice[0] < own[np.arange(SMALL) % 2],
        small_agreement=float(agreement(tree, params.error, params.erring)[0]),
        small_trapped=float(trap_agreement(tree, params.error, params.erring)[0]),
        dose=doses,
        agreement=np.mean(plain, axis=1),
        agreement_error=np.std(plain, axis=1, ddof=1) / root,
        trapped=np.mean(traps, axis=1),
        trapped_error=np.std(traps, axis=1, ddof=1) / root,
        floor=np.array([floor_agreement(truth, params.variables, dose, params.erring).mean() for dose in doses]),
        sampled_dose=np.array(SAMPLED),
        sampled=sampled,
        sampled_error=error,
        random_leaf=float((levels[-1] == levels[0]).mean()),
        guess=guess_agreement(truth),
    )


def _chance(levels: tuple[Flags, ...], pro: Floats, con: Floats) -> Floats:
    """Probability that the leaf read is true, shape (...); debaters see who is winning."""
    value = levels[-1].astype(float)
    for level in reversed(range(len(levels) - 1)):
        below = levels[level + 1]
        zero, one = below[..., 0::2], below[..., 1::2]
        lean = one.view(np.int8) - zero.view(np.int8)  # 1, 0, -1: which move Pro prefers
        keen = (1 - pro if level % 2 == 0 else con - 1)[..., None] * lean
        low, high = value[..., 0::2], value[..., 1::2]
        value = (low + high + keen * (high - low)) / 2
    return np.asarray(value[..., 0])


def _noisy_best(value: Floats, keen: Floats) -> Floats:
    """One level up: the mean of both moves, and `keen` times half of their difference."""
    low, high = value[..., 0::2], value[..., 1::2]
    return np.asarray((low + high + keen[..., None] * np.abs(high - low)) / 2)


@lru_cache(maxsize=16)
def _literal_tables(variables: int) -> NDArray[np.uint8]:
    """Truth table of each literal, eight leaves to a byte: row i of variable i, row -i of its negation, row 0 all false."""
    leaf = np.arange(2**variables)
    held = (leaf >> np.arange(variables - 1, -1, -1)[:, None]) & 1
    table = np.packbits(np.concatenate([np.zeros((1, len(leaf)), dtype=int), held, 1 - held[::-1]]), axis=1)
    table.setflags(write=False)
    return table


def _variables(leaves: Flags) -> int:
    size = leaves.shape[-1] if leaves.ndim else 0
    if size < 1 or size & (size - 1):
        raise ValueError(f"leaves must have a power of two along the last axis, got {leaves.shape}")
    return size.bit_length() - 1


def _log_choose(many: ArrayLike, some: ArrayLike) -> Floats:
    """log of the binomial coefficient, minus infinity where there is no way; the arguments broadcast."""
    many, some = np.broadcast_arrays(np.asarray(many, dtype=float), np.asarray(some, dtype=float))
    ways = (some >= 0) & (some <= many)
    inside = np.where(ways, some, 0)
    return np.asarray(np.where(ways, gammaln(many + 1) - gammaln(inside + 1) - gammaln(many - inside + 1), -np.inf))
