"""Ids in OTTO's forms, made from a number and read back to it, so that no list of them need be kept (otto-api.md 3.1, 3.2)."""

from __future__ import annotations

import re

_M48 = (1 << 48) - 1
_M64 = (1 << 64) - 1
_FACTOR = 0x5DEECE66D
_BACK = pow(_FACTOR, -1, 1 << 48)
_MASK = 0x2A5F_93C1_7E4B
_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_LENGTH = 9
_MODULUS: int = 36**_LENGTH
_SPREAD = 48_271_048_271_047
_GATHER = pow(_SPREAD, -1, _MODULUS)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"c[a-z0-9]{9}")


def mix(number: int) -> int:
    """Scatter a number over 64 bits, the same way for ever (the finisher of SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & _M64
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & _M64
    number = (number ^ number >> 27) * 0x94D049BB133111EB & _M64
    return number ^ number >> 31


def _uuid(number: int, front: int) -> str:
    tail = (number * _FACTOR & _M48) ^ _MASK
    return f"{front >> 32:08x}-{front >> 16 & 0xFFFF:04x}-4{front >> 4 & 0xFFF:03x}-8{front & 0xFFF:03x}-{tail:012x}"


def sales_order_id(number: int) -> str:
    """Make the `salesOrderId`."""
    return _uuid(number, mix(~number & _M64))


def position_item_id(number: int, item: int) -> str:
    """Make the `positionItemId` of the order's item, counted from 0."""
    return _uuid(number, mix((item + 1) << 50 | number))


def order_number(number: int) -> str:
    """Make the `orderNumber`: ten lower-case letters and digits."""
    value, text = number * _SPREAD % _MODULUS, ""
    for _ in range(_LENGTH):
        value, digit = divmod(value, 36)
        text += _DIGITS[digit]
    return f"c{text}"


def number_of(text: str) -> int | None:
    """Read a `salesOrderId` or an `orderNumber` back; None if it is neither or not one of ours."""
    if _UUID.fullmatch(text):
        number = (int(text[-12:], 16) ^ _MASK) * _BACK & _M48
        return number if sales_order_id(number) == text else None
    if _NUMBER.fullmatch(text):
        value = 0
        for digit in reversed(text[1:]):
            value = value * 36 + _VALUES[digit]
        return value * _GATHER % _MODULUS
    return None
