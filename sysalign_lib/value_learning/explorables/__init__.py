"""The chapter's figures, one file a model, in the order of the chapter."""

from sysalign_lib.value_learning.explorables.ambiguity import AMBIGUITY
from sysalign_lib.value_learning.explorables.influence import INFLUENCE
from sysalign_lib.value_learning.explorables.irl import LP_PATH
from sysalign_lib.value_learning.explorables.moving_values import MOVING_VALUES
from sysalign_lib.value_learning.explorables.opinions import OPINIONS
from sysalign_lib.value_learning.explorables.performative import PERFORMATIVE_COIN
from sysalign_lib.value_learning.explorables.planners import PLANNERS
from sysalign_lib.value_learning.explorables.recommender import RECOMMENDER
from sysalign_lib.value_learning.explorables.society import SOCIETY

__all__ = [
    "AMBIGUITY", "INFLUENCE", "LP_PATH", "MOVING_VALUES", "OPINIONS", "PERFORMATIVE_COIN", "PLANNERS", "RECOMMENDER",
    "SOCIETY",
]  # fmt: skip
