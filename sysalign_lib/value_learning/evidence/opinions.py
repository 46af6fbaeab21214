"""Targets and claims about opinions that people form by listening to each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Kind, Target
from sysalign_lib.value_learning.opinions import (
    OpinionsParams,
    Rule,
    agreement,
    camps,
    deffuant,
    faint_influence,
    friedkin_johnsen,
    hegselmann_krause,
    listen,
    settled,
    simulate,
    thumb,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.1"
PEOPLE, SWEEPS, BIG, TOWNS = 1000, 100, 20, 80
WEIGHTS = ((0.5, 0.25, 0.25), (0.2, 0.6, 0.2), (0.1, 0.3, 0.6))
START = (0.0, 0.5, 1.0)
LINE = 101  # people evenly spaced on [0, 1]

# Shares of 2,000 towns of 1,000 people that end in so many camps, one random meeting after the other (openness, camps, share).
ONE_BY_ONE = (
    (0.1, 3, 0.022), (0.1, 4, 0.567), (0.1, 5, 0.409), (0.15, 2, 0.059), (0.15, 3, 0.933), (0.2, 2, 0.9895),
    (0.27, 1, 0.3835), (0.27, 2, 0.6165), (0.3, 1, 0.9895), (0.5, 1, 1.0),
)  # fmt: skip
RUNS = 2000


@cache
def _ends(confidence: float) -> np.ndarray:
    """Camps of 80 towns whose people meet in pairs; the same people for every openness."""
    start = default_rng(2000).random((TOWNS, PEOPLE))
    return camps(deffuant(start, confidence, SWEEPS, default_rng(2001)), confidence, BIG)


def _share(confidence: float, number: int) -> float:
    return float((_ends(confidence) == number).mean())


def _most_often(confidence: float) -> float:
    return float(np.bincount(_ends(confidence)).argmax())


def _even(confidence: float) -> float:
    """Camps of Hegselmann and Krause's rule on evenly spaced people."""
    return float(camps(hegselmann_krause(np.arange(LINE)[None] / (LINE - 1), confidence, 200), confidence)[0])


def _even_exactly(confidence: Fraction) -> float:
    """The same in exact fractions, where nothing is rounded."""
    people = Counter({Fraction(place, LINE - 1): 1 for place in range(LINE)})
    while True:
        moved: Counter[Fraction] = Counter()
        for opinion, count in people.items():
            near = [(other, many) for other, many in people.items() if abs(other - opinion) <= confidence]
            mean = sum((other * many for other, many in near), Fraction(0)) / sum(many for _, many in near)
            moved[mean] += count
        if moved == people:
            return float(len(people))
        people = moved


def _influence(person: int) -> float:
    return float(agreement(WEIGHTS).influence[person])


def _anchored(person: int) -> float:
    return float(friedkin_johnsen(WEIGHTS, START, 0.5)[person])


def _faint(stubbornness: tuple[float, ...]) -> float:
    """Friedkin-Johnsen's end for a millionth of this stubbornness, person 0."""
    return float(friedkin_johnsen(WEIGHTS, START, 1e-6 * np.array(stubbornness))[0])


def _target(
    name: str,
    value: float,
    tolerance: float,
    kind: Kind,
    source: str,
    place: str,
    why: str,
    compute: Callable[[], float],
) -> Target:
    return Target(
        name=f"opinions: {name}", value=value, tolerance=tolerance, kind=kind, source=source, place=place, why=why,
        compute=compute,
    )  # fmt: skip


