"""Targets and claims on the share of goals that avoid shutdown."""

from __future__ import annotations

from functools import cache, partial

from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.reward_share import (
    SAMPLED_COUNTS,
    RewardShareParams,
    RewardShareResult,
    avoid_share,
    break_even_shift,
    simulate,
)

__all__ = ["CLAIMS", "TARGETS"]

DRAWS = 200_000


@cache
def _sampled() -> RewardShareResult:
    return simulate(RewardShareParams(draws=DRAWS), default_rng(2021))


def _share(*law: float) -> float:
    """Exact share for alternatives, shift, correlation, discount."""
    alternatives, *rest = law
    return float(avoid_share(int(alternatives), *rest))


def _counted(k: int) -> Target:
    return Target(
        name=f"reward share: {k} alternative{'s' * (k > 1)}", value=k / (k + 1), tolerance=1e-11, kind="exact",
        source="turner2021", place="Corollary 6.14 (at least half); k / (k + 1) by counting equally likely goals",
        why="quadrature", compute=partial(_share, k),
    )  # fmt: skip


def _drawn(k: int) -> Target:
    share = k / (k + 1)
    return Target(
        name=f"reward share: {k} alternative{'s' * (k > 1)}, sampled", value=share,
        tolerance=4 * (share * (1 - share) / DRAWS) ** 0.5, kind="monte carlo", source="book",
        place="k / (k + 1)", why="four standard errors of 200,000 draws",
        compute=lambda: _sampled().sampled[SAMPLED_COUNTS.index(k)],
    )  # fmt: skip


def _figure(name: str, value: float, place: str, compute: partial[float]) -> Target:
    return Target(
        name=f"reward share: {name}", value=value, tolerance=5e-5, kind="exact", source="book", place=place,
        why="rounding of the printed figure", compute=compute,
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(_counted(k) for k in (1, 2, 5, 10)),
    *(_drawn(k) for k in (1, 2, 5, 10)),
    _figure("break-even shift, 2 alternatives", 0.5565, "root of the quadrature", partial(break_even_shift, 2)),
    _figure("break-even shift, 5 alternatives", 1.1526, "root of the quadrature", partial(break_even_shift, 5)),
    _figure("break-even shift, 10 alternatives", 1.5287, "root of the quadrature", partial(break_even_shift, 10)),
    _figure("5 alternatives, shift 1", 0.5506, "quadrature", partial(_share, 5, 1.0)),
    _figure("5 alternatives, correlation 0.5", 0.7341, "quadrature", partial(_share, 5, 0.0, 0.5)),
    _figure("5 alternatives, correlation 0.9", 0.6039, "quadrature", partial(_share, 5, 0.0, 0.9)),
    _figure("5 alternatives, discount 0.5", 0.7090, "quadrature", partial(_share, 5, 0.0, 0.0, 0.5)),
    Target(
        name="reward share: 5 alternatives that are one and the same", value=0.5, tolerance=1e-11, kind="limit",
        source="book", place="correlation 1", why="quadrature", compute=partial(_share, 5, 0.0, 1.0),
    ),
)  # fmt: skip


def _most_avoid() -> bool:
    sampled = _sampled().sampled
    return all(_share(k) > 0.5 for k in range(2, 200)) and bool((sampled[1:] > 0.5).all())


def _most_accept() -> bool:
    beyond = all(_share(k, break_even_shift(k) + 0.01) < 0.5 for k in (1, 2, 5, 10, 1000))
    drawn = simulate(RewardShareParams(shift=1.5, draws=20_000), default_rng(2022))
    return beyond and drawn.share < 0.5 and _share(5, 0.5, 0.9) < 0.5 and _share(5, 0.7, 0.0, 0.5) < 0.5


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="reward share: most goals avoid shutdown",
        section="3.2",
        statement="For most goals it is best to avoid being shut down.",
        model="One shutdown state against k alternatives with random rewards (`corrigibility.reward_share`).",
        assumptions="Normal rewards; the agent is optimal for its goal. Training does not draw goals from such a law, so "
        "the share is a count of goals, not a forecast of agents.",
        holds="If shutdown is one of k + 1 equally likely favorites and k is 2 or more: the share is k / (k + 1), by symmetry "
        "and under any continuous law.",
        fails="Beyond the break-even shift in favor of shutdown: 1.15 standard deviations for 5 alternatives, 0.37 if they "
        "correlate by 0.9, 0.58 at a discount of 0.5.",
        verdict="holds in a window",
        in_holds=_most_avoid,
        in_fails=_most_accept,
    ),
)
