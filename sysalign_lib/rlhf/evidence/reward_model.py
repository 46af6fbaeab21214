"""Targets and claims of the reward model that learns from noisy comparisons."""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.stats import binom

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.rlhf.reward_model import (
    RewardModelParams,
    RewardModelResult,
    answer_probability,
    cap,
    chain_wins,
    fit,
    information,
    pair_margin,
    rank_agreement,
    simulate,
    solve,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"
ERRORS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.9)
FEW, MANY = 901, 2503  # comparisons without errors, and 1 / (1 - 0.4)^2 times as many; odd, so that none ends in a tie
DATA = 400_000
CLOSE_CALL = 0.1  # margin of the pair compared so often


def _margin(first: float, second: float) -> float:
    scores = fit([[0.0, first], [second, 0.0]])
    return float(scores[0] - scores[1])


def _cycle(strength: float) -> float:
    wins = [[0.0, strength, 1 - strength], [1 - strength, 0.0, strength], [strength, 1 - strength, 0.0]]
    return float(np.abs(fit(wins)).max())


def _learned(margin: float, error: float = 0.1) -> float:
    """The margin that a fit to the expected answers about two items learns."""
    chance = float(answer_probability(margin, error))
    return _margin(chance, 1 - chance)


def _steepness(error: float, fickleness: float = 0.0) -> float:
    step = 1e-5
    ahead = pair_margin(np.array([-step, step]), error, fickleness)
    return float((ahead[1] - ahead[0]) / (2 * step))


def _cost(error: float, margin: float = 0.0) -> float:
    return float(information(margin) / information(margin, error))


@lru_cache(maxsize=64)
def _limit(error: float = 0.1, bias: float = 0.0, fickleness: float = 0.0) -> RewardModelResult:
    return solve(RewardModelParams(error=error, bias=bias, fickleness=fickleness))


@lru_cache(maxsize=8)
def _seen(error: float, bias: float, comparisons: int) -> RewardModelResult:
    params = RewardModelParams(error=error, bias=bias, comparisons=comparisons)
    return simulate(params, default_rng(1952))


def _span() -> float:
    return float(np.ptp(_limit().limit_score))


def _chained(links: int, error: float) -> NDArray[np.float64]:
    """Scores learned from the uneven design, the worst item at 0."""
    scores = fit(chain_wins(links, error))
    return np.asarray(scores - scores[0])


