"""Interprets a filter of system calls as the kernel does, so that filters for other machines can be tested here."""

import struct
from collections.abc import Sequence

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOWED, KILLED = 0x7FFF0000, 0x80000000
FAILS = 0x00050000


def answer(program: bytes, machine: int, number: int, arguments: Sequence[int] = ()) -> int:
    """Return what a filter says of a call."""
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    described = struct.pack("<IIQ6Q", number, machine, 0, *padded)
    steps = [struct.unpack_from("<HBBI", program, place) for place in range(0, len(program), 8)]
    held, place = 0, 0
    while True:
        code, then, otherwise, value = steps[place]
        if code == RETURN:
            return int(value)
        if code == LOAD:
            (held,) = struct.unpack_from("<I", described, value)
            jump = 0
        else:
            true = {EQUAL: held == value, AT_LEAST: held >= value, ANY_BIT: bool(held & value)}[code]
            jump = then if true else otherwise
        place += 1 + jump
