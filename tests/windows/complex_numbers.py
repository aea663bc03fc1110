"""What Wine 10 lacks: its ucrtbase.dll has only stubs of crealf, cimagf and their like, which numpy calls when imported.

The x64 convention hands an 8-byte _Fcomplex over in rcx, a 16-byte _Dcomplex or _Lcomplex by its address in rcx; the
answer goes back in xmm0.
"""

from __future__ import annotations

import struct
from pathlib import Path

CODE = {
    b"crealf": "660f6ec1c3",  # movd xmm0, ecx; ret
    b"cimagf": "48c1e920660f6ec1c3",  # shr rcx, 32; movd xmm0, ecx; ret
    b"creal": "f20f1001c3",  # movsd xmm0, [rcx]; ret
    b"creall": "f20f1001c3",
    b"cimag": "f20f104108c3",  # movsd xmm0, [rcx+8]; ret
    b"cimagl": "f20f104108c3",
}
STUB = bytes.fromhex("4883ec28488d0d")
"""How a function begins that is not there: sub rsp, 28h; lea rcx, [name]; then it reports itself and ends."""


def write_in(path: Path) -> None:
    """Put the six functions in place of their stubs; where they are there, nothing changes."""
    data = bytearray(path.read_bytes())
    (pe,) = struct.unpack_from("<I", data, 0x3C)
    (sections,) = struct.unpack_from("<H", data, pe + 6)
    (optional,) = struct.unpack_from("<H", data, pe + 20)
    table = [struct.unpack_from("<4I", data, pe + 24 + optional + 40 * n + 8) for n in range(sections)]

    def at(address: int) -> int:
        """Where in the file that address of the loaded library lies."""
        return next(
            address - start + raw for size, start, length, raw in table if start <= address < start + max(size, length)
        )

    export = at(struct.unpack_from("<I", data, pe + 24 + 112)[0])
    _, count, functions, names, ordinals = struct.unpack_from("<5I", data, export + 20)
    for n in range(count):
        begin = at(struct.unpack_from("<I", data, at(names) + 4 * n)[0])
        name = bytes(data[begin : data.index(b"\0", begin)])
        if name in CODE:
            (ordinal,) = struct.unpack_from("<H", data, at(ordinals) + 2 * n)
            code = at(struct.unpack_from("<I", data, at(functions) + 4 * ordinal)[0])
            if data[code : code + len(STUB)] == STUB:
                new = bytes.fromhex(CODE[name])
                data[code : code + len(new)] = new
    path.write_bytes(data)
