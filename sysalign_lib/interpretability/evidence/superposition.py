"""Targets and claims of superposition: geometry, the phases of two features, training, and what a dictionary keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from math import sqrt

import numpy as np
from numpy.random import default_rng
from scipy.optimize import brentq

from sysalign_lib.core.evidence import Claim, Kind, Target, printed
from sysalign_lib.interpretability.superposition import (
    DENSITIES,
    Density,
    antipodal_loss,
    dedicated_loss,
    dimensionality,
    jump_density,
    named,
    network_loss,
    optimum,
    pair_loss,
    polygon,
    polygon_loss,
    recorded,
    recorded_names,
    sparse_minimum,
    unit_density,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.3"
TOYS = "elhage2022"
GRID = np.linspace(0.05, 1.0, 20)
NARROW = 0.01  # scatter of the dimensionalities of networks that go on learning at a rate of 0.01


# Arrows that fit ---------------------------------------------------------------------------------------------------


def _ring(corners: int, turn: float = 0.0) -> np.ndarray:
    angle = turn + 2 * np.pi * np.arange(corners) / corners
    return np.array([np.cos(angle), np.sin(angle)])


def _antiprism(height: float) -> np.ndarray:
    """Eight unit vectors: two squares at opposite heights, one turned by 45 degrees; height is the square of z."""
    squares = sqrt(1 - height) * np.concatenate((_ring(4), _ring(4, np.pi / 4)), axis=1)
    return np.vstack((squares, sqrt(height) * np.repeat([1.0, -1.0], 4)))


TETRAHEDRON = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]) / sqrt(3)
TAMMES = 0.2612  # squared height at which the eight points of an antiprism are as far apart as they can be
SHAPES = (
    ("a pair", np.array([[1.0, -1.0]]), 1 / 2), ("a triangle", _ring(3), 2 / 3), ("a tetrahedron", TETRAHEDRON, 3 / 4),
    ("a pentagon", _ring(5), 2 / 5), ("a hexagon", _ring(6), 1 / 3),
    ("a square antiprism that is tight", _antiprism(1 / 3), 3 / 8),
)  # fmt: skip


def _share(arrows: np.ndarray) -> float:
    return float(dimensionality(arrows).mean())


def _excess() -> float:
    """How far the dimensionalities of random weights, of every rank, add up to more than the rank; 0 if they never do."""
    rng, worst = default_rng(2022), 0.0
    for rank in range(1, 6):
        weights = rng.standard_normal((400, 5, rank)) @ rng.standard_normal((400, rank, 9))
        worst = max(worst, float(dimensionality(weights).sum(axis=1).max()) - rank)
    return worst


# Two features ------------------------------------------------------------------------------------------------------


def _quadrature(place: Callable[[np.ndarray], np.ndarray], closed: Callable[..., np.ndarray], ratio: float) -> float:
    """Largest difference of a closed form from the integral, over densities."""
    return float(np.abs(pair_loss(place(GRID), GRID, ratio)[0] - closed(GRID, ratio)).max())


def _dedicated(p: np.ndarray) -> np.ndarray:
    return np.stack((np.ones_like(p), 0 * p, 0 * p, p / 2), axis=-1)


def _opposed(p: np.ndarray) -> np.ndarray:
    return np.stack((np.ones_like(p), -np.ones_like(p), 0 * p, 0 * p), axis=-1)


def _crossing(ratio: float) -> float:
    """Density at which the two losses are equal, by root finding on the integrals."""

    def lead(density: float) -> float:
        p = np.array([density])
        return float((pair_loss(_opposed(p), p, ratio)[0] - pair_loss(_dedicated(p), p, ratio)[0])[0])

    return float(brentq(lead, 0.01, 1.0, xtol=1e-13))


@lru_cache(maxsize=1)
def _jumps() -> dict[float, float]:
    ratios = (0.1, 0.25, 0.5, 1.0)
    return dict(zip(ratios, jump_density(ratios, 13).tolist(), strict=True))


@lru_cache(maxsize=1)
def _equal() -> tuple[float, np.ndarray]:
    """The optimum at density 0.7 and equal importance."""
    loss, place = optimum(0.7, 1.0)
    return float(loss[0]), np.abs(place[0])


def _fading() -> float:
    """Importance ratio at which the second arrow of the optimum is gone at density 0.8, by bisection on the optimum."""
    low, high = 0.7, 0.9
    for _ in range(9):
        middle = (low + high) / 2
        stored = np.abs(optimum(0.8, middle)[1][0, 1]) > 1e-3
        low, high = (low, middle) if stored else (middle, high)
    return (low + high) / 2


def _jump(ratio: float, low: float, high: float) -> Target:
    return Target(
        name=f"superposition: density at which the true optimum jumps, ratio {ratio:g}", value=(low + high) / 2,
        tolerance=(high - low) / 2, kind="exact", source="book", place="all four numbers free, by another search",
        why="the step of the other search's grid", compute=lambda: _jumps()[ratio],
    )  # fmt: skip


# Rare features -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _found(features: int) -> float:
    return sparse_minimum(features, 10, default_rng(features))[0]


def _overlap() -> float:
    """a of the pentagon, from its loss: ``3 L = a / (1 + a)``."""
    share = 3 * polygon_loss(5, 5)
    return share / (1 - share)


def _length(corners: int) -> float:
    return float(np.square(polygon(corners, corners)[:, 0]).sum())


# Trained networks --------------------------------------------------------------------------------------------------


def _at(before: Density, after: Density) -> np.ndarray:
    """Sheets[network, moment, row, feature]."""
    return recorded()[:, DENSITIES.index(before), DENSITIES.index(after)]


@lru_cache(maxsize=len(DENSITIES))
def _best(density: Density) -> np.ndarray:
    """D[feature], ascending, of the best of the networks that learned at a density."""
    sheets = _at(density, density)[:, 0]
    loss = network_loss(sheets, float(density), default_rng(7), 10_000)
    return np.asarray(np.sort(dimensionality(sheets[int(loss.argmin()), :-1])))


def _later(before: Density, after: Density) -> np.ndarray:
    """Mean D[rank of feature], ascending, over networks after the shift."""
    return np.asarray(np.sort(dimensionality(_at(before, after)[:, -1, :-1]), axis=1).mean(axis=0))


def _named(at: int, before: Density, after: Density) -> np.ndarray:
    """Share[network] of features named rightly at the end, by the snapshot's dictionary (0) or by one written then (1)."""
    return np.asarray(recorded_names()[at, :, DENSITIES.index(before), DENSITIES.index(after), -1])


