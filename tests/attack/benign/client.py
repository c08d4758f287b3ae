#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A benign client without a library: client.py CHIP N requests line 1 as an output N times, sets it, reads it and
gives it back. Prints how many requests were made and how many of those calls were refused."""
import ctypes
import errno
import fcntl
import os
import sys

GET_LINE, GET_VALUES, SET_VALUES = 0xC250B407, 0xC010B40E, 0xC010B40F
OUTPUT = 1 << 3


class Attribute(ctypes.Structure):
    _fields_ = [("id", ctypes.c_uint32), ("padding", ctypes.c_uint32), ("value", ctypes.c_uint64),
                ("mask", ctypes.c_uint64)]


class Request(ctypes.Structure):
    _fields_ = [("offsets", ctypes.c_uint32 * 64), ("consumer", ctypes.c_char * 32), ("flags", ctypes.c_uint64),
                ("num_attrs", ctypes.c_uint32), ("padding", ctypes.c_uint32 * 5), ("attrs", Attribute * 10),
                ("num_lines", ctypes.c_uint32), ("event_buffer_size", ctypes.c_uint32),
                ("more_padding", ctypes.c_uint32 * 5), ("fd", ctypes.c_int32)]


class Values(ctypes.Structure):
    _fields_ = [("bits", ctypes.c_uint64), ("mask", ctypes.c_uint64)]


def call(fd, command, argument):
    """1 when it is refused."""
    try:
        fcntl.ioctl(fd, command, argument)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
        return 1
    return 0


chip = os.open("/dev/" + sys.argv[1], os.O_RDWR)
wanted, refused = int(sys.argv[2]), 0
for i in range(wanted):
    request = Request(flags=OUTPUT, num_lines=1, consumer=b"benign")
    request.offsets[0] = 1
    if call(chip, GET_LINE, request):
        refused += 1
        continue
    refused += call(request.fd, SET_VALUES, Values(i & 1, 1))
    refused += call(request.fd, GET_VALUES, Values(0, 1))
    os.close(request.fd)
print(wanted, refused)
