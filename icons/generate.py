#!/usr/bin/env python3
"""Draws the platforms' icons from kaibo.svg. Needs rsvg-convert (Debian: librsvg2-bin).

    icons/generate.py
"""

import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).resolve().parent

# Apple's four-letter types for PNG content, by size in pixels. A type ending in 1 to 4 is the doubled variant.
ICNS = {"ic11": 32, "ic12": 64, "ic07": 128, "ic08": 256, "ic13": 256, "ic09": 512, "ic14": 512, "ic10": 1024}
ICO = (16, 24, 32, 48, 64, 256)
PNG = {"32x32.png": 32, "128x128.png": 128, "256x256.png": 256, "512x512.png": 512}


def draw(size: int) -> bytes:
    """The mark as PNG, size x size pixels."""
    command = ["rsvg-convert", "-w", str(size), "-h", str(size), str(HERE / "kaibo.svg")]
    return subprocess.run(command, check=True, capture_output=True).stdout


def ico(sizes) -> bytes:
    """Windows: a head, a table of 16 bytes a picture, the pictures as PNG."""
    pictures = [draw(size) for size in sizes]
    table, at = b"", 6 + 16 * len(pictures)
    for size, picture in zip(sizes, pictures):
        side = size % 256  # 256 is written as 0
        table += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return struct.pack("<HHH", 0, 1, len(pictures)) + table + b"".join(pictures)


def icns(types) -> bytes:
    """macOS: chunks of type, length and PNG, under a head with the whole length."""
    chunks = b""
    for name, size in types.items():
        picture = draw(size)
        chunks += name.encode() + struct.pack(">I", len(picture) + 8) + picture
    return b"icns" + struct.pack(">I", len(chunks) + 8) + chunks


for name, size in PNG.items():
    (HERE / name).write_bytes(draw(size))
(HERE / "icon.ico").write_bytes(ico(ICO))
(HERE / "icon.icns").write_bytes(icns(ICNS))