def _of_all(at: int, before: Density, after: Density) -> float:
    return float(_named(at, before, after).mean())


def _least(before: Density, after: Density) -> float:
    """The share that the snapshot's dictionary names in the network that keeps least."""
    return float(_named(0, before, after).min())


def _least_anew(before: Density, after: Density) -> float:
    """The share that a dictionary written anew names in the network that stores least."""
    return float(_named(1, before, after).min())


def _any_length(refit: bool) -> float:
    """The same from 0.05 to 0.5, if an arrow of any length is a word, as it is to a reader without noise."""
    arrows = _at(Density.D05, Density.D50)[:, :, :-1]
    return float(named(arrows[:, -1], arrows[:, -1 if refit else 0], 0.0).mean())


def _measured(
    name: str, value: float, tolerance: float, why: str, compute: Callable[[], float], kind: Kind = "monte carlo"
) -> Target:
    return Target(
        name=f"superposition: {name}", value=value, tolerance=tolerance, kind=kind, source="book",
        place="other networks, trained elsewhere", why=why, compute=compute,
    )  # fmt: skip


def _typical(density: Density) -> np.ndarray:
    """D[rank of feature], ascending, the median over networks that learned at a density."""
    return np.asarray(np.median(np.sort(dimensionality(_at(density, density)[:, 0, :-1]), axis=1), axis=0))


SCATTER = f"the arrows of a network that goes on learning scatter by {NARROW:g}"