def _wrong(comparisons: int, error: float) -> float:
    """Exact probability that the worse of a pair wins most of its comparisons."""
    return float(binom.cdf(comparisons // 2, comparisons, float(answer_probability(CLOSE_CALL, error))))


def _wrong_seen() -> float:
    wins = default_rng(1957).binomial(MANY, float(answer_probability(CLOSE_CALL, 0.4)), DATA)
    return float(np.mean(2 * wins < MANY))


def _exact(name: str, value: float, place: str, compute: partial[float], source: str = "book") -> Target:
    return Target(
        name=f"reward model: {name}", value=value, tolerance=5.5e-7, kind="exact", source=source, place=place,
        why="rounding of the sixth decimal", compute=compute,
    )  # fmt: skip


def _printed(name: str, value: float, digits: int, place: str, compute: partial[float], source: str) -> Target:
    return Target(
        name=f"reward model: {name}", value=value, tolerance=0.55 * 10**-digits, kind="exact", source=source, place=place,
        why=f"rounding of decimal {digits}", compute=compute,
    )  # fmt: skip


MODEL = "a rater who answers at random in 10 % of the cases, P_e = 0.9 P + 0.05"
CHAIN = "items 0 to 5 compared with their neighbors, item 6 with item 0 only, 10 % random answers"

TARGETS: tuple[Target, ...] = (
    _exact("margin of two items, 70 wins to 30, is log(7/3)", 0.847298, "best score difference is the log odds",
           partial(_margin, 70.0, 30.0), "bradley1952"),
    *(
        Target(
            name=f"reward model: scores of a three-cycle of strength {strength:g}", value=0.0, tolerance=1e-9, kind="exact",
            source="maystre2015", place="test data of the authors' library; follows from symmetry",
            why="last step of the fit", compute=partial(_cycle, strength),
        )
        for strength in (0.6, 0.8, 0.95)
    ),
    _exact("probability of the better answer, P = 0.8, with 10 % random answers", 0.77, MODEL,
           partial(lambda: float(answer_probability(math.log(4), 0.1))), "christiano2017"),
    *(
        _printed(f"learned margin for a true margin of {margin:g}, 10 % random answers", value, 4, MODEL,
                 partial(_learned, margin), "christiano2017")
        for margin, value in ((1.0, 0.8855), (2.0, 1.6786), (5.0, 2.8243))
    ),
    _exact("cap of a pair's margin with 10 % random answers is ln 19", 2.944439, f"{MODEL}, P = 1", partial(cap, 0.1),
           "christiano2017"),
    Target(
        name="reward model: learned margin for a true margin of 20, 10 % random answers", value=math.log(19), tolerance=1e-7,
        kind="limit", source="christiano2017", place=f"{MODEL}, approaches its cap",
        why="the gap falls as exp(-20) times 20", compute=partial(_learned, 20.0),
    ),
    *(
        _exact(f"steepness of learned margins at 0, {100 * error:g} % random answers, is 1 - e", 1 - error,
               "derivative of logit(P_e) at 0", partial(_steepness, error), "christiano2017" if error == 0.1 else "book")
        for error in (0.1, 0.4)
    ),
    _exact("steepness of learned margins at 0, fickleness 1", 0.826484, "4 E[sigmoid'(z)], z standard normal",
           partial(_steepness, 0.0, 1.0)),
    *(
        _exact(f"comparisons needed at margin 0 with {100 * error:g} % random answers, times those without", value,
               "1 / (1 - e)^2, ratio of Fisher informations", partial(_cost, error))
        for error, value in ((0.1, 1.234568), (0.2, 1.5625), (0.4, 2.777778))
    ),
    _exact("comparisons needed at margin 5 with 10 % random answers, times those without", 9.820920,
           "ratio of Fisher informations", partial(_cost, 0.1, 5.0)),
    Target(
        name="reward model: wrong order of a close pair, 40 % random answers and 2.78 times the comparisons",
        value=_wrong(FEW, 0.0), tolerance=4 * math.sqrt(0.07 * 0.93 / DATA) + 5e-4, kind="monte carlo", source="book",
        place="as often wrong as without errors: binomial probability at margin 0.1, 901 comparisons",
        why="four standard errors of 400,000 data sets, and 0.0005 for the margin not being 0 and counts being whole",
        compute=_wrong_seen,
    ),
    _exact("slope of twelve learned scores, all pairs, 10 % random answers", 0.774350, "fit to expected wins, spread 5",
           partial(lambda: _limit().limit_slope)),
    _exact("span of twelve learned scores, all pairs, 10 % random answers", 3.849002, "fit to expected wins, beyond ln 19",
           partial(_span)),
    _exact("an answer worth 5, known through a chain, learned as", 4.427308, CHAIN, partial(lambda: float(_chained(5, 0.1)[5]))),
    _exact("an answer worth 6, known through one long comparison, learned as", 2.898549, CHAIN,
           partial(lambda: float(_chained(5, 0.1)[6]))),
    *(
        _exact(f"rank agreement after endless comparisons, shared bias {bias:g}", 1 - 2 * wrong / 66,
               f"{wrong} of 66 pairs lie closer than the bias and have only their worse item flatter",
               partial(lambda bias: _limit(0.1, bias).limit_agreement, bias))
        for bias, wrong in ((0.2, 0), (0.5, 3), (1.0, 7), (2.0, 11))
    ),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _right(result: RewardModelResult) -> bool:
    return result.limit_agreement == 1.0


def _even_keeps_order() -> bool:
    """Whatever the share of random answers, endless comparisons order twelve answers right, and 256 of each pair nearly do."""
    return all(_right(_limit(error)) for error in ERRORS) and bool(_seen(0.4, 0.0, 256).agreement[:, -1].min() > 0.93)


def _uneven_reverses() -> bool:
    """A worse answer known through a chain overtakes a better one; without errors it does not."""
    learned, faultless = _chained(5, 0.1), _chained(5, 0.0)
    return bool(learned[5] > learned[6] + 1 and faultless[6] > faultless[5])


def _bias_stays() -> bool:
    """Sixty-four times the comparisons do not bring the order of biased raters closer to the true one than its limit."""
    seen = _seen(0.1, 2.0, 256)
    late, limit = seen.agreement[:, -1].mean(), _limit(0.1, 2.0).limit_agreement
    return bool(limit < 0.7 and abs(late - limit) < 0.03)


def _bias_beneath_notice() -> bool:
    return _right(_limit(0.0, 0.4)) and _right(_limit(0.4, 0.4))


def _fickle_keeps_order() -> bool:
    return all(_right(_limit(0.0, 0.0, mind)) for mind in (0.5, 1.0, 2.0, 3.0))


def _fickle_reverses() -> bool:
    """Fickleness shrinks small margins more than large ones, so here the chain loses to the shortcut."""
    chain, shortcut = 11 * pair_margin(0.5, 0.0, 2.0), pair_margin(5.2, 0.0, 2.0)
    return bool(11 * 0.5 > 5.2 and chain < shortcut)


def _more_repairs() -> bool:
    tau = _seen(0.4, 0.0, 256).agreement.mean(axis=0)
    return bool(tau[0] < 0.7 and tau[-1] > 0.98 and (np.diff(tau) > 0).all())


def _pair_capped() -> bool:
    margins = np.array([1.0, 5.0, 20.0, 30.0])
    return all(bool((pair_margin(margins, error) <= cap(error)).all()) for error in ERRORS)


def _others_stretch() -> bool:
    return all(float(np.ptp(_limit(error).limit_score)) > cap(error) for error in (0.1, 0.2, 0.4))


def _order_of_wins() -> bool:
    """The order of scores is the order of wins for even comparisons, whatever the answers."""
    rng = default_rng(3)
    for _ in range(20):
        upper = np.triu(rng.random((6, 6)), 1)
        wins = upper + np.tril(1 - upper.T, -1)
        if rank_agreement(fit(wins), wins.sum(axis=1)) != 1.0:
            return False
    return True


def _order_of_wins_fails() -> bool:
    wins = chain_wins(5, 0.0)
    return bool(rank_agreement(fit(wins), wins.sum(axis=1)) < 1)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="reward model: random errors in feedback make the learned order wrong",
        section=SECTION,
        statement="Feedback is noisy, and what is learned from it is therefore wrong, however much of it there is.",
        model="Bradley-Terry fit to comparisons of which a share e is answered at random",
        assumptions="one true score for each answer; errors that do not depend on the answers",
        holds="pairs asked unevenly: an answer worth 5, known through a chain of neighbors, overtakes one worth 6 that is known "
        "through a single long comparison",
        fails="every pair asked equally often, any share of random answers below 1: endless comparisons order all answers right",
        verdict="holds in a window",
        in_holds=_uneven_reverses,
        in_fails=_even_keeps_order,
    ),
    Claim(
        name="reward model: a shared bias is not repaired by more comparisons",
        section=SECTION,
        statement="What all raters get wrong in the same way, the reward model learns, however many comparisons it is given.",
        model="the same fit, raters who add a bonus to half of the answers",
        assumptions="the fit is not told which answers get the bonus",
        holds="a bonus larger than the margins between neighbors: at 2 logits, 11 of 66 pairs stay in the wrong order",
        fails="a bonus smaller than every margin: the order is right, although the scores are not",
        verdict="holds",
        in_holds=_bias_stays,
        in_fails=_bias_beneath_notice,
    ),
    Claim(
        name="reward model: fickle raters make the learned order wrong",
        section=SECTION,
        statement="Raters change their minds from day to day, and the order learned from them is therefore wrong.",
        model="the same fit, raters whose opinion of a pair scatters around the mean, anew for every comparison",
        assumptions="opinions scatter evenly to both sides and do not drift",
        holds="pairs asked unevenly: small margins shrink more than large ones; eleven steps of 0.5 seem less than one of 5.2",
        fails="every pair asked equally often: endless comparisons order all answers right at any fickleness",
        verdict="holds in a window",
        in_holds=_fickle_reverses,
        in_fails=_fickle_keeps_order,
    ),
    Claim(
        name="reward model: more comparisons repair the order",
        section=SECTION,
        statement="Errors of raters average out.",
        model="the same fit to 1 to 256 comparisons of each pair, twenty data sets",
        assumptions="every pair asked equally often",
        holds="errors at random: with 40 % of the answers random, Kendall's tau rises from below 0.7 to above 0.98",
        fails="errors that raters share: with a bias of 2 it settles at 0.67",
        verdict="holds in a window",
        in_holds=_more_repairs,
        in_fails=_bias_stays,
    ),
    Claim(
        name="reward model: random errors cap what margins can be learned",
        section=SECTION,
        statement="With a share e of random answers no learned margin exceeds ln((2 - e) / e).",
        model="Bradley-Terry fit to expected answers",
        assumptions="a fit that knows nothing of the errors",
        holds="a pair that is learned alone",
        fails="twelve answers learned together: those in between stretch the scores beyond the cap",
        verdict="holds in a window",
        in_holds=_pair_capped,
        in_fails=_others_stretch,
    ),
    Claim(
        name="reward model: the order of scores is the order of wins",
        section=SECTION,
        statement="A Bradley-Terry fit ranks answers by how often they win.",
        model="fits to random expected answers of six items",
        assumptions="none about the raters",
        holds="every pair asked equally often",
        fails="pairs asked unevenly: an answer may win often because it met weak ones",
        verdict="holds in a window",
        in_holds=_order_of_wins,
        in_fails=_order_of_wins_fails,
    ),
)
