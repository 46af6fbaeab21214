"""Checks: what they accept, what they refuse, and that the sentence names the parameter, the range and the value."""

from __future__ import annotations

import math
from enum import StrEnum

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
