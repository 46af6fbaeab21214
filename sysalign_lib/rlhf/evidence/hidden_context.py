"""Targets and claims of hidden context."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.rlhf.hidden_context import (
    Asking,
    HiddenContextParams,
    borda,
    bradley_terry,
    cliff,
    healing_noise,
    mean_and_spread,
    options_at,
    simulate,
    solve,
    win_chance,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"
PAPER = "siththaranjan2024"
WORLD = HiddenContextParams()
DRAWS = 400_000
NEAR = 1e-9

BORDA = ((0.2, 0.3), (0.5, 0.6), (0.8 - NEAR, 0.9), (0.8, 0.475), (0.9, 0.5), (1.0, 0.525))
HEALING = ((0.3, 1.4084), (0.5, 0.632), (0.7, 0.2585))


def _win_rate(option: float) -> float:
    return float(borda(option, WORLD))


def _played(option: float) -> float:
    """Win rate by dice, written without the model: option against random options, luck drawn for each."""
    rng = default_rng(round(1e6 * option))
    mine, his = np.full(DRAWS, option), rng.random(DRAWS)
    luck, his_luck = rng.random(DRAWS) < 0.5, rng.random(DRAWS) < 0.5
    worth = np.where(mine >= 0.8, 2 * mine * luck, mine)
    other = np.where(his >= 0.8, 2 * his * his_luck, his)
    return float((worth > other).mean() + (worth == other).mean() / 2)


@lru_cache(maxsize=1)
def _fitted() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return bradley_terry(WORLD, 200)


def _best_fitted() -> float:
    option, score = _fitted()
    return float(option[score.argmax()])


def _equal_fitted() -> float:
    """The sure option that is scored like the last one, a = 0.9975, between two of the grid."""
    option, score = _fitted()
    return float(np.interp(score[-1], score[:160], option[:160]))


def _first_above() -> float:
    """The first sure option of the grid that is scored above the last one."""
    option, score = _fitted()
    return float(option[:160][score[:160] > score[-1]][0])


def _turning(together: bool) -> float:
    """The share at which the win rates of a = 1 and of the best sure option meet, by root finding without the closed form."""

    def gain(share: float) -> float:
        world = replace(WORLD, share=share, together=together)
        return float(borda(1.0, world) - borda(math.nextafter(0.8, 0), world))

    return float(brentq(gain, 0.1, 0.999, xtol=1e-13))


def _healing(share: float) -> float:
    return healing_noise(replace(WORLD, share=share))


def _exact(name: str, value: float, place: str, compute: partial[float], source: str = "book") -> Target:
    return Target(
        name=f"hidden context: {name}", value=value, tolerance=5.5e-7, kind="exact", source=source, place=place,
        why="rounding of the sixth decimal", compute=compute,
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(
        _exact(f"win rate of a = {option:.3g}" + (", just below the edge" if value == 0.9 else ""), value,
               "their 1-D experiment, exact", partial(_win_rate, option), PAPER)
        for option, value in BORDA[2:4]
    ),
    *(
        _exact(f"win rate of a = {option:.3g}, closed form", value, "a + .1 below .8, .475 + .25 (a - .8) above",
               partial(_win_rate, option))
        for option, value in BORDA if option not in (BORDA[2][0], 0.8)
    ),
    *(
        Target(
            name=f"hidden context: win rate of a = {option:.3g}, played with dice" + (", just below the edge" * (value == 0.9)),
            value=value, tolerance=4 * math.sqrt(value * (1 - value) / DRAWS) + 1e-8, kind="monte carlo", source="book",
            place="a + .1 below .8, .475 + .25 (a - .8) above", why="four standard errors of 400,000 comparisons",
            compute=partial(_played, option),
        )
        for option, value in BORDA
    ),
    _exact("fall of the win rate at the edge", 0.425, "(1 - p) (1 - (1 - e) (1 + p) / 2)", partial(cliff, WORLD)),
    _exact("fall of the win rate at the edge, luck shared", 0.45, "(1 - p) (1 + e) / 2",
           partial(cliff, replace(WORLD, together=True))),
    Target(
        name="hidden context: best option by Bradley-Terry on 200 options", value=0.7975, tolerance=1e-9, kind="exact",
        source="book", place="the last option below the edge", why="a point of the grid", compute=_best_fitted,
    ),
    Target(
        name="hidden context: sure option scored like the last one, a = 0.9975, by Bradley-Terry on 200 options",
        value=0.424375, tolerance=1.25e-3, kind="limit", source="book", place="equal win rates: a - .1 + .525 - .1",
        why="a quarter of the grid's step, since scores bend between its points", compute=_equal_fitted,
    ),
    Target(
        name="hidden context: first sure option that Bradley-Terry scores above the last one", value=0.4275, tolerance=1e-9,
        kind="exact", source="book", place="200 options; the next below .424375 is .4225", why="a point of the grid",
        compute=_first_above,
    ),
    _exact("share of lucky people at which the learner turns, edge 0.8", 0.830952,
           "(sqrt(2 - e^2) - 1) / (1 - e), found without it by root finding", partial(_turning, False)),
    _exact("share of lucky people at which the learner turns, luck shared", 9 / 11,
           "(1 + e) / (3 - e), found without it by root finding", partial(_turning, True)),
    *(
        Target(
            name=f"hidden context: noise that heals, share {share:g}", value=value, tolerance=5.5e-5, kind="exact", source="book",
            place="win rates of a = 1 and of the best sure option meet", why="rounding of the fourth decimal",
            compute=partial(_healing, share),
        )
        for share, value in HEALING
    ),
)  # fmt: skip


# Claims -----------------------------------------------------------------------------------------------------------

LOTS = 200_000


def _top(asked: Asking, noise: float, share: float = 0.5) -> tuple[float, float, float]:
    """Score of the last option and of the best sure one, from simulated answers, and their joint standard error."""
    params = replace(WORLD, asking=asked, noise=noise, share=share, answers=LOTS)
    seen = simulate(params, default_rng(7))
    return float(seen.score[-1]), float(seen.score[31]), float(np.hypot(seen.score_error[-1], seen.score_error[31]))


def _risky_loses(asked: Asking, noise: float, share: float = 0.5) -> bool:
    top, sure, error = _top(asked, noise, share)
    return top < sure - 4 * error


def _risky_wins(asked: Asking, noise: float, share: float = 0.5) -> bool:
    top, sure, error = _top(asked, noise, share)
    return top > sure + 2 * error


def _cliff_everywhere() -> bool:
    edges, shares = np.linspace(0.1, 0.95, 18), np.linspace(0.05, 0.95, 19)
    worlds = [HiddenContextParams(edge=e, share=p, together=t) for e in edges for p in shares for t in (False, True)]
    return all(cliff(one) > 0 for one in worlds)


def _shared_utility_is_safe() -> bool:
    """One utility for all and logistic noise, or normal noise in each option's worth: the win rate rises in a."""
    option = options_at(400)
    logistic = [borda(option, replace(WORLD, share=1.0, noise=noise)) for noise in (0.0, 0.1, 0.5, 2.0)]
    normal = [ndtr((option[:, None] - option) / size).mean(1) for size in (0.1, 0.5, 2.0)]
    return all((np.diff(one) > 0).all() for one in (*logistic, *normal))


