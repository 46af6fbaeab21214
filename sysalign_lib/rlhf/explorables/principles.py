"""The explorable of a voting constitution."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.rlhf.principles import Cases, PrinciplesParams, simulate
from sysalign_lib.rlhf.views.principles import plane_view, reading, tilt_view

__all__ = ["PRINCIPLES"]

PRINCIPLES = Explorable(
    simulate,
    (plane_view, tilt_view),
    reading,
    PrinciplesParams(),
    title="A constitution that all its principles would reject",
    name="principles",
    seed=2022,
    labels={
        "coverage": "share of added questions, in every direction",
        "principles": "number of principles",
        "cases": "questions asked first",
    },
    play="coverage",
    cases=tuple(Cases),
    principles=(2, 3, 5, 16),
    coverage=(0.0, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0),
)
