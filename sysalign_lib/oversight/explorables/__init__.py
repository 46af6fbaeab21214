"""The chapter's figures, one file a model, in the order of the chapter."""

from sysalign_lib.oversight.explorables.amplification import AMPLIFICATION
from sysalign_lib.oversight.explorables.boolean_debate import BOOLEAN_DEBATE
from sysalign_lib.oversight.explorables.debate import DEBATE, DEBATE_ACCURACY
from sysalign_lib.oversight.explorables.modular import INTEGRATION, MODULAR
from sysalign_lib.oversight.explorables.near_decomposability import NEAR_DECOMPOSABLE
from sysalign_lib.oversight.explorables.neural_judge import NEURAL_JUDGE
from sysalign_lib.oversight.explorables.nk import RUGGED
from sysalign_lib.oversight.explorables.obfuscation import OBFUSCATION
from sysalign_lib.oversight.explorables.redundancy import CONDORCET, REDUNDANCY

__all__ = [
    "AMPLIFICATION", "BOOLEAN_DEBATE", "CONDORCET", "DEBATE", "DEBATE_ACCURACY", "INTEGRATION", "MODULAR",
    "NEAR_DECOMPOSABLE", "NEURAL_JUDGE", "OBFUSCATION", "REDUNDANCY", "RUGGED",
]  # fmt: skip
