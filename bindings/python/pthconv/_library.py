"""Loads the C library at first use and calls its functions. `pthconv.h` documents them."""

from __future__ import annotations

import ctypes
import os
from _thread import allocate_lock
from ctypes import POINTER, c_char_p, c_double, c_int64, c_uint32, c_uint64, c_void_p

from . import _errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# PTHCONV_ABI of the header that this module is written for.
ABI = 1
NONE = 2**64 - 1


class Table(ctypes.Structure):
    """`pthconv_table`."""

    _fields_ = [
        ("tensors", c_void_p),
        ("tensor_count", c_uint64),
        ("storages", c_void_p),
        ("storage_count", c_uint64),
        ("mappings", c_void_p),
        ("mapping_count", c_uint64),
        ("dimensions", c_void_p),
        ("dimension_count", c_uint64),
        ("names", c_void_p),
        ("names_size", c_uint64),
    ]


class Tensor(ctypes.Structure):
    """`pthconv_tensor`."""

    _fields_ = [
        ("name", c_char_p),
        ("name_length", c_uint64),
        ("dtype", c_char_p),
        ("ndim", c_uint64),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("storage_offset", c_uint64),
        ("storage", c_uint64),
        ("nbytes", c_uint64),
        ("data", c_void_p),
        ("quantization", c_uint64),
        ("scale", c_double),
        ("zero_point", c_int64),
    ]


# Layouts for `struct`: unpacking all rows at once is ten times as fast as reading the structures.
TENSOR_ROW = "=QQQQQQQQQQQdq"
STORAGE_ROW = "=QQQQQQ"
MAPPING_ROW = "=QQ"

# Pointers for the JSON and for the error message.
_ANSWER = [POINTER(c_void_p), POINTER(c_void_p)]

_FUNCTIONS = {
    "pthconv_abi": (c_uint32, []),
    "pthconv_version": (c_char_p, []),
    "pthconv_free": (None, [c_void_p]),
    "pthconv_open": (c_uint32, [c_char_p, c_char_p, POINTER(c_void_p), POINTER(c_void_p)]),
    "pthconv_close": (None, [c_void_p]),
    "pthconv_format": (c_char_p, [c_void_p]),
    "pthconv_key": (c_char_p, [c_void_p]),
    "pthconv_tensors": (POINTER(Table), [c_void_p]),
    "pthconv_storage_data": (
        c_uint32, [c_void_p, c_uint64, POINTER(c_void_p), POINTER(c_void_p)]),
    "pthconv_read": (c_uint32, [c_void_p, c_uint64, c_void_p, c_uint64, POINTER(c_void_p)]),
    "pthconv_quantizer": (c_uint32, [c_void_p, c_uint64, *_ANSWER]),
    "pthconv_check": (c_uint32, [c_void_p, POINTER(c_void_p)]),
    "pthconv_inspect": (c_uint32, [c_void_p, c_char_p, *_ANSWER]),
    "pthconv_scan": (c_uint32, [c_char_p, *_ANSWER]),
    "pthconv_map": (c_uint32, [c_void_p, c_char_p, *_ANSWER]),
    "pthconv_verify": (c_uint32, [c_void_p, c_char_p, *_ANSWER]),
    "pthconv_html": (c_uint32, [c_char_p, c_char_p, *_ANSWER]),
    "pthconv_diff": (c_uint32, [c_void_p, c_void_p, c_char_p, *_ANSWER]),
    "pthconv_preflight": (c_uint32, [c_char_p, c_char_p, *_ANSWER]),
    "pthconv_convert": (c_uint32, [c_void_p, c_char_p, c_char_p, *_ANSWER]),
    "pthconv_save": (c_uint32, [POINTER(Table), c_char_p, c_char_p, *_ANSWER]),
}

# The exception for each pthconv_status.
_EXCEPTIONS = {
    1: _errors.ArgumentError,
    2: _errors.MissingFileError,
    3: _errors.FileError,
    4: _errors.CheckpointError,
    5: _errors.CheckpointError,
    6: _errors.FileChangedError,
    7: _errors.WriteError,
    8: _errors.ConfigError,
}

_library: Any = None
_lock = allocate_lock()


def path() -> str:
    """The path of the C library: beside this module, unless PTHCONV_LIBRARY is set."""
    named = os.environ.get("PTHCONV_LIBRARY")
    return named or os.path.join(os.path.dirname(os.path.abspath(__file__)), "libpthconv.so.1")


def library() -> Any:
    """The loaded library."""
    global _library
    if _library is None:
        with _lock:
            if _library is None:
                _library = _load()
    return _library


def _load() -> Any:
    place = path()
    try:
        loaded = ctypes.CDLL(place)
    except OSError as error:
        raise ImportError(f"the library of pthconv cannot be loaded: {error}") from None
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype = result
        function.argtypes = arguments
    if loaded.pthconv_abi() != ABI:
        raise ImportError(
            f"{place} speaks version {loaded.pthconv_abi()} of the interface, not {ABI}; "
            "install pthconv again")
    return loaded


def call(name: str, *arguments: Any) -> None:
    """Calls a function that returns a status.

    For an error, raises the exception of the status with the library's message.
    """
    message = c_void_p()
    status = getattr(library(), name)(*arguments, ctypes.byref(message))
    if status:
        raise _EXCEPTIONS[status](take_text(message))


def take_text(text: c_void_p) -> str:
    """The text that the library returned; its memory is freed."""
    if not text.value:
        return ""
    try:
        return ctypes.string_at(text.value).decode("utf-8", "replace")
    finally:
        library().pthconv_free(text)
