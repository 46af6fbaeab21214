"""The chapter's figures, one file a model, in the order of the chapter."""

from sysalign_lib.rlhf.explorables.aggregation import VOTER_TRIANGLE
from sysalign_lib.rlhf.explorables.amendment import AMENDMENT
from sysalign_lib.rlhf.explorables.best_of_n import KL_BOUND
from sysalign_lib.rlhf.explorables.cycles import CYCLES
from sysalign_lib.rlhf.explorables.hidden_context import HIDDEN_CONTEXT
from sysalign_lib.rlhf.explorables.overoptimization import OVEROPTIMIZATION
from sysalign_lib.rlhf.explorables.principles import PRINCIPLES
from sysalign_lib.rlhf.explorables.refresh import REFRESHED
from sysalign_lib.rlhf.explorables.reward_model import RATER_NOISE
from sysalign_lib.rlhf.explorables.tracking import TRACKING

__all__ = [
    "AMENDMENT", "CYCLES", "HIDDEN_CONTEXT", "KL_BOUND", "OVEROPTIMIZATION", "PRINCIPLES", "RATER_NOISE", "REFRESHED",
    "TRACKING", "VOTER_TRIANGLE",
]  # fmt: skip
