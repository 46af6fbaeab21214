"""Numbers as a reading says them."""

from __future__ import annotations

__all__ = ["percent"]


def percent(share: float) -> str:
    """Return a share in percent with at most one decimal; what is not quite nothing or all is never rounded to it."""
    value = 100 * float(share)
    if share in (0.0, 1.0):
        return f"{value:.0f} %"
    if value < 0.05 or value > 99.95:
        return "less than 0.1 %" if value < 50 else "more than 99.9 %"
    return f"{float(f'{value:.1f}'):g} %"
