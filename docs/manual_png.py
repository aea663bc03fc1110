"""Pictures small enough for a repository: a page of a PDF, its white margins cut off, as a PNG of at most 256 colours."""

from __future__ import annotations

import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MARGIN = 12
"""Pixels of white that are left around what is shown."""
LARGEST = 200_000
"""Bytes that a picture may have."""
COLOURS = 64
"""Colours of a picture: enough for text and fills, few enough for a small file."""

Pixels = NDArray[np.uint8]


def page(pdf: Path, dots: int, number: int = 1) -> Pixels:
    """One page of a PDF at that many dots an inch, as rows of red, green and blue."""
    done = subprocess.run(
        ["pdftoppm", "-r", str(dots), "-f", str(number), "-l", str(number), str(pdf)], capture_output=True, check=True
    )
    kind, size, _, data = done.stdout.split(b"\n", 3)
    assert kind == b"P6", kind
    width, height = map(int, size.split())
    return np.frombuffer(data, dtype=np.uint8).reshape(height, width, 3)


def cropped(pixels: Pixels) -> Pixels:
    """Without the white around it."""
    shown = (pixels < 250).any(axis=2)
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not len(rows):
        raise ValueError("the page is empty")
    top, left = max(rows[0] - MARGIN, 0), max(columns[0] - MARGIN, 0)
    return pixels[top : rows[-1] + MARGIN, left : columns[-1] + MARGIN]


def write(path: Path, pixels: Pixels) -> int:
    """Write a PNG with at most 256 colours; returns its bytes. Raises ValueError when it is too large."""
    palette, index = _few_colours(pixels)
    lines = b"".join(b"\0" + row.tobytes() for row in index)
    head = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)
    if len(data) >= LARGEST:
        raise ValueError(f"{path.name} has {len(data):,} bytes, more than {LARGEST:,}: show less of the sheet")
    path.write_bytes(data)
    return len(data)


def _few_colours(pixels: Pixels) -> tuple[bytes, Pixels]:
    """The colours that are seen most, and each pixel's place among them; rare ones go to the nearest of those."""
    wide = pixels.astype(np.int32)
    keys = (wide[:, :, 0] << 16) | (wide[:, :, 1] << 8) | wide[:, :, 2]
    found, place, count = np.unique(keys, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 16, (found >> 8) & 255, found & 255], axis=1)
    most = np.argsort(-count, kind="stable")[:COLOURS]
    nearest = np.empty(len(found), dtype=np.uint8)
    for start in range(0, len(found), 1000):
        apart = colours[start : start + 1000, None, :] - colours[most][None, :, :]
        nearest[start : start + 1000] = (apart**2).sum(axis=2).argmin(axis=1)
    return colours[most].astype(np.uint8).tobytes(), nearest[place].reshape(keys.shape)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
