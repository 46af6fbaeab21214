"""The call tree of amplification with votes and a shared cause."""

from __future__ import annotations

from sysalign_lib.oversight.amplification import AmplificationParams, simulate
from sysalign_lib.oversight.views.amplification import curve_view, reading, tree_view
from sysalign_lib.page.explorable import Explorable

__all__ = ["AMPLIFICATION"]

AMPLIFICATION = Explorable(
    simulate,
    (tree_view, curve_view),
    reading,
    AmplificationParams(),
    title="Errors double with every level, unless votes remove them",
    name="amplification",
    seed=8,
    labels={
        "error": "chance that a worker slips",
        "depth": "depth of the tree (doublings)",
        "votes": "workers voting on every question",
        "shared": "share of questions on which all are of one mind",
    },
    play="depth",
    error=(0.0, 0.01, 0.05, 0.1),
    votes=(1, 3, 5),
    shared=(0.0, 0.3, 0.6),
    depth=(1, 2, 3, 4, 5, 6),
)
