"""Deffuant's pairs beside ndlib, as many meetings for both; and DeGroot's rule beside a loop over a networkx graph.

ndlib counts as many meetings an iteration as there are people, as a sweep of ours does. It draws them one after the other
and looks at all other people each time, so that its time grows with the square of their number; it needs `ndlib` (6.0.1).
"""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np

from benchmarks.models.harness import Bench
from sysalign_lib.value_learning.opinions import camps, deffuant, deffuant_one_by_one, listen, random_ties, settled

APART = True
OPENNESS = 0.2
LONG, TOWNS = 50, 2  # sweeps after which camps are settled, and towns that end in them
SHORT = 1  # sweeps that ndlib can be asked for with 10,000 people
COMPARED = 100  # towns that tell how much towns differ
SIGMAS = 5.0  # standard deviations by which independent towns may differ
ROUNDS, HEARD = 20, 10  # of DeGroot's rule, and people heard besides oneself
EXACT = 1e-12

Towns = tuple[np.ndarray, int]
Ties = tuple[Any, Any, np.ndarray]


def few_towns(people: int) -> Towns:
    """First opinions [town, person] of two towns, and sweeps until they are settled."""
    return np.random.default_rng(people).random((TOWNS, people)), LONG


def one_town(people: int) -> Towns:
    """First opinions of one town, and a sweep."""
    return np.random.default_rng(people).random((1, people)), SHORT


def pairs(data: Towns) -> np.ndarray:
    """Ours: half as many disjoint pairs as people at a time."""
    start, sweeps = data
    return deffuant(start, OPENNESS, sweeps, np.random.default_rng(1))


class Complete(nx.Graph):
    """Everyone knows everyone: says so, without a list of 50 million acquaintances, which ndlib does not look at."""

    def number_of_edges(self, *_: Any) -> int:
        """Pairs of people."""
        people = self.number_of_nodes()
        return people * (people - 1) // 2


def ndlib_pairs(data: Towns) -> np.ndarray:
    """ndlib's model of algorithmic bias without bias, which is Deffuant's; it draws its own first opinions, uniform too."""
    try:
        from ndlib.models.ModelConfig import Configuration
        from ndlib.models.opinions import AlgorithmicBiasModel
    except ImportError as error:
        raise SystemExit(f"this comparison needs ndlib 6.0.1 and what it imports: {error}") from error
    (towns, people), sweeps = data[0].shape, data[1]
    ends = []
    for town in range(towns):
        graph = Complete()
        graph.add_nodes_from(range(people))
        model = AlgorithmicBiasModel(graph, seed=1000 * people + town)
        configuration = Configuration()
        configuration.add_model_parameter("epsilon", OPENNESS)
        configuration.add_model_parameter("gamma", 0)
        model.set_initial_status(configuration)
        model.iteration()  # reports the first opinions
        for _ in range(sweeps):
            model.iteration()
        ends.append([float(model.status[person]) for person in range(people)])
    return np.array(ends)


