"""The hero of the chapter, one debate about a digit; and how often debates end well."""

from __future__ import annotations

from sysalign_lib.oversight.debate import (
    DebateParams,
    GameParams,
    GameResult,
    Lie,
    Picture,
    Trouble,
    simulate,
    solve_game,
)
from sysalign_lib.oversight.views.debate import accuracy_reading, accuracy_view, game_reading, game_view, odds_view
from sysalign_lib.page.explorable import Bet, Explorable, exact

__all__ = ["DEBATE", "DEBATE_ACCURACY"]


def share_won(result: GameResult) -> float:
    """Images about which the truth beats all nine lies, in percent."""
    return 100 * result.share


DEBATE = Explorable(
    exact(solve_game),
    (game_view, odds_view),
    game_reading,
    GameParams(),
    title="Six dots to tell the truth by",
    name="debate",
    seed=1805,
    labels={"picture": "picture", "lie": "what the liar claims", "shown": "pixels shown"},
    bet=Bet(
        question="Of 100 digits, about how many does the truth beat all nine lies, three dots a side?",
        low=0,
        high=100,
        step=1,
        unit="%",
        reveal={"picture": Picture.THREE, "shown": 6},
        answer=share_won,
    ),
    play="shown",
    picture=tuple(Picture),
    lie=tuple(Lie),
    shown=(0, 1, 2, 3, 4, 5, 6),
)

DEBATE_ACCURACY = Explorable(
    simulate,
    accuracy_view,
    accuracy_reading,
    DebateParams(),
    title="How often does the truth win?",
    name="debate-accuracy",
    seed=1805,
    labels={
        "pixels": "pixels shown in all",
        "coupling": "pixels over which a fact is split",
        "trouble": "trouble",
        "named": "lie named beforehand",
    },
    play="pixels",
    trouble=tuple(Trouble),
    named=(True, False),
    coupling=(1, 2, 4),
    pixels=(2, 4, 6, 8, 10, 12),
)
