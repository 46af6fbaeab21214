"""Checks on what a user passes in.

Every message names the parameter, what is allowed and what came:
``noise must be in [0, 0.5], got 0.7``. A wrong type raises `TypeError`, a wrong value `ValueError`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import field, fields
from enum import Enum
from numbers import Integral, Real
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["array", "bounded", "choice", "flag", "integer", "number", "odd", "params"]


def bounded(
    default: float,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> Any:
    """A field of a params dataclass with a default and the interval that `params` holds it to."""
    limits = {"low": low, "high": high}
    return field(default=default, metadata={**limits, "open_low": open_low, "open_high": open_high})


def params(made: Any) -> None:
    """Check every field of a params dataclass by its annotation; call it from ``__post_init__``.

    float: a finite number, int: a whole number, each in the interval that `bounded` gives; bool: a flag; an Enum: one of
    its members.

    Raises
    ------
    TypeError, ValueError : the message names the field, what is allowed and what came.
    """
    hints = get_type_hints(type(made))
    for one in fields(made):
        value, kind, limits = getattr(made, one.name), hints[one.name], dict(one.metadata)
        if kind is float:
            number(one.name, value, **limits)
        elif kind is int:
            integer(one.name, value, limits.get("low", -math.inf), limits.get("high", math.inf))
        elif kind is bool:
            flag(one.name, value)
        else:
            choice(one.name, value, kind)


def number(
    name: str,
    value: object,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> None:
    """Refuse anything but a finite real number in the interval from `low` to `high`.

    `open_low` and `open_high` exclude the end points. Booleans are refused: they are not numbers here.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        size = float(value)
    except OverflowError:  # a whole number or a fraction beyond the largest float
        size = math.inf
    _interval(name, value, size, low, high, open_low, open_high)


def integer(name: str, value: object, low: float = -math.inf, high: float = math.inf) -> None:
    """Refuse anything but a whole number (an integer type, not a float) from `low` to `high`, both included."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    _interval(name, value, int(value), low, high, False, False)


def odd(name: str, value: object, high: float = math.inf) -> None:
    """Refuse anything but an odd whole number from 1 to `high`: as many voters have a majority."""
    integer(name, value, low=1, high=high)
    if int(value) % 2 == 0:  # type: ignore[call-overload]
        raise ValueError(f"{name} must be odd, so that there is a majority, got {value}")


def flag(name: str, value: object) -> None:
    """Refuse anything but True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def choice(name: str, value: object, allowed: Iterable[object] | type[Enum]) -> None:
    """Refuse a value that is not one of `allowed` (an iterable of values, or an Enum class for its members)."""
    options = list(allowed)
    if not any(type(value) is type(option) and value == option for option in options):
        words = ", ".join(str(option.value) if isinstance(option, Enum) else repr(option) for option in options)
        raise ValueError(f"{name} must be one of {words}, got {value!r}")


def array(
    name: str,
    value: ArrayLike,
    shape: tuple[int | None, ...],
    low: float = -math.inf,
    high: float = math.inf,
) -> NDArray[np.float64]:
    """Return `value` as a float array.

    A wrong shape (None stands for any length), NaN, infinity and values outside [`low`, `high`] are refused.
    """
    try:
        result = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers, got {type(value).__name__}") from None
    if result.ndim != len(shape) or any(w is not None and w != n for w, n in zip(shape, result.shape, strict=True)):
        words = ", ".join("any" if width is None else str(width) for width in shape)
        raise ValueError(f"{name} must have shape ({words}), got {result.shape}")
    if not np.isfinite(result).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    if result.size and (result.min() < low or result.max() > high):
        came = f"values from {result.min():g} to {result.max():g}"
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}], got {came}")
    return result


def _interval(name: str, shown: object, value: float, low: float, high: float, open_low: bool, open_high: bool) -> None:
    below = value <= low if open_low else value < low
    above = value >= high if open_high else value > high
    if (isinstance(value, int) or math.isfinite(value)) and not below and not above:
        return
    left = "(" if open_low or math.isinf(low) else "["
    right = ")" if open_high or math.isinf(high) else "]"
    allowed = "finite" if math.isinf(low) and math.isinf(high) else f"in {left}{low:g}, {high:g}{right}"
    raise ValueError(f"{name} must be {allowed}, got {shown}")
