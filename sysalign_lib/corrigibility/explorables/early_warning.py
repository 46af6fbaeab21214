"""Early warnings: the ROC curve of a rising indicator, against three worlds in which no fold is coming."""

from __future__ import annotations

from sysalign_lib.corrigibility.early_warning import EarlyWarningParams, Null, simulate
from sysalign_lib.corrigibility.views.early_warning import curve, indicator, reading
from sysalign_lib.page.explorable import Explorable

__all__ = ["EARLY_WARNING"]

EARLY_WARNING = Explorable(
    simulate,
    (curve, indicator),
    reading,
    EarlyWarningParams(),
    title="Would the wobble have warned us?",
    seed=3,
    name="early-warning",
    labels={
        "null": "other world",
        "speed": "ramp speed (force a time unit)",
        "noise": "noise (capability / √time)",
        "window": "window (share of the record)",
    },
    play="speed",
    null=(Null.RAMP, Null.REST, Null.SLOWING),
    speed=(0.005, 0.01, 0.02, 0.05, 0.1),
    noise=(0.1, 0.2, 0.6),
    window=(0.25, 0.5),
)
