"""Targets and claims of drifting values."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.drift import (
    ROBOTS,
    DriftParams,
    DriftResult,
    ever_deferring,
    late_means,
    memory,
    settled_variance,
    simulate,
    solve,
)
from sysalign_lib.corrigibility.off_switch import open_share

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.2"
LEARNERS = ROBOTS[1:3]

# phi: (aware, blind) utility, (aware, blind) open share, means over the last half of 400 days; then their standard errors
TABLE = {
    1.0: ((0.3963, 0.3963), (0.0220, 0.0220), (0.0030, 0.0030), (0.0009, 0.0009)),
    0.999: ((0.3857, 0.3617), (0.1436, 0.0230), (0.0029, 0.0032), (0.0021, 0.0008)),
    0.99: ((0.3724, 0.1953), (0.4433, 0.0320), (0.0019, 0.0029), (0.0022, 0.0008)),
    0.9: ((0.3649, 0.0729), (0.9629, 0.0790), (0.0007, 0.0012), (0.0003, 0.0012)),
}
LAST = {1.0: (0.0159, 0.0159), 0.999: (0.1436, 0.0170), 0.99: (0.4433, 0.0257), 0.9: (0.9629, 0.0672)}
SETTLED = {0.999: 0.0865, 0.99: 0.2539, 0.9: 0.6322}


@lru_cache(maxsize=8)
def _seen(phi: float) -> DriftResult:
    return simulate(DriftParams(phi=phi, runs=20_000), default_rng(2017))


def _worth(phi: float, who: int) -> float:
    return float(_seen(phi).seen_late_utility[1 + who])


def _exact_worth(phi: float, who: int) -> float:
    return float(late_means(DriftParams(phi=phi))[0][1 + who])


def _open(phi: float, who: int) -> float:
    return float(_seen(phi).seen_late_open[who])


def _last(phi: float, who: int) -> float:
    return float(solve(DriftParams(phi=phi)).open_share[who, -1])


def _iterated(phi: float) -> float:
    """The aware robot's variance after 20,000 days of its filter, without the closed form."""
    return float(memory(phi, phi, beta=0.25, noise=2.0, days=20_000).believed[-1])


def _settled_share(phi: float) -> float:
    variance = settled_variance(phi, 2.0)
    return float(open_share(variance, (1 - variance) ** 0.5, 0.25))


def _exact(name: str, value: float, place: str, compute: Callable[[], float]) -> Target:
    return Target(
        name=f"drift: {name}", value=value, tolerance=5.5e-5, kind="exact", source="book", place=place,
        why="rounding of the fourth decimal", compute=compute,
    )  # fmt: skip


def _simulated(name: str, value: float, error: float, compute: Callable[[], float]) -> Target:
    return Target(
        name=f"drift: {name}, simulated", value=value, tolerance=4 * error + 5e-5, kind="monte carlo", source="book",
        place="20,000 histories of 400 days, last half", why="four standard errors, from the spread of 10,000 mirrored pairs",
        compute=compute,
    )  # fmt: skip


def _row(phi: float) -> tuple[Target, ...]:
    worth, shares, worth_error, share_error = TABLE[phi]
    targets: list[Target] = []
    for who, robot in enumerate(LEARNERS):
        name = f"phi {phi:g}, {robot} robot"
        integral = "one integral over its estimates, mean over the last half of 400 days"
        closed = "share of estimates within v / (2 beta) of 0, day 400"
        targets += [
            _exact(f"{name}, worth a day", worth[who], integral, partial(_exact_worth, phi, who)),
            _simulated(f"{name}, worth a day", worth[who], worth_error[who], partial(_worth, phi, who)),
            _simulated(f"{name}, switch open", shares[who], share_error[who], partial(_open, phi, who)),
            _exact(f"{name}, switch open on day 400", LAST[phi][who], closed, partial(_last, phi, who)),
        ]
    return tuple(targets)