def features(opinion: np.ndarray) -> np.ndarray:
    """Of each town: standard deviation of opinions, share of pairs who would listen to each other, number of camps."""
    value = np.sort(opinion, axis=1)
    near = [np.searchsorted(one, one + OPENNESS, "right") - np.arange(len(one)) for one in value]
    close = [2 * one.sum() / len(one) ** 2 for one in near]
    return np.array([value.std(axis=1), close, camps(value, OPENNESS, max(2, value.shape[1] // 50))])


def distance(one: np.ndarray, many: np.ndarray) -> float:
    """Largest difference of the towns' mean features, in standard errors; towns hardly differ at all in a number of camps."""
    mine, theirs = features(one), features(many)
    spread = np.maximum(theirs.std(axis=1, ddof=1), [1e-4, 1e-4, 0.2])
    error = spread * math.sqrt(1 / mine.shape[1] + 1 / theirs.shape[1])
    return float((np.abs(mine.mean(axis=1) - theirs.mean(axis=1)) / error).max())


def agree_settled(data: Towns, mine: np.ndarray, peer: np.ndarray) -> str:
    """Settled towns of ndlib, and ours, against 100 further towns of ours: features within five standard errors."""
    people, sweeps = data[0].shape[1], data[1]
    rng = np.random.default_rng(2)
    many = deffuant(rng.random((COMPARED, people)), OPENNESS, sweeps, rng)
    worst = max(distance(mine, many), distance(peer, many))
    assert worst < SIGMAS, worst
    words = ", ".join(f"{number:g}" for number in features(peer)[2])
    return (
        f"{settled(many, OPENNESS).mean():.0%} settled, ndlib's camps {words}; features within {worst:.1f} std. errors"
    )


def agree_running(data: Towns, mine: np.ndarray, peer: np.ndarray) -> str:
    """After one sweep a town is on its way, and pairs drawn one by one lag behind pairs drawn disjoint.

    So ndlib's town is held against 20 towns with one meeting after the other; and these, carried on until they are settled,
    against as many of ours.
    """
    people, rng = data[0].shape[1], np.random.default_rng(3)
    slow = deffuant_one_by_one(rng.random((20, people)), OPENNESS, data[1], rng)
    start = distance(peer, slow)
    end = distance(
        deffuant(mine, OPENNESS, LONG, rng), deffuant_one_by_one(slow, OPENNESS, LONG, rng)
    )  # fmt: skip
    assert max(start, end) < SIGMAS, (start, end)
    return f"ndlib within {start:.1f}, ours when settled within {end:.1f} std. errors of one by one"


def circle(people: int) -> Ties:
    """Weights as a sparse matrix and as a networkx graph, and first opinions."""
    rng = np.random.default_rng(people)
    weights = random_ties(people, HEARD, rng)
    weights.sum_duplicates()
    graph = nx.from_scipy_sparse_array(weights, create_using=nx.DiGraph)
    return weights, graph, rng.random(people)


def sparse(data: Ties) -> np.ndarray:
    """Ours: a sparse matrix times the opinions, round by round."""
    return listen(data[0], data[2], ROUNDS)


def networkx_loop(data: Ties) -> np.ndarray:
    """One person after the other, as one would write it first."""
    opinion = dict(enumerate(data[2].tolist()))
    for _ in range(ROUNDS):
        opinion = {
            one: sum(tie["weight"] * opinion[other] for other, tie in heard.items())
            for one, heard in data[1].adjacency()
        }
    return np.array([opinion[one] for one in range(len(opinion))])


def agree_exactly(data: Ties, mine: np.ndarray, peer: np.ndarray) -> str:
    """The rule leaves nothing to chance."""
    worst = float(np.abs(mine - peer).max())
    assert worst < EXACT, worst
    return f"largest difference {worst:.0e}"


BENCHES = (
    Bench(
        name=f"Deffuant until settled, openness {OPENNESS}, {TOWNS} towns, {LONG} sweeps of as many meetings as people",
        unit="people",
        sizes=(100, 300, 1000),
        prepare=few_towns,
        ours=pairs,
        peer=ndlib_pairs,
        peer_name="ndlib, AlgorithmicBiasModel with gamma = 0",
        agree=agree_settled,
        at_least=500,
    ),
    Bench(
        name=f"Deffuant, openness {OPENNESS}, one town, {SHORT} sweep of as many meetings as people",
        unit="people",
        sizes=(1000, 3000, 10_000),
        prepare=one_town,
        ours=pairs,
        peer=ndlib_pairs,
        peer_name="ndlib, AlgorithmicBiasModel with gamma = 0",
        agree=agree_running,
        at_least=500,
    ),
    Bench(
        name=f"DeGroot, {ROUNDS} rounds, everyone hears {HEARD} others",
        unit="people",
        sizes=(100, 1000, 10_000),
        prepare=circle,
        ours=sparse,
        peer=networkx_loop,
        peer_name="a loop over a networkx graph",
        agree=agree_exactly,
        at_least=50,
    ),
)