def _fitted_spread(share: float) -> tuple[float, float]:
    """Mean of a = 0.975 on the scale of the sure options, least spread beyond the edge over the greatest below it."""
    option = options_at(20)
    mean, spread = mean_and_spread(win_chance(option[:, None], option, replace(WORLD, share=share, noise=0.1)))
    on_scale = option[0] + (mean[-1] - mean[0]) / (mean[15] - mean[0]) * (option[15] - option[0])
    return float(on_scale), float(spread[16:].min() / spread[12:16].max())


def _spread_warns() -> bool:
    risky, safe = [_fitted_spread(share)[1] for share in (0.3, 0.5, 0.7)], _fitted_spread(1.0)[1]
    return min(risky) > 10 and safe < 1.5


def _spread_mean_is_off() -> bool:
    return _fitted_spread(0.3)[0] < 0.5 * 0.975 and _fitted_spread(0.7)[0] > 2 * 0.975


def _deaf_to_context() -> bool:
    """Without noise the context changes nothing: the same scores, cliff included."""
    told, hidden = (solve(replace(WORLD, asking=asked)) for asked in (Asking.CONTEXT, Asking.HIDDEN))
    return bool((told.curve_score == hidden.curve_score).all()) and _risky_loses(Asking.CONTEXT, 0.0)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="hidden context: pooled answers hide who gains and who loses",
        section=SECTION,
        statement="A reward model learned from everybody's answers can prefer what is worse on average for those who gave them.",
        model="Borda count and Bradley-Terry, risky options beyond an edge, simulated raters",
        assumptions="luck drawn for each option, or shared by both; complete uniform comparisons",
        holds="a fall at every edge and share below 1 if raters do not err; at share 0.5 the learner picks 0.8 over 1",
        fails="one utility for all, with symmetric noise of any size: the win rate rises with the option's worth",
        verdict="holds in a window",
        in_holds=lambda: _cliff_everywhere() and _risky_loses(Asking.HIDDEN, 0.0),
        in_fails=_shared_utility_is_safe,
    ),
    Claim(
        name="hidden context: noisy feedback is what breaks the reward model",
        section=SECTION,
        statement="The noise of human feedback is what makes the learned reward wrong.",
        model="Borda count with logistic raters, simulated",
        assumptions="context hidden, edge 0.8",
        holds="nowhere here; at a share of 0.3 a noise of 0.25 is too small to heal, and the fall stays",
        fails="raters without noise mislead the learner, the same raters with noise 1 lead it to the best option",
        verdict="cuts against the paper",
        in_holds=lambda: _risky_loses(Asking.HIDDEN, 0.25, 0.3),
        in_fails=lambda: _risky_loses(Asking.HIDDEN, 0.0) and _risky_wins(Asking.HIDDEN, 1.0),
    ),
    Claim(
        name="hidden context: asking for the context repairs the reward",
        section=SECTION,
        statement="A learner that is told how an option turned out recovers what it is worth on average.",
        model="Bradley-Terry over options in contexts, simulated raters",
        assumptions="logistic noise of known size",
        holds="noise 0.25, share 0.5: a = 1 is scored above every sure option",
        fails="raters who never err, who say which and never how much; or a gain so great that nobody errs about it, share 0.1",
        verdict="holds in a window",
        in_holds=lambda: _risky_wins(Asking.CONTEXT, 0.25),
        in_fails=lambda: _deaf_to_context() and _risky_loses(Asking.CONTEXT, 0.25, 0.1),
    ),
    Claim(
        name="hidden context: sure amounts repair the reward",
        section=SECTION,
        statement="Answers about sure amounts give every option its mean, whoever answers and however surely.",
        model="win rate against a ladder of sure amounts, simulated raters",
        assumptions="the ladder reaches as far as the gains",
        holds="the ladder from 0 to 1 / p: a = 1 is scored above every sure option",
        fails="the options themselves as the ladder, which ends at the edge",
        verdict="holds",
        in_holds=lambda: all(_risky_wins(Asking.AMOUNTS, 0.0, share) for share in (0.3, 0.5, 0.7)),
        in_fails=lambda: all(_risky_loses(Asking.HIDDEN, 0.0, share) for share in (0.3, 0.5, 0.7)),
    ),
    Claim(
        name="hidden context: a fitted spread repairs the reward",
        section=SECTION,
        statement="Fitting a mean and a spread to each option tells what hidden context does to it.",
        model="mean-and-variance distributional preference learning on unlimited comparisons of 20 options",
        assumptions="normal distribution of each option's worth, a small ridge",
        holds="as a warning: the spread is more than ten times as large beyond the edge, and is not where all share one utility",
        fails="as a mean: a = 0.975 gets less than half of what it is worth at a share of 0.3, more than twice as much at 0.7",
        verdict="holds in a window",
        in_holds=_spread_warns,
        in_fails=_spread_mean_is_off,
    ),
)
