"""The chapter's figures, one file a model, in the order of the chapter."""

from sysalign_lib.corrigibility.explorables.braess import BRAESS
from sysalign_lib.corrigibility.explorables.controllability import CONTROL_ENERGY, DRIVER_NODES
from sysalign_lib.corrigibility.explorables.drift import DRIFT
from sysalign_lib.corrigibility.explorables.early_warning import EARLY_WARNING
from sysalign_lib.corrigibility.explorables.fold import FOLD
from sysalign_lib.corrigibility.explorables.indifference import BUTTON
from sysalign_lib.corrigibility.explorables.interruptibility import INTERRUPTIBLE
from sysalign_lib.corrigibility.explorables.off_switch import DEFERENCE_PLANE
from sysalign_lib.corrigibility.explorables.reward_share import REWARD_SHARE

__all__ = [
    "BRAESS", "BUTTON", "CONTROL_ENERGY", "DEFERENCE_PLANE", "DRIFT", "DRIVER_NODES", "EARLY_WARNING", "FOLD",
    "INTERRUPTIBLE", "REWARD_SHARE",
]  # fmt: skip
