"""The page half of the book: one explorable class with a live and a kernel-free life, cards and glued numbers."""

from sysalign_lib.page.cards import glue, ledger, verdicts
from sysalign_lib.page.explorable import Bet, Explorable

__all__ = ["Bet", "Explorable", "glue", "ledger", "verdicts"]
