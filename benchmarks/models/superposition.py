"""Training the toy model of superposition beside the same model in PyTorch: the same start, the same batches, Adam for both.

PyTorch (2.13.0, processor only, one thread) is used as it usually is for this model: one tensor for all instances, einsum,
autograd and `torch.optim.Adam`. It differentiates by itself what is written by hand here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.harness import Bench
from sysalign_lib.interpretability.superposition import descent, examples

__all__ = ["BENCHES"]

APART = True
Singles = NDArray[np.float32]
Data = tuple[Singles, list[Singles]]

INSTANCES, BATCH, STEPS, RATE = 8, 256, 20, 0.01
CROWDING = 4  # features a hidden unit
CLOSE = 1e-3  # relative difference of single-precision losses after so many steps


def start(features: int) -> Data:
    """First sheets[instance, row, feature] and the batches[instance, example, feature], the instances at eight densities."""
    rng = np.random.default_rng(features)
    units = features // CROWDING
    sheets = np.zeros((INSTANCES, units + 1, features), dtype=np.float32)
    sheets[:, :-1] = rng.standard_normal((INSTANCES, units, features)) / np.sqrt(units)
    density = np.geomspace(1, 0.02, INSTANCES).astype(np.float32)
    size = (INSTANCES, BATCH, features)
    return sheets, [np.asarray(examples(rng.random(size, dtype=np.float32), density), np.float32) for _ in range(STEPS)]


def ours(data: Data) -> Singles:
    """Loss[step, instance]."""
    sheets, batches = data
    ones = np.ones(sheets.shape[2], dtype=np.float32)
    return np.array([loss for _, loss in descent(sheets, batches, ones, RATE)])


def pytorch(data: Data) -> Singles:
    """Loss[step, instance]."""
    try:
        import torch
    except ImportError as error:
        raise SystemExit(f"superposition is measured beside PyTorch, which is not installed here: {error}") from error
    torch.set_num_threads(1)
    sheets, batches = data
    weights = torch.tensor(sheets[:, :-1], requires_grad=True)
    offsets = torch.tensor(sheets[:, -1], requires_grad=True)
    optimizer, losses = torch.optim.Adam([weights, offsets], lr=RATE), []
    for batch in batches:
        inputs = torch.from_numpy(batch)
        hidden = torch.einsum("ibf,ihf->ibh", inputs, weights)
        guess = torch.relu(torch.einsum("ibh,ihf->ibf", hidden, weights) + offsets[:, None])
        loss = ((guess - inputs) ** 2).sum(dim=2).mean(dim=1)
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
        losses.append(loss.detach().numpy())
    return np.array(losses)


def same_losses(_data: Data, own: Singles, peer: Singles) -> str:
    """Every loss of every step, relative to its size."""
    gap = float((np.abs(own - peer) / peer).max())
    assert gap < CLOSE, f"losses differ by {gap}"
    return f"losses agree within {gap:.0e} of their size"


BENCHES = (
    Bench(
        name=f"training superposition, {INSTANCES} instances, {CROWDING} features a unit, {STEPS} steps of {BATCH} examples",
        unit="features",
        sizes=(20, 80, 320),
        prepare=start,
        ours=ours,
        peer=pytorch,
        peer_name="PyTorch on the processor, one thread",
        agree=same_losses,
        at_least=1,
        judged=80,
    ),
)
