"""Checks: what they accept, what they refuse, and that the sentence names the parameter, the range and the value."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sysalign_lib.core import checks


class Human(StrEnum):
    RATIONAL = "rational"
    NOISY = "noisy"


@given(st.floats(0, 0.5))
def test_number_accepts_its_interval(value: float) -> None:
    checks.number("noise", value, 0, 0.5)
    checks.number("noise", np.float64(value), 0, 0.5)


def test_number_message_is_the_promised_sentence() -> None:
    with pytest.raises(ValueError, match=r"^noise must be in \[0, 0\.5\], got 0\.7$"):
        checks.number("noise", 0.7, 0, 0.5)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1e-9, 0.5 + 1e-9])
def test_number_refuses_values(value: float) -> None:
    with pytest.raises(ValueError, match="noise"):
        checks.number("noise", value, 0, 0.5)


@pytest.mark.parametrize("value", ["0.2", None, True, np.bool_(True), 1j, [0.2], np.array([0.2, 0.3])])
def test_number_refuses_types(value: object) -> None:
    with pytest.raises(TypeError, match="noise must be a number"):
        checks.number("noise", value, 0, 0.5)


def test_open_ends_and_half_lines() -> None:
    with pytest.raises(ValueError, match=r"s must be in \(0, inf\), got 0"):
        checks.number("s", 0, 0, open_low=True)
    with pytest.raises(ValueError, match=r"p must be in \[0, 1\), got 1"):
        checks.number("p", 1, 0, 1, open_high=True)
    with pytest.raises(ValueError, match="x must be finite, got nan"):
        checks.number("x", math.nan)


def test_integer() -> None:
    checks.integer("runs", np.int64(3), 1, 3)
    with pytest.raises(TypeError, match=r"whole number, got 3\.0"):
        checks.integer("runs", 3.0, 1, 3)
    with pytest.raises(ValueError, match=r"runs must be in \[1, 3\], got 4"):
        checks.integer("runs", 4, 1, 3)


def test_choice_of_enum_and_of_values() -> None:
    checks.choice("human", Human.NOISY, Human)
    with pytest.raises(ValueError, match="human must be one of rational, noisy, got 'noisy'"):
        checks.choice("human", "noisy", Human)
    with pytest.raises(ValueError, match=r"gamma must be one of 3, 4, got 3\.0"):
        checks.choice("gamma", 3.0, (3, 4))


def test_flag() -> None:
    checks.flag("aware", True)
    with pytest.raises(TypeError, match="aware must be True or False, got 1"):
        checks.flag("aware", 1)


def test_array() -> None:
    assert checks.array("rates", [[1, 2]], (None, 2)).shape == (1, 2)
    with pytest.raises(ValueError, match=r"rates must have shape \(any, 2\), got \(3,\)"):
        checks.array("rates", [1, 2, 3], (None, 2))
    with pytest.raises(ValueError, match="rates must be finite"):
        checks.array("rates", [math.nan], (1,))
    with pytest.raises(ValueError, match=r"rates must lie in \[0, 1\], got values from -1 to 2"):
        checks.array("rates", [-1, 2], (2,), 0, 1)
    with pytest.raises(TypeError, match="rates must be an array of numbers, got str"):
        checks.array("rates", "many", (2,))


@dataclass(frozen=True, kw_only=True)
class DoseParams:
    """One field of every kind that a model may declare."""

    dose: float = checks.bounded(1.0, low=0.0, high=2.0)
    share: float = checks.bounded(0.5, low=0.0, high=1.0, open_low=True, open_high=True)
    rate: float = checks.bounded(1.0, low=0.0, open_low=True)
    shift: float = checks.bounded(0.0)
    loose: float = 0.0
    runs: int = checks.bounded(3, low=1, high=5)
    human: Human = Human.NOISY
    aware: bool = False

    def __post_init__(self) -> None:
        checks.params(self)


def test_bounded_declares_a_default_and_its_interval() -> None:
    declared = {one.name: one for one in fields(DoseParams)}
    assert DoseParams() == DoseParams(dose=1.0, share=0.5, rate=1.0, shift=0.0, runs=3)
    assert dict(declared["dose"].metadata) == {"low": 0.0, "high": 2.0, "open_low": False, "open_high": False}
    assert dict(declared["rate"].metadata) == {"low": 0.0, "high": math.inf, "open_low": True, "open_high": False}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dose", 0.0), ("dose", 2.0), ("dose", 2), ("dose", np.float64(0.3)), ("dose", np.float32(0.25)),
        ("dose", np.int64(1)), ("dose", Fraction(1, 3)), ("share", 5e-324), ("share", math.nextafter(1, 0)), ("rate", 1e300),
        ("shift", -1e300), ("loose", 7), ("runs", 1), ("runs", 5), ("runs", np.int32(2)), ("human", Human.RATIONAL),
        ("aware", True),
    ],
)  # fmt: skip
def test_params_accept_the_ends_and_whole_numbers_for_real_ones(name: str, value: object) -> None:
    assert getattr(DoseParams(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("dose", 2.5, "dose must be in [0, 2], got 2.5"), ("dose", -1, "dose must be in [0, 2], got -1"),
        ("dose", math.nan, "dose must be in [0, 2], got nan"), ("dose", math.inf, "dose must be in [0, 2], got inf"),
        ("dose", np.float64("nan"), "dose must be in [0, 2], got nan"),
        ("share", 0.0, "share must be in (0, 1), got 0.0"), ("share", 1, "share must be in (0, 1), got 1"),
        ("rate", 0, "rate must be in (0, inf), got 0"), ("rate", math.inf, "rate must be in (0, inf), got inf"),
        ("shift", math.nan, "shift must be finite, got nan"), ("shift", -math.inf, "shift must be finite, got -inf"),
        ("loose", math.inf, "loose must be finite, got inf"),
        ("runs", 0, "runs must be in [1, 5], got 0"), ("runs", 6, "runs must be in [1, 5], got 6"),
        ("human", "noisy", "human must be one of rational, noisy, got 'noisy'"),
        ("human", None, "human must be one of rational, noisy, got None"),
    ],
)  # fmt: skip
def test_params_refuse_values_with_the_promised_sentence(name: str, value: object, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        DoseParams(**{name: value})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("dose", "1", "dose must be a number, got '1'"), ("dose", None, "dose must be a number, got None"),
        ("dose", True, "dose must be a number, got True"), ("dose", 1j, "dose must be a number, got 1j"),
        ("dose", [1.0], "dose must be a number, got [1.0]"), ("loose", "", "loose must be a number, got ''"),
        ("runs", 3.0, "runs must be a whole number, got 3.0"), ("runs", math.nan, "runs must be a whole number, got nan"),
        ("runs", True, "runs must be a whole number, got True"), ("runs", "3", "runs must be a whole number, got '3'"),
        ("aware", 1, "aware must be True or False, got 1"), ("aware", "yes", "aware must be True or False, got 'yes'"),
    ],
)  # fmt: skip
def test_params_refuse_types_with_the_promised_sentence(name: str, value: object, sentence: str) -> None:
    with pytest.raises(TypeError) as caught:
        DoseParams(**{name: value})
    assert str(caught.value) == sentence


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_a_whole_number_too_large_for_a_real_one_is_refused_by_name(value: int) -> None:
    for name in ("shift", "loose", "rate", "runs"):
        with pytest.raises(ValueError, match=f"^{name} must be "):
            DoseParams(**{name: value})


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers() | st.none() | st.booleans() | st.text())
def test_what_params_accept_is_a_number_in_the_interval(value: Any) -> None:
    if type(value) in (int, float) and 0 <= value <= 2:
        assert DoseParams(dose=value).dose == value
    else:
        with pytest.raises((TypeError, ValueError), match=r"^dose must be "):
            DoseParams(dose=value)


@pytest.mark.parametrize("value", [1, 3, 101])
def test_odd_numbers_have_a_majority(value: int) -> None:
    checks.odd("votes", value)


def test_even_numbers_and_too_many_are_refused() -> None:
    with pytest.raises(ValueError, match="votes must be odd, so that there is a majority, got 4"):
        checks.odd("votes", 4)
    with pytest.raises(ValueError, match="votes must be in"):
        checks.odd("votes", 9, high=7)
    with pytest.raises(ValueError, match="votes must be in"):
        checks.odd("votes", -1)
