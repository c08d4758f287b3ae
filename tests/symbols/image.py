#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""image.py FILE FOLDER: the symbols and the BTF of a kernel, read out of its image; no Debian package has its System.map.

Writes into the folder what it would show in /proc/kallsyms and /sys/kernel/btf/vmlinux. Every address is 1: they
take reading more, and nobody needs them here.
"""
import os
import struct
import subprocess
import sys
import zlib

SYMBOLS_PER_MARKER = 256
MARKERS_WITHIN = 2 << 20  # bytes before the tokens
BTF_MAGIC = struct.pack("<HBBI", 0xEB9F, 1, 0, 24)
COMPRESSED = {  # magic: what unpacks it; each ignores what follows
    b"\xfd7zXZ\0": ["xz", "-dc", "--single-stream"],
    b"\x28\xb5\x2f\xfd": ["zstd", "-dc", "--no-check"],
}


class NoKernel(Exception):
    pass


def unpack(data, start):
    """What is compressed at start, or None."""
    if data.startswith(b"\x1f\x8b\x08", start):
        return zlib.decompressobj(31).decompress(data[start:])
    for magic, command in COMPRESSED.items():
        if data.startswith(magic, start):
            # An exit status says only that something follows.
            return subprocess.run(command, input=data[start:], capture_output=True, check=False).stdout
    return None


def vmlinux(data):
    """The kernel inside of an image that unpacks itself, or the image."""
    if data[0x202:0x206] == b"HdrS":  # x86: Documentation/arch/x86/boot.rst
        setup = data[0x1F1] or 4
        offset, length = struct.unpack_from("<II", data, 0x248)
        start = (setup + 1) * 512 + offset
        return unpack(data[: start + length], start)
    if data[:2] == b"MZ" and data[4:8] == b"zimg":  # EFI zboot: drivers/firmware/efi/libstub/zboot-header.S
        offset, length = struct.unpack_from("<II", data, 8)
        return unpack(data[: offset + length], offset)
    return unpack(data, 0) or data


def tokens(image):
    """Where kallsyms' table of 256 tokens is, and the tokens."""
    digits = b"".join(b"%d\0" % i for i in range(10))
    at = -1
    while (at := image.find(digits, at + 1)) >= 0:
        # Digits stand for themselves; before '0' there are 48 others.
        start = at
        for _ in range(ord("0")):
            start = image.rfind(b"\0", 0, start - 1) + 1
        found = image[start : start + 16384].split(b"\0")[:256]
        if len(found) == 256 and found[ord("A") : ord("D")] == [b"A", b"B", b"C"]:
            yield start, found


def length_at(image, at):
    """The number of tokens of a name, and where they begin (scripts/kallsyms.c: up to 127 in one byte)."""
    first = image[at]
    if first & 0x80:
        return first & 0x7F | image[at + 1] << 7, at + 2
    return first, at + 1


def markers_before(image, table):
    """Where the offsets of every 256th name are, and they: between names and tokens, with a list by name
    behind them in some kernels."""
    begin = max(table - MARKERS_WITHIN, 0) & ~3
    words = struct.unpack_from(f"<{(table - begin) // 4}I", image, begin)
    end = len(words)
    for at in range(len(words) - 1, -1, -1):
        if words[at]:
            if at + 1 < end and not 0 < words[at + 1] - words[at] < SYMBOLS_PER_MARKER * 600:
                end = at + 1
            continue
        if end - at > 64 and words[at + 1] < SYMBOLS_PER_MARKER * 600:
            return begin + at * 4, words[at:end]
        end = at
    return None


def names_before(image, start, markers):
    """Where the names begin and how many there are: the count stands before them, and perhaps zeros."""
    last = start - markers[-1]
    for at in range(last & ~3, max(last - SYMBOLS_PER_MARKER * 600, 8), -4):
        num = struct.unpack_from("<I", image, at - 4)[0] or struct.unpack_from("<I", image, at - 8)[0]
        if -(-num // SYMBOLS_PER_MARKER) != len(markers):
            continue
        end = at
        for _ in range(SYMBOLS_PER_MARKER):
            length, end = length_at(image, end)
            end += length
        if end - at == markers[1]:
            return at, num
    return None


def kallsyms(image):
    """Type and name of each symbol."""
    for table, token in tokens(image):
        marked = markers_before(image, table)
        names = marked and names_before(image, *marked)
        if not names:
            continue
        at, num = names
        for _ in range(num):
            length, at = length_at(image, at)
            name = b"".join(token[byte] for byte in image[at : at + length]).decode()
            at += length
            yield name[0], name[1:]
        return
    raise NoKernel("no kallsyms in it")


def btf(image):
    """The kernel's BTF, the largest there is; of a module built in there may be another."""
    best, at = b"", -1
    while (at := image.find(BTF_MAGIC, at + 1)) >= 0:
        str_off, str_len = struct.unpack_from("<II", image, at + 16)
        if 24 + str_off + str_len > len(best):
            best = image[at : at + 24 + str_off + str_len]
    if not best:
        raise NoKernel("no BTF in it")
    return best


def write(folder, path, data):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def main():
    path, folder = sys.argv[1:]
    with open(path, "rb") as file:
        image = vmlinux(file.read())
    try:
        symbols = "".join(f"{1:016x} {kind} {name}\n" for kind, name in kallsyms(image))
        write(folder, "proc/kallsyms", symbols.encode())
        write(folder, "sys/kernel/btf/vmlinux", btf(image))
    except NoKernel as error:
        sys.exit(f"{path}: {error}")


if __name__ == "__main__":
    main()
