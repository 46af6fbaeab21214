"""Targets and claims of maximum entropy."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.maxent import MaxentParams, MaxentResult, action_paths, maxent_paths, solve

__all__ = ["CLAIMS", "TARGETS", "forked"]

NO_EDGE = -np.inf
WORLD = "5 x 5 grid, 20 steps from the near corner, reward 1 at the far corner and -0.5 in the middle, 30 % noise"


def forked(*, forks: bool = True) -> np.ndarray:
    """Edges of three courses of equal reward, one of them direct, two through a common node; or, without forks, all direct."""
    edges = np.full((6, 6), NO_EDGE)
    if forks:
        edges[0, [1, 2]] = edges[2, [3, 4]] = 0
        edges[[1, 3, 4], 5] = 0
    else:
        edges[0, [1, 2, 3]] = edges[[1, 2, 3, 4], 5] = 0
    return edges


@lru_cache(maxsize=4)
def _exact(noise: float = 0.3, horizon: int = 20) -> MaxentResult:
    return solve(MaxentParams(noise=noise, horizon=horizon))


def _path(place: int) -> float:
    return float(maxent_paths(forked())[place])


def _by_action(place: int) -> float:
    return float(action_paths(forked())[place])


def _zero(name: str, tolerance: float, measure: str) -> Target:
    return Target(
        name=f"maximum entropy: {name}", value=0, tolerance=tolerance, kind="exact", source="ziebart2010",
        place=f"the gradient is a difference of visits; {WORLD}", why="where L-BFGS can no longer improve the likelihood",
        compute=lambda: float(getattr(_exact(), measure)),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    _zero("error of the visits", 2e-8, "visit_error"),
    _zero("error of the policy", 4e-8, "policy_error"),
    _zero("error of the reward, a constant aside", 1.5e-7, "reward_error"),
    *(
        Target(
            name=f"maximum entropy: label bias, course {place + 1} of three equally good ones", value=1 / 3, tolerance=1e-12,
            kind="exact", source="ziebart2008", place="label bias, weights of courses", why="rounding",
            compute=partial(_path, place),
        )
        for place in range(3)
    ),
    *(
        Target(
            name=f"maximum entropy: label bias, course {place + 1}, weighed action by action", value=value, tolerance=1e-12,
            kind="exact", source="ziebart2008", place="label bias, weights of actions", why="rounding",
            compute=partial(_by_action, place),
        )
        for place, value in enumerate((0.5, 0.25, 0.25))
    ),
)  # fmt: skip

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="maximum entropy: the reward is found",
        section="3.1",
        statement="From the visits of one person with fixed values, maximum causal entropy returns the reward up to a constant.",
        model="maxent",
        assumptions="soft choices of a known temperature, a known world, exact visits, a reward of states",
        holds="30 % noise, 20 steps: error below 1e-6",
        fails="100 % noise, or a single step: visits do not depend on the reward, and nothing is learned",
        verdict="cuts against the paper",
        in_holds=lambda: _exact().reward_error < 1e-6,
        in_fails=lambda: min(_exact(noise=1.0).reward_error, _exact(horizon=1).reward_error) > 0.2,
    ),
    Claim(
        name="maximum entropy: forks make a course unlikely",
        section="3.1",
        statement="A model that weighs single actions reads a dislike into courses that merely pass more forks.",
        model="maxent",
        assumptions="three courses of equal reward, no chance",
        holds="two of the courses share a node: 1/2, 1/4, 1/4 although nobody prefers the first",
        fails="no shared node, or courses weighed as wholes: 1/3 each",
        verdict="holds in a window",
        in_holds=lambda: bool(np.allclose(action_paths(forked()), (0.5, 0.25, 0.25))),
        in_fails=lambda: bool(
            np.allclose(action_paths(forked(forks=False)), 1 / 3) and np.allclose(maxent_paths(forked()), 1 / 3)
        ),
    ),
)
