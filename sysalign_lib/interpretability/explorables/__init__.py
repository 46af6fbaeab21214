"""The chapter's figures, one file a model, in the order of the chapter."""

from sysalign_lib.interpretability.explorables.automata import AUTOMATA, AUTOMATA_FORECAST, AUTOMATA_MAP
from sysalign_lib.interpretability.explorables.boolean_transparency import MISREAD, TRANSPARENCY
from sysalign_lib.interpretability.explorables.coupled_maps import COUPLED
from sysalign_lib.interpretability.explorables.gauge_drift import GAUGE
from sysalign_lib.interpretability.explorables.grokking import CONSTRUCTED, FUTURES, NEURON
from sysalign_lib.interpretability.explorables.learners import LEARNERS
from sysalign_lib.interpretability.explorables.learning_dynamics import SAME_FUNCTION, STAIRCASE
from sysalign_lib.interpretability.explorables.minority_game import MINORITY
from sysalign_lib.interpretability.explorables.superposition import PHASES, SUPERPOSITION

__all__ = [
    "AUTOMATA", "AUTOMATA_FORECAST", "AUTOMATA_MAP", "CONSTRUCTED", "COUPLED", "FUTURES", "GAUGE", "LEARNERS", "MINORITY",
    "MISREAD", "NEURON", "PHASES", "SAME_FUNCTION", "STAIRCASE", "SUPERPOSITION", "TRANSPARENCY",
]  # fmt: skip
