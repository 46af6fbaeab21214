"""Targets and claims of the ambiguity of rewards."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.ambiguity import (
    AmbiguityParams,
    AmbiguityResult,
    JointFit,
    Second,
    ambiguity_dimension,
    amplification,
    context_mistake,
    explain,
    joint_fit,
    moving_corner,
    solve,
)
from sysalign_lib.value_learning.evidence.mdp import goal
from sysalign_lib.value_learning.mdp import gridworld, soft_policy

__all__ = ["CLAIMS", "TARGETS"]

Floats = NDArray[np.float64]

HERE = (0.3, 0.9)
WORLDS = {
    "one environment": (HERE,),
    "two discounts, 0.9 and 0.8": (HERE, (0.3, 0.8)),
    "two noise levels, 0.3 and 0.1": (HERE, (0.1, 0.9)),
}
DIMENSIONS = (("one environment", 25), ("two discounts, 0.9 and 0.8", 1), ("two noise levels, 0.3 and 0.1", 1))
MISTAKES = (((0.3, 0.8), 6.92), ((0.3, 0.85), 14.705), ((0.5, 0.9), 3.889142), ((0.1, 0.9), 7.000456))
DISCOUNTS = (0.9, 0.8, 0.7)
IN_STEP = (1 / 0.9 - 1 / 0.7) / (1 / 0.9 - 1 / 0.8)


def _dimension(name: str) -> float:
    return float(ambiguity_dimension(*(gridworld(5, 5, *one) for one in WORLDS[name])))


def _random_value() -> Floats:
    return 2 * default_rng(2021).standard_normal(25)


def _same_policy() -> float:
    world = gridworld()
    policy = soft_policy(goal(), world)
    return float(np.abs(soft_policy(explain(policy, _random_value(), world), world) - policy).max())


def _fit(
    changes: tuple[float, ...], settings: tuple[tuple[float, float], ...], *, state_only: bool = False
) -> JointFit:
    worlds = tuple(gridworld(5, 5, *one) for one in settings)
    rewards = [goal() + change * moving_corner() for change in changes]
    policies = tuple(soft_policy(reward, world) for reward, world in zip(rewards, worlds, strict=True))
    return joint_fit(policies, worlds, state_only=state_only)


def _error(fit: JointFit) -> float:
    gap = fit.reward - goal()[:, None]
    return float(np.abs(gap - gap.mean()).max())


def _lemma(second: tuple[float, float]) -> float:
    off = context_mistake(moving_corner(), HERE, second)
    return float(np.abs(off - off.mean()).max())


def _fitted(second: tuple[float, float]) -> float:
    return _error(_fit((0.0, 0.1), (HERE, second))) / 0.1


def _third(change: float) -> float:
    return _fit((0.0, 0.1, change), tuple((0.3, one) for one in DISCOUNTS)).misfit


def _shown(second: Second, change: float, *, state_only: bool = False) -> AmbiguityResult:
    return solve(AmbiguityParams(second=second, change=change, state_only=state_only))


def _off(second: Second, change: float) -> float:
    """Error of the smallest reward that fits."""
    return float(_shown(second, change).error[0])


def _book(name: str, value: float, tolerance: float, place: str, why: str, compute: partial[float]) -> Target:
    return Target(
        name=f"ambiguity: {name}", value=value, tolerance=tolerance, kind="exact", source="book", place=place, why=why,
        compute=compute,
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(
        Target(
            name=f"ambiguity: numbers left open, {name}", value=value, tolerance=0.5, kind="exact", source="cao2021",
            place="rewards that share an entropy-regularized policy; 5 x 5 grid", why="a rank",
            compute=partial(_dimension, name),
        )
        for name, value in DIMENSIONS
    ),
    Target(
        name="ambiguity: numbers left open, one environment, reward of states only", value=1, tolerance=0.5, kind="exact",
        source="book", place="5 x 5 grid; kim2021 has the general condition", why="a rank",
        compute=lambda: float(ambiguity_dimension(gridworld(), state_only=True)),
    ),
    Target(
        name="ambiguity: policy of another reward of the family less the demonstrator's", value=0, tolerance=1e-12,
        kind="exact", source="cao2021", place="any function of the state as soft value", why="rounding",
        compute=_same_policy,
    ),
    *(
        _book(f"{words} error per change, second environment of noise {second[0]:g} and discount {second[1]:g}", value, 5.5e-7,
              "lemma of the module", "rounding of the sixth decimal", partial(compute, second))
        for second, value in MISTAKES
        for words, compute in (("predicted", _lemma), ("fitted", _fitted))
    ),
    _book("misfit of two environments whose rewards differ by 0.1", 0, 1e-12, "lemma of the module, discounts 0.9 and 0.8",
          "rounding", partial(lambda: _fit((0.0, 0.1), (HERE, (0.3, 0.8))).misfit)),
    _book("misfit of three environments if only the second differs by 0.1", 0.0424, 5.5e-6, "discounts 0.9, 0.8, 0.7",
          "rounding of the fifth decimal", partial(_third, 0.0)),
    _book("misfit of three environments if the third differs 16 / 7 as much as the second", 0, 1e-12,
          "discounts 0.9, 0.8, 0.7: a change in step with 1 / discount", "rounding", partial(_third, 0.1 * IN_STEP)),
    _book("largest factor from log probabilities to rewards, discounts 0.9 and 0.8", 102.0379, 5.5e-5,
          "norm of the inverse that leaves out what stays open", "rounding of the fourth decimal",
          partial(amplification, gridworld(), gridworld(discount=0.8))),
)  # fmt: skip

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="ambiguity: preferences cannot be discovered",
        section="3.1",
        statement="However long one watches, behavior does not tell which reward is behind it.",
        model="ambiguity",
        assumptions="soft choices of a known temperature, known worlds, endless data, a reward of states and actions",
        holds="one environment: 25 numbers stay open, and the smallest reward that fits is off by more than 1",
        fails="a second environment of another discount or noise: all but a constant is known, off by less than 1e-9",
        verdict="cuts against the paper",
        in_holds=lambda: _shown(Second.NONE, 0.0).dimension == 25 and _off(Second.NONE, 0.0) > 1,
        in_fails=lambda: all(
            _shown(one, 0.0).dimension == 1 and _off(one, 0.0) < 1e-9 for one in Second if one is not Second.NONE
        ),
    ),
    Claim(
        name="ambiguity: preferences made by their context are misread",
        section="3.1",
        statement="A reward read off behavior in several contexts is nobody's if preferences depend on the context.",
        model="ambiguity",
        assumptions="as before; in the second environment the reward of two states differs by a small amount",
        holds="a change of 0.1: off by 0.69, 6.9 times the change, at discounts 0.9 and 0.8",
        fails="no change: the reward is found",
        verdict="holds",
        in_holds=lambda: bool(np.isclose(_off(Second.DISCOUNT_80, 0.1), 0.692)),
        in_fails=lambda: _off(Second.DISCOUNT_80, 0.0) < 1e-9,
    ),
    Claim(
        name="ambiguity: the misreading cannot be seen",
        section="3.1",
        statement="The fit is perfect although preferences differ between the contexts, so nothing warns the learner.",
        model="ambiguity",
        assumptions="worlds that share their moves and differ in discount or in noise; a change of the reward of states",
        holds="two environments and a reward of states and actions: misfit below 1e-9 at an error of 0.69",
        fails="a third environment, or a reward known to depend on the state only: misfit above 0.03",
        verdict="holds in a window",
        in_holds=lambda: _shown(Second.DISCOUNT_80, 0.1).misfit < 1e-9 < _off(Second.DISCOUNT_80, 0.1),
        in_fails=lambda: min(_third(0.0), _shown(Second.DISCOUNT_80, 0.1, state_only=True).misfit) > 0.03,
    ),
)
