"""What a neural judge must reproduce, and what is claimed about him."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from sysalign_lib.core.evidence import Claim, Kind, Target
from sysalign_lib.oversight.debate import PUBLISHED
from sysalign_lib.oversight.neural_judge import (
    ORDERS,
    SEEDS,
    SIZES,
    STRESSES,
    WORK,
    Order,
    Stress,
    recorded,
    recorded_pairs,
)

__all__ = ["CLAIMS", "TARGETS"]

SPREAD = 0.02  # standard deviation between judges, of a share
ERRORS = 4.0
LEADS = (  # two judges, 400 images: pixels, series, share
    (4, "alone", 0.483), (4, Order.HONEST, 0.8625), (4, Order.LIAR, 0.9025),
    (6, "alone", 0.616), (6, Order.HONEST, 0.9085), (6, Order.LIAR, 0.936),
)  # fmt: skip


def _shares(pixels: int, series: str, stress: Stress = Stress.NONE) -> np.ndarray:
    """Share of every judge."""
    column = 0 if series == "alone" else 1 + ORDERS.index(Order(series))
    return np.asarray(recorded()[SIZES.index(pixels), :, STRESSES.index(stress), column])


def _mean(pixels: int, series: str, stress: Stress = Stress.NONE) -> float:
    return float(_shares(pixels, series, stress).mean())


def _sampling(share: float, judges: int) -> float:
    """Standard error of a mean over judges: those of the images and of what differs between judges."""
    return sqrt((share * (1 - share) / WORK["images"] + SPREAD**2) / judges)


def _again(pixels: int, series: str, share: float) -> Target:
    tolerance = ERRORS * sqrt(_sampling(share, 2) ** 2 + _sampling(share, len(SEEDS)) ** 2)
    words = "the judge alone" if series == "alone" else f"debate, {series} first"
    return Target(
        name=f"neural judge: {words}, {pixels} pixels", value=share, tolerance=round(tolerance, 3), kind="monte carlo",
        source="book", place="two other judges, 400 images each",
        why=f"{ERRORS:g} standard errors of both means, judges differing by {SPREAD:g}",
        compute=lambda: _mean(pixels, series),
    )  # fmt: skip


def _published(pixels: int, at: int, series: str) -> Target:
    kind: Kind = "reported"
    words = "debate" if at else "random pixels"
    return Target(
        name=f"neural judge: published, {words}, {pixels} pixels", value=PUBLISHED[pixels][at], tolerance=0.06, kind=kind,
        source="irving2018", place="abstract", why="another set of digits and another network: a band of 6 points",
        compute=lambda: _mean(pixels, series),
    )  # fmt: skip


PERFECT = (  # two pixels, six judges retrained elsewhere, all pairs tried by another program: lie, series, share
    ("named", Order.HONEST, 0.824), ("named", Order.LIAR, 0.833), ("late", Order.HONEST, 0.144), ("late", Order.LIAR, 0.254),
)  # fmt: skip
RETRAINED = 0.012  # standard deviation of a judge's share between trainings that differ by rounding


def _pairs(lie: str, order: Order) -> np.ndarray:
    """Share of every judge in perfect games of two pixels."""
    return np.asarray(recorded_pairs()[:, ("named", "late").index(lie), ORDERS.index(order)])


def _perfectly(lie: str, order: Order, share: float) -> Target:
    return Target(
        name=f"neural judge: perfect play, {lie} lie, {order} first, 2 pixels", value=share,
        tolerance=round(ERRORS * RETRAINED * sqrt(2 / len(SEEDS)), 3), kind="monte carlo", source="book",
        place="the same judges, trained again", why=f"{ERRORS:g} standard errors of six retrainings that differ by {RETRAINED:g}",
        compute=lambda: float(_pairs(lie, order).mean()),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(_again(*lead) for lead in LEADS),
    *(_perfectly(*lead) for lead in PERFECT),
    *(_published(pixels, at, series) for pixels in PUBLISHED for at, series in ((0, "alone"), (1, Order.HONEST))),
)


def _gains() -> bool:
    return all(bool((_shares(pixels, Order.HONEST) > _shares(pixels, "alone") + 0.15).all()) for pixels in SIZES)


def _gains_nothing_free() -> bool:
    return all(_mean(pixels, Order.HONEST, Stress.FREE) < _mean(pixels, "alone") for pixels in (2, 4))


def _ahead(stress: Stress) -> Callable[[], bool]:
    """Whether the last word is worth something to the honest side in every size."""

    def checked() -> bool:
        gain = [_shares(pixels, Order.LIAR, stress) - _shares(pixels, Order.HONEST, stress) for pixels in (4, 6)]
        return all(float(one.mean()) > 2 * float(one.std(ddof=1)) / sqrt(len(one)) for one in gain)

    return checked


def _settled() -> bool:
    """Little is left with eight pixels; and with two and perfect play less than half of what greedy play shows."""
    many, few, perfect = (
        float((last - first).mean())
        for last, first in (
            (_shares(8, Order.LIAR), _shares(8, Order.HONEST)),
            (_shares(2, Order.LIAR), _shares(2, Order.HONEST)),
            (_pairs("named", Order.LIAR), _pairs("named", Order.HONEST)),
        )
    )
    return many < 0.03 and perfect < 0.5 * few


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="neural judge: debate lifts a weak judge far above what random pixels give",
        section="3.4",
        statement="If two adversaries choose what a weak judge sees, the judge is right much more often than from random looks.",
        model="network judges on digits of 8 x 8 pixels, greedy players, recorded games",
        assumptions="both claims are named beforehand; nobody can lie about a pixel",
        holds="2, 4, 6 and 8 pixels: every one of six judges gains more than 15 points",
        fails="a liar who need not name the lie beforehand and speaks last: 2 or 4 chosen pixels are worse than random ones",
        verdict="holds in a window",
        in_holds=_gains,
        in_fails=_gains_nothing_free,
    ),
    Claim(
        name="neural judge: the last word is an advantage",
        section="3.4",
        statement="Who speaks last in a debate has the advantage.",
        model="network judges on digits of 8 x 8 pixels, greedy players, recorded games",
        assumptions="players look one step ahead, evidence is not additive; before an additive judge order means nothing",
        holds="4 and 6 pixels, also when the lie is chosen at the end",
        fails="8 pixels: less than 3 points are left; 2 pixels and perfect play: less than half of the greedy players' advantage",
        verdict="holds in a window",
        in_holds=lambda: _ahead(Stress.NONE)() and _ahead(Stress.FREE)(),
        in_fails=_settled,
    ),
)