def _counted(confidence: float, number: int, share: float) -> Target:
    error = math.sqrt(max(share * (1 - share), 1 / RUNS) * (1 / TOWNS + 1 / RUNS))
    name = f"share of towns with {number} camp{'' if number == 1 else 's'} at openness {confidence:g}"
    return _target(
        name, share, 4 * error, "monte carlo", "book",
        "2,000 towns, one random meeting after the other, 100 sweeps, camps of 20 of 1,000",
        f"four standard errors of {TOWNS} towns that meet in disjoint pairs, and of the 2,000",
        partial(_share, confidence, number),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(
        _target(f"influence of person {person + 1}, three people", value, 5.5e-7, "exact", "degroot1974", "pi' W = pi'",
                "rounding of the sixth decimal", partial(_influence, person))
        for person, value in enumerate((0.235294, 0.411765, 0.352941))
    ),
    _target("consensus of three people", 0.558824, 5.5e-7, "exact", "degroot1974", "pi' x(0), here 19 / 34",
            "rounding of the sixth decimal", lambda: agreement(WEIGHTS).value(START)),
    _target("consensus of three people, by listening", 19 / 34, 1e-12, "limit", "degroot1974", "x(t + 1) = W x(t)",
            "after 100 rounds less than 1e-45 is left, and rounding", lambda: float(listen(WEIGHTS, START, 100)[1])),
    _target("rate of three people", 0.353553, 5.5e-7, "exact", "degroot1974", "second eigenvalue, here 1 / sqrt(8)",
            "rounding of the sixth decimal", lambda: agreement(WEIGHTS).rate),
    *(
        _target(f"half stubborn, end of person {person + 1} of three", value, 1e-12, "exact", "friedkin1990",
                "[I - (I - S) W]^{-1} S x(0), solved by hand", "rounding", partial(_anchored, person))
        for person, value in enumerate((49 / 218, 111 / 218, 183 / 218))
    ),
    _target("faint anchors, all alike", 19 / 34, 1e-5, "limit", "book", "weights pi_i, DeGroot's consensus",
            "ends differ from the limit by the order of the stubbornness, 1e-6", partial(_faint, (1.0, 1.0, 1.0))),
    _target("faint anchors, the first three times the others", 19 / 50, 1e-5, "limit", "book",
            "weights pi_i c_i, the lemma on faint anchors", "ends differ from the limit by the order of the stubbornness, 1e-6",
            partial(_faint, (3.0, 1.0, 1.0))),
    *(
        _target(f"camps at openness {confidence:g}, 101 even people, all who are near", value, 0.5, "exact", "hegselmann2002",
                "deterministic rule", "a whole number", partial(_even, confidence))
        for confidence, value in ((0.5, 1), (0.2, 1), (0.15, 3), (0.1, 3), (0.05, 9))
    ),
    *(
        _target(f"camps at openness {confidence}, 101 even people, in fractions", value, 0.5, "exact", "hegselmann2002",
                "the same without rounding", "a whole number", partial(_even_exactly, Fraction(confidence)))
        for confidence, value in (("1/5", 1), ("1/10", 3))
    ),
    *(
        _target(f"camps most often seen at openness {confidence:g}, pairs", value, 0.5, "reported", "deffuant2000",
                "rule of thumb, 1 / (2 d)", "a whole number", partial(_most_often, confidence))
        for confidence, value in ((0.5, 1), (0.2, 2), (0.15, 3))
    ),
    _target("mean number of camps at openness 0.1, pairs", 4.5, 0.5, "reported", "deffuant2000", "four or five",
            "half of the reported range", lambda: float(_ends(0.1).mean())),
    *(_counted(*one) for one in ONE_BY_ONE),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _made_by_listening() -> bool:
    """The same people end in one camp, two, or four to five, and each of them ends elsewhere."""
    one, two, more = (_ends(confidence) for confidence in (0.5, 0.2, 0.1))
    return bool(np.bincount(one).argmax() == 1 and np.bincount(two).argmax() == 2 and 4 <= more.mean() <= 5)


def _given() -> bool:
    """People who do not listen keep what they have, under every rule and openness."""
    kinds = [
        OpinionsParams(rule=rule, confidence=near, stubbornness=1.0, towns=2) for rule in Rule for near in (0.1, 0.5)
    ]
    return all(simulate(params, default_rng(1)).displacement == 0 for params in kinds)


@cache
def _orders(confidence: float, town: int = 0) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean first opinion of one town of 400, and the ends and camps of that town for 40 orders of meeting."""
    start = np.repeat(default_rng(town).random((1, 400)), 40, axis=0)
    end = deffuant(start, confidence, SWEEPS, default_rng(2002))
    return float(start[0].mean()), end, camps(end, confidence, 8)


def _order_decides() -> bool:
    """Same people, same openness, only who meets whom when differs: in each of four towns at 0.1, in some of them at 0.27."""
    differs = [[len(set(_orders(near, town)[2].tolist())) > 1 for town in range(4)] for near in (0.1, 0.27)]
    return all(differs[0]) and any(differs[1])


def _order_is_nothing() -> bool:
    """At openness 0.6 every order ends at the mean of the first opinions; with fixed ties the end is pi' x(0)."""
    mean, end, number = _orders(0.6)
    listened = listen(WEIGHTS, START, 100)
    known = agreement(WEIGHTS).value(START)
    return bool((number == 1).all() and np.abs(end - mean).max() < 1e-9 and np.abs(listened - known).max() < 1e-12)


def _agree() -> bool:
    strong = [agreement(WEIGHTS), agreement([[1, 0, 0], [0.5, 0.5, 0], [0, 0.5, 0.5]])]
    return all(one.reached and one.rate < 1 for one in strong)


def _disagree() -> bool:
    """Two closed groups; and two who only repeat each other."""
    split, swap = agreement(np.eye(2)), agreement([[0, 1], [1, 0]])
    repeated = listen([[0, 1], [1, 0]], [0, 1], 1001)
    return bool(not split.reached and not swap.reached and np.ptp(repeated) == 1)


def _thumb_holds() -> bool:
    return all(_most_often(confidence) == thumb(confidence) for confidence in (0.5, 0.3, 0.2, 0.15))


def _thumb_fails() -> bool:
    """At 0.27 it says one camp and most towns have two; at 0.1 it says five and most have fewer."""
    return bool(_share(0.27, thumb(0.27)) < 0.6 and (_ends(0.1) < thumb(0.1)).mean() > 0.4)


def _alike_is_harmless() -> bool:
    pi = agreement(WEIGHTS).influence
    return bool(np.abs(faint_influence(pi, 1.0) - pi).max() < 1e-15 and abs(_faint((1.0, 1.0, 1.0)) - 19 / 34) < 1e-5)


def _unlike_is_not() -> bool:
    return abs(_faint((3.0, 1.0, 1.0)) - 19 / 34) > 0.1


def _moving_ties_split() -> bool:
    """From the same people and the same first ties, moving ties end in several camps for good."""
    seen = simulate(OpinionsParams(rule=Rule.ALL, confidence=0.15), default_rng(3))
    return bool((seen.camps > 1).all() and settled(seen.final, 0.15).all())


def _fixed_ties_do_not() -> bool:
    seen = simulate(OpinionsParams(rule=Rule.FIXED, confidence=0.15, rounds=1000), default_rng(3))
    return bool((seen.camps == 1).all() and np.abs(seen.path[-1] - seen.predicted).max() < 1e-6)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="opinions: preferences are made by the social process",
        section=SECTION,
        statement="What people want is built in the exchange with others: the same people end up wanting other things if they "
        "listen otherwise.",
        model="Deffuant's bounded confidence, 80 towns of 1,000 people, the same people at every openness",
        assumptions="opinions on one line, meetings at random, nobody outside the town",
        holds="people who listen: one camp at openness 0.5, two at 0.2, four or five at 0.1",
        fails="people who do not listen: preferences are given, whatever the rule and the openness",
        verdict="holds in a window",
        in_holds=_made_by_listening,
        in_fails=_given,
    ),
    Claim(
        name="opinions: there is no answer before the process has run",
        section=SECTION,
        statement="All first opinions and the rule do not tell what people will want: it depends on who meets whom.",
        model="Deffuant's rule, four towns of 400 people, 40 orders of meeting each",
        assumptions="only the order of the meetings differs",
        holds="the number of camps differs between orders in each town at openness 0.1, and in some at 0.27",
        fails="openness 0.6, where each order ends at the mean of first opinions, and fixed ties, where the end is pi' x(0)",
        verdict="holds in a window",
        in_holds=_order_decides,
        in_fails=_order_is_nothing,
    ),
    Claim(
        name="opinions: it is the ties that follow opinions that split people",
        section=SECTION,
        statement="People who start with ties to those who think alike end in separate camps.",
        model="Hegselmann-Krause against DeGroot, 20 towns of 400 people, the same first ties within 0.15",
        assumptions="all who are near are heard alike",
        holds="ties that move with opinions",
        fails="the same ties kept as they were: all agree on one opinion that can be computed beforehand",
        verdict="holds in a window",
        in_holds=_moving_ties_split,
        in_fails=_fixed_ties_do_not,
    ),
    Claim(
        name="opinions: people who listen to each other come to agree",
        section=SECTION,
        statement="Averaging again and again leads to a consensus, with weights that the ties give.",
        model="DeGroot's rule",
        assumptions="fixed weights",
        holds="one closed group that does not go round in circles",
        fails="two groups that do not listen to each other, or two people who only repeat each other",
        verdict="holds in a window",
        in_holds=_agree,
        in_fails=_disagree,
    ),
    Claim(
        name="opinions: the number of camps is 1 / (2 d)",
        section=SECTION,
        statement="A rule of thumb gives the number of camps from the openness, rounded down.",
        model="Deffuant's rule, 80 towns of 1,000 people, camps of 20 and more",
        assumptions="uniform first opinions, both take the mean",
        holds="openness 0.5, 0.3, 0.2 and 0.15: the number most often seen",
        fails="openness 0.27, where most towns have two camps instead of one, and 0.1, where most have fewer than five",
        verdict="holds in a window",
        in_holds=_thumb_holds,
        in_fails=_thumb_fails,
    ),
    Claim(
        name="opinions: a little stubbornness changes little",
        section=SECTION,
        statement="If people are held back by their first opinions only faintly, they end where DeGroot's rule says.",
        model="Friedkin-Johnsen, three people, a millionth of stubbornness",
        assumptions="fixed ties that reach a consensus",
        holds="all equally stubborn",
        fails="unequal stubbornness, however faint: the weights become pi_i times stubbornness_i",
        verdict="holds in a window",
        in_holds=_alike_is_harmless,
        in_fails=_unlike_is_not,
    ),
)  # fmt: skip
