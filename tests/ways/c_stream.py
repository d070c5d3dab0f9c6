"""The C interface through ctypes: it takes streams that pyarrow exports, and pyarrow imports the resulting streams."""

import ctypes
import json
import os

import pyarrow as pa


class Column(ctypes.Structure):
    """`LeakdexColumn`."""

    _fields_ = [("name", ctypes.c_char_p), ("content", ctypes.c_char_p)]


class Options(ctypes.Structure):
    """`LeakdexOptions`."""

    _fields_ = [
        ("size", ctypes.c_size_t),
        ("columns", ctypes.POINTER(Column)),
        ("column_count", ctypes.c_size_t),
        ("keep", ctypes.POINTER(ctypes.c_char_p)),
        ("keep_count", ctypes.c_size_t),
        ("threads", ctypes.c_uint32),
        ("date_order", ctypes.c_uint32),
    ]


# `ArrowArrayStream` is five pointers.
Stream = ctypes.c_void_p * 5


class Library:
    """The library and its open indexes."""

    def __init__(self, library, paths, keys):
        self.leakdex = ctypes.CDLL(os.fspath(library))
        for name in ("leakdex_error_message", "leakdex_version"):
            getattr(self.leakdex, name).restype = ctypes.c_char_p
        handles = (ctypes.c_void_p * len(keys))()
        for at, key in enumerate(keys):
            handle = ctypes.c_void_p()
            self.call("leakdex_key_load", os.fsencode(key), ctypes.byref(handle))
            handles[at] = handle.value
        names = (ctypes.c_char_p * len(paths))(*map(os.fsencode, paths))
        self.index = ctypes.c_void_p()
        self.call("leakdex_index_open", names, ctypes.c_size_t(len(paths)), handles, ctypes.c_size_t(len(keys)),
                  ctypes.byref(self.index))
        for handle in handles:
            self.leakdex.leakdex_key_free(ctypes.byref(ctypes.c_void_p(handle)))

    def call(self, name, *arguments):
        error = ctypes.c_void_p()
        if getattr(self.leakdex, name)(*arguments, ctypes.byref(error)):
            raise RuntimeError(self.leakdex.leakdex_error_message(error).decode())

    def check(self, reader, columns, keep, threads):
        """The verdicts on a `RecordBatchReader` as a table, and the outcome of the run."""
        mapped = (Column * len(columns))(*((name.encode(), field.encode()) for name, field in columns.items()))
        kept = (ctypes.c_char_p * len(keep))(*(name.encode() for name in keep))
        options = Options(ctypes.sizeof(Options), mapped, len(columns), kept, len(keep), threads, 0)
        members, verdicts, run = Stream(), Stream(), ctypes.c_void_p()
        reader._export_to_c(ctypes.addressof(members))
        self.call("leakdex_index_check", self.index, ctypes.byref(members), ctypes.byref(options),
                  ctypes.byref(verdicts), ctypes.byref(run))
        table = pa.RecordBatchReader._import_from_c(ctypes.addressof(verdicts)).read_all()
        outcome = ctypes.c_char_p()
        self.call("leakdex_check_outcome_json", run, ctypes.byref(outcome))
        outcome = json.loads(outcome.value)
        self.leakdex.leakdex_check_free(ctypes.byref(run))
        return table, outcome
