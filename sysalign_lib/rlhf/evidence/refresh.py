"""Targets and the claim of refreshed reward models."""

from __future__ import annotations

from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.rlhf.evidence.gao import target
from sysalign_lib.rlhf.refresh import RefreshParams, simulate, solve

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"


def _rounds(every: int, curvature: float = 0.15, ratings: int = 4_000) -> float:
    return float(solve(RefreshParams(every=every, turn=0.0, curvature=curvature, ratings=ratings)).expected[-1])


TARGETS: tuple[Target, ...] = (
    target("refreshed each round, curvature 0.15, true value after 16 rounds without error", (1 - 0.85**32) / 0.6, 1e-4,
            "closed form, (1 - (1 - 2 c step)^32) / (4 c)", lambda: _rounds(1, ratings=10_000_000),
            "error left by 10 million ratings", "limit"),
    target("never refreshed, curvature 0.15, true value after 16 rounds without error", 8 - 0.15 * 64, 1e-4,
            "closed form, s - c s^2 at s = 8", lambda: _rounds(16, ratings=10_000_000),
            "error left by 10 million ratings", "limit"),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _refreshing_helps() -> bool:
    """Past the peak, with and without a turning wish, exact and simulated."""
    seen = simulate(RefreshParams(every=1, turn=5.0), default_rng(3))
    exact = _rounds(1) > 1.6 and _rounds(16) < -1.5
    return bool(exact and seen.sampled[-1] > 1.25 and seen.stale[-1] < -8)


def _refreshing_costs() -> bool:
    """Before the peak a stale slope is steeper; and a wish that turns fast is missed even by who asks every round."""
    before = _rounds(16, curvature=0.05) > _rounds(1, curvature=0.05) + 0.7
    fast = solve(RefreshParams(every=1, turn=10.0)).expected
    return bool(before and fast[-1] < 0.6 * fast.max())


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="overoptimization: alignment must incorporate ongoing feedback",
        section=SECTION,
        statement="A reward model that is trained again on the way keeps optimization from turning into harm.",
        model="policy moved in 16 rounds, reward model refitted to its own answers every round or never",
        assumptions="unbiased ratings; people's wishes move by themselves and are not moved by the policy",
        holds="curvature 0.15: refreshed, the true value ends near the most there is; never refreshed, it ends below 0; also "
        "where the wish turns by 5 degrees a round",
        fails="before the peak (curvature 0.05) refreshing only slows the gain; and a wish that turns by 10 degrees a round is "
        "missed even by who asks every round",
        verdict="holds in a window",
        in_holds=_refreshing_helps,
        in_fails=_refreshing_costs,
    ),
)
