"""Targets and claims of the constitution that is amended while it shapes those who amend it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.rlhf.amendment import (
    AmendmentParams,
    AmendmentResult,
    boundary,
    capture,
    runaway_speed,
    runaway_tracking,
    settled,
    simulate,
    solve,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"
QUIET = AmendmentParams(drift=0.01, bias=0.0)  # unbiased, as the table of influences has it
LOBBIED = AmendmentParams(drift=0.1, bias=1.0)
INFLUENCES = (0.0, 0.1, 0.5, 0.9)
TRACKING = (0.0891, 0.0529, 0.0238, 0.0191)
VARIANCE = (0.2525, 0.2647, 1.156, 2.220)
SHIFT = (0.0, 0.1506, 1.2339, 2.3578)
BOUNDARY = ((0.0, 0.00959), (0.5, 0.20847), (1.0, 0.80511))
RUNS = 4000


def _end(influence: float, at: str = "value") -> float:
    """The settled mean by the linear system, not by the formula."""
    return float(getattr(settled(replace(LOBBIED, influence=influence)), at))


def _fixed_end(influence: float) -> float:
    """Where people end under a fixed text at 1, by 2,000 steps of the mean."""
    return float(solve(AmendmentParams(start=1.0, influence=influence, steps=2000)).value_mean[0, -1])


def _long_run(influence: float, at: str) -> float:
    return float(getattr(settled(replace(QUIET, influence=influence)), at))


def _edge(bias: float) -> float:
    return float(boundary(AmendmentParams(bias=bias), np.array([0.1]))[0])


def _edge_at_gain(gain: float) -> float:
    """The drift that justifies adapting under a bias of 1, in units of the gain."""
    return float(boundary(replace(LOBBIED, gain=gain), np.array([0.1]))[0]) / gain


@lru_cache(maxsize=1)
def _many() -> AmendmentResult:
    return simulate(replace(LOBBIED, runs=RUNS), default_rng(2022))


def _off(at: str, which: int) -> float:
    """By how many standard errors the simulation misses the exact cost of a rule."""
    seen = _many()
    gap = getattr(seen, f"seen_{at}")[which] - getattr(seen, at)[which]
    return float(gap / getattr(seen, f"seen_{at}_error")[which])


def _off_mean() -> float:
    seen = _many()
    return float((seen.seen_value[1, -1] - seen.drag) / seen.seen_value_error[1, -1])


def _target(name: str, value: float, tolerance: float, place: str, compute: object, why: str) -> Target:
    return Target(
        name=f"amendment: {name}", value=value, tolerance=tolerance, kind="exact", source="book", place=place,
        why=why, compute=compute,  # type: ignore[arg-type]
    )  # fmt: skip


def _simulated(name: str, compute: object) -> Target:
    return Target(
        name=f"amendment: {name}, simulated against exact", value=0.0, tolerance=4.0, kind="monte carlo", source="book",
        place="4,000 societies, 200 steps, drift 0.1, influence 0.1, bias 1", why="four standard errors",
        compute=compute,  # type: ignore[arg-type]
    )  # fmt: skip


TABLE = "pull home 0.02, gain 0.1, drift 0.01, noise 1; Lyapunov equation"
ROUNDED = "rounding of the fourth figure"

TARGETS: tuple[Target, ...] = (
    *(
        _target(f"where people end under a bias of 1 at influence {influence:g}", end, 1e-9, "kappa b / eta, pull home 0.02",
                partial(_end, influence), "a linear system of three equations")
        for influence, end in ((0.02, 1.0), (0.1, 5.0))
    ),
    _target("where the adapting rule ends under a bias of 1 at influence 0.1", 6.0, 1e-9, "theta + b", partial(_end, 0.1, "rule"),
            "a linear system of three equations"),
    _target("where people end under a bias of 1 at influence 0.1, formula", 5.0, 1e-12, "kappa b / eta",
            partial(capture, 0.1, 1.0, 0.02), "rounding of floats"),
    _target("where people end under a fixed text at 1, influence 0.1", 0.1 / 0.12, 1e-9,
            "kappa m0 / (eta + kappa), from 2,000 steps", partial(_fixed_end, 0.1), "0.88^2000 is left of the start"),
    _target("where people end under a fixed text at 1, influence 1", 1 / 1.02, 1e-9, "kappa m0 / (eta + kappa), from 2,000 steps",
            partial(_fixed_end, 1.0), "0.02^2000 is left of the start"),
    *(
        _target(f"tracking error at influence {influence:g}", value, 5.5e-5, TABLE,
                partial(_long_run, influence, "tracking"), ROUNDED)
        for influence, value in zip(INFLUENCES, TRACKING, strict=True)
    ),
    *(
        _target(f"variance of people's values at influence {influence:g}", value, 5.5e-4 if value > 1 else 5.5e-5, TABLE,
                partial(_long_run, influence, "variance"), ROUNDED)
        for influence, value in zip(INFLUENCES, VARIANCE, strict=True)
    ),
    *(
        _target(f"shift of people's values at influence {influence:g}", value, 5.5e-5, TABLE,
                partial(_long_run, influence, "shift"), ROUNDED)
        for influence, value in zip(INFLUENCES, SHIFT, strict=True)
    ),
    *(
        _target(f"tracking error without a pull home at influence {influence:g}", value, 5.5e-7,
                "lemma, gain 0.1, drift 0.01, noise 1", partial(runaway_tracking, 0.01, 1.0, 0.1, influence),
                "rounding of the sixth decimal")
        for influence, value in ((0.0, 0.095263), (0.1, 0.052632), (0.5, 0.022696), (0.9, 0.018248))
    ),
    *(
        _target(f"speed at which people are dragged without a pull home, influence {influence:g}", value, 5.5e-7,
                "lemma, gain 0.1, bias 1", partial(runaway_speed, 0.1, influence, 1.0), "rounding of the sixth decimal")
        for influence, value in ((0.1, 0.052632), (0.5, 0.090909), (0.9, 0.098901))
    ),
    *(
        _target(f"drift at which both rules cost the same under a bias of {bias:g}", value, 5.5e-6,
                "200 steps, influence 0.1, gain 0.1, pull home 0.02, noise 1", partial(_edge, bias),
                "rounding of the fifth decimal")
        for bias, value in BOUNDARY
    ),
    Target(
        name="amendment: the boundary falls to 0 with the gain, at 23.80 gains", value=23.80, tolerance=0.05, kind="limit",
        source="book", place="drift of equal cost over gain, gain 0.0001, bias 1, influence 0.1, 200 steps",
        why="the next term is of the order of the gain times the horizon, and rounding", compute=partial(_edge_at_gain, 1e-4),
    ),
    _simulated("tracking under the fixed rule", partial(_off, "tracking", 0)),
    _simulated("tracking under the adapting rule", partial(_off, "tracking", 1)),
    _simulated("shift under the fixed rule", partial(_off, "shift", 0)),
    _simulated("shift under the adapting rule", partial(_off, "shift", 1)),
    _simulated("where people stand after 200 steps", _off_mean),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _saves(params: AmendmentParams) -> float:
    """What adapting saves as simulated, in standard errors of the sum of its four parts taken as if independent."""
    seen = simulate(replace(params, runs=1000), default_rng(11))
    cost = seen.seen_tracking + params.weight * seen.seen_shift
    parts = [*seen.seen_tracking_error, *(params.weight * seen.seen_shift_error)]
    return float((cost[0] - cost[1]) / np.sum(parts))  # their plain sum bounds the error whatever the dependence


def _drift_dominates() -> bool:
    return min(_saves(AmendmentParams()), _saves(AmendmentParams(drift=1.0)), _saves(replace(LOBBIED, drift=3.0))) > 4


def _capture_dominates() -> bool:
    return (
        max(_saves(LOBBIED), _saves(replace(LOBBIED, influence=0.2)), _saves(AmendmentParams(bias=0.5, drift=0.03)))
        < -4
    )


def _matching_serves() -> bool:
    """Without influence nobody is moved, and the rule that matches better costs less."""
    quiet = [settled(replace(QUIET, influence=0.0, gain=gain)) for gain in (0.02, 0.1)]
    return max(one.shift for one in quiet) < 1e-12 and quiet[1].tracking < quiet[0].tracking


def _matching_deceives() -> bool:
    """With influence the error falls as the shift rises, biased or not."""
    for bias in (0.0, 1.0):
        runs = [solve(replace(QUIET, bias=bias, influence=influence, steps=1000)) for influence in INFLUENCES]
        tracking, shift = np.array([one.tracking[1] for one in runs]), np.array([one.shift[1] for one in runs])
        if not ((np.diff(tracking) < 0).all() and (np.diff(shift) > 0).all()):
            return False
    seen = [simulate(replace(QUIET, influence=influence), default_rng(5)) for influence in (0.0, 0.9)]
    return bool(seen[1].seen_tracking[1] < seen[0].seen_tracking[1] and seen[1].seen_shift[1] > 0.5)


def _leaves_alone() -> bool:
    return bool(solve(AmendmentParams(influence=0.0)).shift[0] < 1e-12)


def _locks_in() -> bool:
    """A fixed rule with influence holds drifting people back more than an unbiased adapting one moves them."""
    seen = simulate(AmendmentParams(), default_rng(4))
    return bool(seen.seen_shift[0] - 4 * seen.seen_shift_error[0] > seen.seen_shift[1] + 4 * seen.seen_shift_error[1])


def _slow_helps_for_now() -> bool:
    slow, fast = (simulate(replace(LOBBIED, gain=gain), default_rng(6)) for gain in (0.02, 0.1))
    return bool(slow.seen_shift[1] < 0.5 * fast.seen_shift[1])


def _slow_ends_alike() -> bool:
    return bool(np.ptp([settled(replace(LOBBIED, gain=gain)).value for gain in (0.001, 0.02, 0.1, 1.0)]) < 1e-9)


def _anchored_wins() -> bool:
    """An anchored rule costs less than the fixed one and than the one that only follows, at biases up to 1."""
    held = [AmendmentParams(bias=bias, anchor=0.1) for bias in (0.25, 0.5, 1.0)]
    exact = all(solve(one).cost[1] < solve(replace(one, anchor=0.0)).cost.min() for one in held)
    seen = simulate(replace(held[1], runs=2000), default_rng(8))
    free = simulate(replace(held[1], runs=2000, anchor=0.0), default_rng(8))
    errors = 4 * float(np.sum(seen.seen_tracking_error + seen.seen_shift_error))
    cost = seen.seen_tracking + seen.seen_shift
    return bool(exact and cost[1] + errors < min(cost[0], (free.seen_tracking + free.seen_shift)[1]))


def _anchored_loses() -> bool:
    """Where people do not drift the text needs no amending, and where feedback is unbiased an anchor is a drag."""
    still, honest = solve(AmendmentParams(drift=0.0, anchor=0.1)), solve(AmendmentParams(anchor=0.1))
    return bool(still.saved < 0 and honest.cost[1] > solve(AmendmentParams()).cost[1])


def _audit_frees() -> bool:
    full, half = (solve(replace(LOBBIED, audit=audit)) for audit in (1.0, 0.5))
    return abs(full.end) < 1e-12 and abs(half.end - 2.5) < 1e-12 and full.saved > 0


def _audit_is_not_all() -> bool:
    """Unbiased but noisy feedback still moves people who listen closely, and costs more than the fixed text."""
    return bool(solve(replace(QUIET, influence=0.5, audit=1.0)).saved < 0)


WORLD = "people drawn to a rule that follows their feedback, exact moments and simulated societies"
COST = "distance of the rule to people, and of people to where they would be without it, count alike"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="amendment: a constitution should follow ongoing feedback",
        section=SECTION,
        statement="Alignment needs a rule that keeps adapting to people's feedback; a fixed text is the worse choice.",
        model=WORLD,
        assumptions=f"linear laws; {COST}; 200 steps",
        holds="people's own drift dominates: unbiased feedback at drift 0.1 or 1, or a bias of 1 at drift 3",
        fails="capture dominates: a bias of 1 at drift 0.1 and influence 0.1 or 0.2, a bias of 0.5 at drift 0.03",
        verdict="holds in a window",
        in_holds=_drift_dominates,
        in_fails=_capture_dominates,
    ),
    Claim(
        name="amendment: under biased feedback the adapting constitution is the worse one",
        section=SECTION,
        statement="Where feedback carries a persistent bias and the rule shapes people, adapting drags them and costs "
        "more than a fixed text.",
        model=WORLD,
        assumptions=f"{COST}; no anchor, no audit; gain 0.1",
        holds="a bias of 1 at drift 0.1 and influence 0.1: people end 5 units away, whatever the gain",
        fails="drift of 3, or no bias: following pays although people are dragged",
        verdict="cuts against the paper",
        in_holds=_capture_dominates,
        in_fails=_drift_dominates,
    ),
    Claim(
        name="amendment: the better a rule matches people, the better it serves them",
        section=SECTION,
        statement="A small distance between the rule and people's present values shows that feedback works.",
        model=WORLD,
        assumptions="gain 0.1, drift 0.01, noise 1; where people would have gone by themselves is known",
        holds="a rule without influence on people",
        fails="influence from 0 to 0.9: the distance falls from 0.089 to 0.019 while people are moved by ever more",
        verdict="cuts against the paper",
        in_holds=_matching_serves,
        in_fails=_matching_deceives,
    ),
    Claim(
        name="amendment: a fixed constitution leaves people's values alone",
        section=SECTION,
        statement="A rule that does not move does not move people.",
        model=WORLD,
        assumptions="the text was right when it was written",
        holds="no influence",
        fails="influence 0.1 at drift 0.1: it holds people back, by more than an unbiased adapting rule moves them",
        verdict="holds in a window",
        in_holds=_leaves_alone,
        in_fails=_locks_in,
    ),
    Claim(
        name="amendment: slow amendment protects people",
        section=SECTION,
        statement="A low gain keeps a biased feedback from dragging people's values.",
        model=WORLD,
        assumptions="bias 1, drift 0.1, influence 0.1",
        holds="a horizon of 200 steps: gain 0.02 moves them less than half as much as gain 0.1, squared",
        fails="the long run: people end kappa b / eta away at every gain",
        verdict="holds in a window",
        in_holds=_slow_helps_for_now,
        in_fails=_slow_ends_alike,
    ),
    Claim(
        name="amendment: a rule that adapts within a founding text beats both extremes",
        section=SECTION,
        statement="A constitution that adapts but is drawn back to its text costs less than a fixed one and than "
        "one that only follows.",
        model=WORLD,
        assumptions=f"{COST}; drift 0.1, influence 0.1, gain 0.1, anchor 0.1",
        holds="a bias of 0.25, 0.5 or 1",
        fails="people who do not drift (the fixed text is better), or feedback without bias (following freely is)",
        verdict="holds in a window",
        in_holds=_anchored_wins,
        in_fails=_anchored_loses,
    ),
    Claim(
        name="amendment: an independent sample of feedback makes adapting safe",
        section=SECTION,
        statement="If feedback is drawn from an unbiased sample, an adapting constitution does no harm.",
        model=WORLD,
        assumptions="the sample has no bias and the same noise",
        holds="influence 0.1 at drift 0.1: the end falls from 5 to 2.5 at half and to 0 at full audit, and adapting "
        "is the cheaper rule",
        fails="influence 0.5 at drift 0.01: the labels' noise, fed back through people, costs more than a fixed text",
        verdict="holds in a window",
        in_holds=_audit_frees,
        in_fails=_audit_is_not_all,
    ),
)
