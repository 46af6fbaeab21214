"""The hero of the chapter: the plane of beliefs, and the window that closes as the robot learns."""

from __future__ import annotations

from sysalign_lib.corrigibility.off_switch import OffSwitchParams, OffSwitchResult, simulate
from sysalign_lib.corrigibility.views.off_switch import plane_view, reading, window_view
from sysalign_lib.page.explorable import Bet, Explorable

__all__ = ["DEFERENCE_PLANE"]


def share_waiting(result: OffSwitchResult) -> float:
    """Share of cases in which the robot waits today, in percent, closed form."""
    return 100 * result.share


DEFERENCE_PLANE = Explorable(
    simulate,
    (plane_view, window_view),
    reading,
    OffSwitchParams(),
    title="The window closes as the robot learns",
    name="deference-plane",
    seed=2017,
    labels={
        "day": "days of learning",
        "beta": "overseer's noise (units of value)",
        "noise": "noise of what the robot sees (units of value)",
        "prior_mean": "robot's first estimate (units of value)",
    },
    bet=Bet(
        question="After 16 days of learning, in what share of the cases would the robot still wait for the overseer?",
        low=0,
        high=100,
        step=1,
        unit="%",
        reveal={"day": 16},
        answer=share_waiting,
    ),
    play="day",
    beta=(0.0, 0.1, 0.25, 0.5, 1.0),
    noise=(1.0, 2.0, 4.0),
    prior_mean=(0.0, 0.5, 1.0),
    day=(0, 1, 4, 8, 12, 16, 32, 64),
)