TARGETS: tuple[Target, ...] = (
    _exact("oracle, worth a day", 0.3989, "1 / sqrt(2 pi)", partial(ever_deferring, 0.0)),
    _exact("always defer, worth a day", 0.3647, "E[pi U], noise 0.25", partial(ever_deferring, 0.25)),
    *(one for phi in TABLE for one in _row(phi)),
    _exact(
        "phi 1, variance left on day 400", 0.0099, "1 / (1 + 399 / 4)",
        lambda: float(memory(1.0, 1.0, beta=0.25, noise=2.0, days=400).believed[-1]),
    ),
    *(
        _exact(f"phi {phi:g}, settled variance", value, "fixed point", partial(settled_variance, phi, 2.0))
        for phi, value in SETTLED.items()
    ),
    *(
        _exact(f"phi {phi:g}, settled variance, iterated", value, "the filter itself", partial(_iterated, phi))
        for phi, value in SETTLED.items()
    ),
    *(
        _exact(f"phi {phi:g}, aware robot, switch open in the long run", LAST[phi][0], "2 Phi(v / (2 beta sqrt(1 - v))) - 1",
               partial(_settled_share, phi))
        for phi in SETTLED
    ),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _late(phi: float) -> tuple[dict[str, float], dict[str, float]]:
    """What was simulated over the last half: worth of each robot, and how often each learner's switch is open."""
    seen = _seen(phi)
    worth = dict(zip(ROBOTS, seen.seen_late_utility.tolist(), strict=True))
    return worth, dict(zip(LEARNERS, seen.seen_late_open.tolist(), strict=True))


def _closes() -> bool:
    return all(_late(phi)[1]["blind"] < 0.1 for phi in (0.999, 0.99, 0.9))


def _stays_open() -> bool:
    """Aware, the switch is the more open the faster values move, and it does not close further with time."""
    shares = [_late(phi)[1]["aware"] for phi in (0.999, 0.99, 0.9)]
    longer = solve(DriftParams(phi=0.99, steps=4000)).keeps_open["aware"]
    return shares == sorted(shares) and shares[0] > 0.1 and longer > 0.4


def _static_learning_harms() -> bool:
    """Worth less than always deferring by far more than chance, day for day on the same histories."""
    return all(_late(phi)[0]["blind"] < _late(phi)[0]["always defer"] - 0.15 for phi in (0.99, 0.9))


def _static_learning_serves() -> bool:
    worth, _ = _late(1.0)
    return worth["blind"] > worth["always defer"] + 0.02


def _aware_never_loses() -> bool:
    worlds = (DriftParams(phi=phi, beta=beta) for phi in (0.0, 0.5, 0.9, 0.99, 1.0) for beta in (0.0, 0.1, 0.25, 1.0))
    found = [late_means(world, every=5)[0] for world in worlds]
    return all(aware >= deferring - 1e-9 for _, aware, _, deferring in found)


def _blind_loses() -> bool:
    _, _, blind, deferring = late_means(DriftParams(phi=0.99))[0]
    return bool(blind < deferring)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="drift: moving values close the switch",
        section=SECTION,
        statement="Where values keep moving, the off switch of a learning robot closes.",
        model="off-switch game every day, autoregressive values, Kalman filters",
        assumptions="the same observations for both robots; overseer's noise 0.25, observation noise 2",
        holds="the robot that learns as if values stood still: open less than a tenth of the time",
        fails="the robot that knows of the drift: its doubt never ends; the faster values move, the more its switch stays open",
        verdict="cuts against the paper",
        in_holds=_closes,
        in_fails=_stays_open,
    ),
    Claim(
        name="drift: learning as if values were static harms the overseer",
        section=SECTION,
        statement="A robot that takes moving values for fixed is worth less to people than one that never decides for itself.",
        model="off-switch game every day, autoregressive values, the filter of a static world",
        assumptions="400 days, overseer's noise 0.25, observation noise 2",
        holds="phi 0.99 and below",
        fails="phi 1: values do stand still, and closing the switch serves the overseer",
        verdict="holds in a window",
        in_holds=_static_learning_harms,
        in_fails=_static_learning_serves,
    ),
    Claim(
        name="drift: a robot that models the drift is never worth less than one that always defers",
        section=SECTION,
        statement="Learning and deference do not conflict: what matters is that the robot's model of change is honest.",
        model="exact worth by quadrature, twenty worlds from static to new every day",
        assumptions="the robot's phi and the overseer's noise are right",
        holds="every phi and every noise of the overseer tried",
        fails="with the wrong phi",
        verdict="holds in a window",
        in_holds=_aware_never_loses,
        in_fails=_blind_loses,
    ),
)