def _five(density: Density) -> tuple[Target, ...]:
    words = f"of five dimensionalities, best of eight networks at density {density}"
    return (
        _measured(f"mean {words}", 0.4, NARROW, SCATTER, lambda: float(_best(density).mean())),
        _measured(f"least {words}", 0.4, 3 * NARROW, SCATTER, lambda: float(_best(density)[0])),
    )


def _four(density: Density, which: str, shares: Callable[[Density], np.ndarray]) -> tuple[Target, ...]:
    words = f"dimensionalities, {which} of eight networks at density {density}"
    return (
        _measured(f"mean of the four largest {words}", 0.5, NARROW, SCATTER, lambda: float(shares(density)[1:].mean())),
        _measured(f"least of five {words}", 0.0, NARROW, SCATTER, lambda: float(shares(density)[0])),
    )


FEW = "four standard errors of six and of eight networks that differ by 0.08"
FEW_SIZE = 4 * 0.08 * sqrt(1 / 6 + 1 / 8)

TARGETS: tuple[Target, ...] = (
    *(
        Target(
            name=f"superposition: dimensionality in {name}", value=share, tolerance=1e-12, kind="exact",
            source="book" if "antiprism" in name else TOYS, place="a tight frame has m / n", why="rounding",
            compute=partial(_share, arrows),
        )
        for name, arrows, share in SHAPES
    ),
    printed("superposition: dimensionality in the antiprism of farthest points", 0.3664, "not tight: less than 3/8",
            lambda: _share(_antiprism(TAMMES))),
    Target(
        name="superposition: dimensionalities beyond the rank, 2,000 random weights", value=0.0, tolerance=1e-9, kind="exact",
        source="book", place="lemma, derived above", why="rounding", compute=_excess,
    ),
    *(
        Target(
            name=f"superposition: loss {name}, closed form against the integral, ratio {ratio:g}", value=0.0, tolerance=1e-12,
            kind="exact", source="book", place="derived above", why="rounding",
            compute=partial(_quadrature, place, closed, ratio),
        )
        for ratio in (0.1, 0.5, 1.0)
        for name, place, closed in (
            ("of storing one of two", _dedicated, dedicated_loss), ("of opposed arrows", _opposed, antipodal_loss)
        )
    ),
    *(
        printed(f"superposition: density of equal losses, ratio {ratio:g}", value,
                "4 r / (2 + 5 r), found without it by root finding", partial(_crossing, ratio))
        for ratio, value in ((0.5, 0.4444), (0.25, 0.3077), (0.1, 0.16))
    ),
    *(_jump(*one) for one in ((0.5, 0.475, 0.486), (0.25, 0.336, 0.343), (0.1, 0.1785, 0.1822))),
    printed("superposition: density at which the true optimum jumps, ratio 1", 0.7064, "from equal to lopsided arrows",
            lambda: _jumps()[1.0], tolerance=1.5e-4, why="rounding, and 13 halvings"),
    printed("superposition: length of the arrows at density 0.7, ratio 1", 0.759, "all four numbers free",
            lambda: float(_equal()[1][:2].mean()), tolerance=5.5e-4, why="rounding of the third decimal"),
    printed("superposition: offset at density 0.7, ratio 1", 0.329, "all four numbers free",
            lambda: float(_equal()[1][2:].mean()), tolerance=5.5e-4, why="rounding of the third decimal"),
    printed("superposition: least loss at density 0.7, ratio 1", 0.108106, "all four numbers free", lambda: _equal()[0],
            tolerance=5.5e-7, why="rounding of the sixth decimal"),
    printed("superposition: loss of storing one of two at density 0.7, ratio 1", 0.11083, "p / 3 - p^2 / 4",
            lambda: float(dedicated_loss(0.7, 1.0)), tolerance=5.5e-6, why="rounding of the fifth decimal"),
    printed("superposition: ratio at which the second arrow has faded, density 0.8", 0.8660, "closed form, derived above",
            _fading, tolerance=2e-3, why="an arrow is seen from a length of 1e-3"),
    Target(
        name="superposition: overlap of the pentagon", value=(3 - sqrt(5)) / 4, tolerance=1e-12, kind="exact", source="book",
        place="a = sum of max(0, cos)^2", why="rounding", compute=_overlap,
    ),
    printed("superposition: squared length in the pentagon", 0.8396, "1 / (1 + a)", lambda: _length(5)),
    Target(name="superposition: squared length in the hexagon", value=2 / 3, tolerance=1e-12, kind="exact", source="book",
           place="1 / (1 + a)", why="rounding", compute=lambda: _length(6)),
    *(
        printed(f"superposition: loss of {name}, {features} rare features", value, "closed form, derived above",
                partial(polygon_loss, corners, features), tolerance=5.5e-7, why="rounding of the sixth decimal")
        for name, corners, features, value in (
            ("a pentagon", 5, 5, 0.053452), ("a pentagon", 5, 6, 0.100099), ("a square", 4, 5, 0.066667),
            ("a hexagon", 6, 6, 0.111111),
        )
    ),
    *(
        Target(
            name=f"superposition: least loss that a search finds, {features} rare features",
            value=0.0 if features < 5 else polygon_loss(5, features), tolerance=1e-8, kind="exact", source="book",
            place="0 for up to four, else the pentagon's closed form", why="end of the search", compute=partial(_found, features),
        )
        for features in range(3, 9)
    ),
    *(one for density in (Density.D02, Density.D05, Density.D10) for one in _five(density)),
    *_four(Density.D20, "median", _typical),
    *(one for density in (Density.D30, Density.D50) for one in _four(density, "best", _best)),
    *(
        _measured(f"features the snapshot's dictionary names, density still {density}", 1.0, 1e-12, "every one of eight networks",
                  partial(_least, density, density))
        for density in (Density.D02, Density.D05)
    ),
    _measured("features the snapshot's dictionary names, density 0.05 to 0.02", 1.0, 1e-12, "every one of eight networks",
              partial(_least, Density.D05, Density.D02)),
    _measured("mean dimensionality, density 0.05 to 0.02", 0.4, NARROW, "scatter of arrows that go on learning",
              lambda: float(_later(Density.D05, Density.D02).mean())),
    _measured("mean of the four largest dimensionalities, density 0.05 to 0.5", 0.5, NARROW,
              "scatter of arrows that go on learning", lambda: float(_later(Density.D05, Density.D50)[1:].mean())),
    _measured("least of five dimensionalities, density 0.05 to 0.5", 0.0, NARROW, "scatter of arrows that go on learning",
              lambda: float(_later(Density.D05, Density.D50)[0])),
    _measured("features the snapshot's dictionary names, density 0.05 to 0.5", 0.8, 0.01, "the same fifth in every network",
              lambda: _of_all(0, Density.D05, Density.D50)),
    _measured("features named if arrows of any length are words, density 0.05 to 0.5", 5 / 6 * 0.8 + 1 / 6, FEW_SIZE, FEW,
              lambda: _any_length(False)),
    _measured("features named anew if arrows of any length are words, density 0.05 to 0.5", 1.0, 1e-12,
              "an arrow's own direction is the nearest", lambda: _any_length(True)),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _breaks() -> bool:
    """No network's dictionary is whole after the density has gone far up; far down, features appear that it cannot name."""
    up, down = _named(0, Density.D05, Density.D50), _named(0, Density.D50, Density.D05)
    return bool((up <= 0.8).all() and (down < _named(1, Density.D50, Density.D05)).all())


def _lasts() -> bool:
    """Nothing is lost where the density stays, moves within the phase, or moves less than a minimum needs to end."""
    return all(bool((_named(0, Density.D05, after) == 1).all()) for after in (Density.D02, Density.D05, Density.D10))


def _helps() -> bool:
    """Where features appear, a dictionary written anew names all."""
    return _of_all(1, Density.D50, Density.D05) == 1.0 and _of_all(0, Density.D50, Density.D05) < 0.7


def _cannot_help() -> bool:
    """Where a feature has been dropped, a dictionary written anew names no more than the old one."""
    old, new = _named(0, Density.D05, Density.D50), _named(1, Density.D05, Density.D50)
    return bool((old < 1).all() and np.array_equal(old, new))


def _restricted() -> bool:
    """Arrows of length 1: equal losses at the closed form's density, also at equal importance."""
    ratios = np.array([0.1, 0.5, 1.0])
    edge = unit_density(ratios)
    below, above = (antipodal_loss(side * edge, ratios) < dedicated_loss(side * edge, ratios) for side in (0.99, 1.01))
    return bool(below.all() and not above.any() and abs(edge[-1] - 4 / 7) < 1e-12)


def _free() -> bool:
    """All four numbers free: at 4/7 and equal importance both features are stored alike, and past the jump neither is dropped."""
    before, beyond = np.abs(optimum(np.array([4 / 7, 0.75]), 1.0)[1][:, :2])
    return bool(abs(before[0] - before[1]) < 1e-4 and before[0] < 0.95 and beyond.min() > 0.4 and _jumps()[1.0] > 0.7)


def _same_end() -> bool:
    """At 0.05 all store five features, wherever they come from."""
    return all(_least_anew(before, Density.D05) == 1.0 for before in DENSITIES)


def _other_ends() -> bool:
    """At 0.1 those from 0.05 store five features; most from 0.3 go on storing four, and pay for it."""
    low, high = (_named(1, before, Density.D10) for before in (Density.D05, Density.D30))
    cost = [
        network_loss(_at(before, Density.D10)[:, -1], 0.1, default_rng(8)).mean()
        for before in (Density.D05, Density.D30)
    ]
    return bool((low == 1).all() and (high < 1).mean() > 0.5 and cost[1] > 1.2 * cost[0])


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="superposition: a snapshot's dictionary stops being true",
        section=SECTION,
        statement="What is read off a network at one moment is not true of it any more after it has gone on learning.",
        model="five features in two hidden units, eight recorded networks, density moved after the snapshot",
        assumptions="an arrow shorter than 1/2 is no word; the dictionary lists directions; Adam at a constant rate",
        holds="density 0.05 to 0.5: in every network a word names nothing any more; 0.5 to 0.05: features without a word appear",
        fails="the density stays, falls to 0.02, or only rises to 0.1: every word stays true through 4,000 steps",
        verdict="holds in a window",
        in_holds=_breaks,
        in_fails=_lasts,
    ),
    Claim(
        name="superposition: reading again repairs a dictionary",
        section=SECTION,
        statement="An interpreter who follows learning and writes the dictionary anew loses nothing.",
        model="five features in two hidden units, eight recorded networks, density moved after the snapshot",
        assumptions="the weights are open at any time; an arrow shorter than 1/2 is no word",
        holds="density 0.5 to 0.05: the old dictionary names less than 70 % of the features, a new one all",
        fails="density 0.05 to 0.5: what was dropped is in no dictionary, and the new one names no more than the old one",
        verdict="holds in a window",
        in_holds=_helps,
        in_fails=_cannot_help,
    ),
    Claim(
        name="superposition: the environment decides what is stored",
        section=SECTION,
        statement="What a network stores is decided by the environment in which it learns, not by its past.",
        model="five features in two hidden units, eight recorded networks, density moved after the snapshot",
        assumptions="4,000 steps before and after; the same dice at all densities",
        holds="density 0.05: every network stores five features, from whichever of seven densities it comes",
        fails="density 0.1: all that come from 0.05 store five features, most that come from 0.3 four, at a higher loss",
        verdict="holds in a window",
        in_holds=_same_end,
        in_fails=_other_ends,
    ),
    Claim(
        name="superposition: two features of equal importance change phase at density 4/7",
        section=SECTION,
        statement="With one hidden unit, both features are stored up to a density of 4 r / (2 + 5 r) and only the first beyond.",
        model="two features, one hidden unit, exact losses",
        assumptions="holds for arrows of length 1; the network is free to choose lengths and offsets",
        holds="arrows of length 1, every ratio of importance",
        fails="free arrows of equal importance: still a pair at 4/7, at 0.706 a jump to a lopsided pair, neither ever dropped",
        verdict="holds in a window",
        in_holds=_restricted,
        in_fails=_free,
    ),
)
