"""Checkpoint files: {official name: array} out of a file or folder, and back into one.

    tensors = weights.load(weights.find("allenai/led-base-16384"))
    weights.save("my_folder", tensors)
    $ python weights.py my_folder                      # lists what a checkpoint holds

Read are safetensors, torch files (the zip of torch 1.6 and later, and the row of pickles before
it), TensorFlow's h5, and folders of these, sharded or not. Written is safetensors alone. This file
stands alone: it knows nothing of the model, and neither torch nor TensorFlow has to be installed.

A checkpoint comes from a stranger, so three promises hold for every file, however it was made (of
h5, see `describe_h5`): nothing in it is ever executed, no file but the checkpoint's own (for an
index: of its folder) is opened on its behalf, and the numbers that stand in it cannot ask for more
memory and time than its size explains. What would break a promise, or is merely broken, is answered
by a ValueError that names the file.

How it works, in the order of reading: for each format there is a `describe_*` function that finds
out where in the file the tensors lie, without touching their numbers, and they all answer alike,
{name: Tensor}. `check` holds that description against the size of the file. Only then does `arrays`
lay NumPy arrays over the memory-mapped bytes: a file of many gigabytes is loaded in milliseconds,
and read when it is used.
"""

import sys

if sys.version_info < (3, 10):
    sys.exit("weights.py needs Python 3.10 or newer, this is Python " + sys.version.split()[0])

import contextlib
import json
import math
import mmap
import os
import pickle  # only for the names of its opcodes: pickle.load would run code
import re
import secrets
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

# How a description names the element types, and NumPy's code for each. BF16, the upper half of a
# float32, is unknown to NumPy and read as the 16 bits it is.
DTYPES = {"F64": "f8", "F32": "f4", "F16": "f2", "BF16": "u2",
          "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1",
          "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "b1"}
LABELS = {code: label for label, code in DTYPES.items() if label != "BF16"}

# What a file says about its tensors (a JSON header, a pickle, a zip directory) takes 100 to 200
# bytes for each: this is room for thousands of tensors, where LED has some hundreds. It bounds what
# a hostile description can cost: half a second, and some 50 MB.
MAX_DESCRIPTION = 1 << 19
MAX_DIMS = 32  # NumPy 1.26 knows no more axes
MAX_INT = (1 << 63) - 1


class Storage(NamedTuple):
    """A run of equal elements in the file: byte position, number of elements, type, byte order."""

    start: int
    numel: int
    dtype: str
    order: str = "<"


class Tensor(NamedTuple):
    """A view of a storage; `offset` and `strides` count elements. Tensors may share a storage."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple


def nbytes(storage):
    """Size of a storage in the file."""
    return storage.numel * np.dtype(DTYPES[storage.dtype]).itemsize


def natural(value, what):
    """`value`, if it is an int that can be a size or a position."""
    if type(value) is not int or not 0 <= value <= MAX_INT:
        found = f"{value!r:.40}" if type(value) is int else type(value).__name__
        raise ValueError(f"{what} should be a number from 0 to 2**63 - 1, not {found}")
    return value


def dimensions(value, what):
    """`value` as a tuple of sizes."""
    if not isinstance(value, (list, tuple)) or len(value) > MAX_DIMS:
        raise ValueError(f"{what} should be a list of at most {MAX_DIMS} numbers")
    return tuple(natural(size, what) for size in value)


def contiguous(storage, shape):
    """The tensor that fills `storage` row after row."""
    strides = [math.prod(shape[axis + 1:]) for axis in range(len(shape))]
    return Tensor(storage, 0, shape, tuple(strides))


# ------------------------------------------------------------------------------------------------
# safetensors: 8 bytes length, a JSON header of that length, the data
# ------------------------------------------------------------------------------------------------

def parse_json(text, what):
    """The JSON object in `text`. A name that stands twice is an error: which one would hold?"""
    def unique(pairs):
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError(f"{what}: a name stands twice in one JSON object")
        return result

    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise ValueError(f"{what} is not JSON: {error}") from None
    except RecursionError:
        raise ValueError(f"{what} is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"{what} should be a JSON object, not {type(value).__name__}")
    return value


def describe_safetensors(data):
    """{name: Tensor} of a safetensors file. https://github.com/huggingface/safetensors#format"""
    (header_size,) = struct.unpack_from("<Q", data)
    if header_size > min(MAX_DESCRIPTION, len(data) - 8):
        raise ValueError(f"the header is said to have {header_size} bytes, the file has "
                         f"{len(data)}, and {MAX_DESCRIPTION} are allowed")
    header = parse_json(data[8:8 + header_size], "the header")
    header.pop("__metadata__", None)

    tensors = {}
    for name, entry in header.items():
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise ValueError(f"{name!r:.80} should have dtype, shape and data_offsets")
        dtype = entry["dtype"]
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise ValueError(f"{name!r:.80} has dtype {dtype!r:.40}, known are {', '.join(DTYPES)}")
        shape = dimensions(entry["shape"], f"the shape of {name!r:.80}")
        offsets = dimensions(entry["data_offsets"], f"data_offsets of {name!r:.80}")
        if len(offsets) != 2:
            raise ValueError(f"data_offsets of {name!r:.80} should be two numbers")
        start, stop = offsets
        storage = Storage(8 + header_size + start, math.prod(shape), dtype)
        if nbytes(storage) != stop - start:
            raise ValueError(f"{name!r:.80} has {stop - start} bytes, but shape {list(shape)} and "
                             f"dtype {dtype} need {nbytes(storage)}")
        tensors[name] = contiguous(storage, shape)

    # The format leaves no holes and no overlaps: one after the other the tensors fill the file.
    position = 8 + header_size
    for storage in sorted(tensor.storage for tensor in tensors.values()):
        if storage.start != position:
            raise ValueError(f"the tensors overlap or leave a hole at byte {position}")
        position += nbytes(storage)
    if position != len(data):
        raise ValueError(f"the tensors end at byte {position}, the file at byte {len(data)}")
    return tensors


# ------------------------------------------------------------------------------------------------
# torch: a pickle, and the storages its tensors refer to
# ------------------------------------------------------------------------------------------------

class PickledStorage(NamedTuple):
    """A storage as the pickle knows it: by a key, to be looked up outside the pickle."""

    key: str
    numel: int
    dtype: str


class Global(NamedTuple):
    """A name that the pickle wants to import: compared with the names below, never imported."""

    name: str


TORCH_STORAGES = {
    Global("torch DoubleStorage"): "F64", Global("torch FloatStorage"): "F32",
    Global("torch HalfStorage"): "F16", Global("torch BFloat16Storage"): "BF16",
    Global("torch LongStorage"): "I64", Global("torch IntStorage"): "I32",
    Global("torch ShortStorage"): "I16", Global("torch CharStorage"): "I8",
    Global("torch ByteStorage"): "U8", Global("torch BoolStorage"): "BOOL",
    # bytes of no type: the tensor brings the type, one of those below, which have no storage class
    Global("torch.storage UntypedStorage"): "U8"}
TORCH_DTYPES = {
    Global("torch uint16"): "U16", Global("torch uint32"): "U32", Global("torch uint64"): "U64"}
ORDERED_DICT = Global("collections OrderedDict")
REBUILD_PARAMETER = Global("torch._utils _rebuild_parameter")
REBUILD_TENSOR_V2 = Global("torch._utils _rebuild_tensor_v2")
REBUILD_TENSOR_V3 = Global("torch._utils _rebuild_tensor_v3")
GLOBALS = {*TORCH_STORAGES, *TORCH_DTYPES,
           ORDERED_DICT, REBUILD_PARAMETER, REBUILD_TENSOR_V2, REBUILD_TENSOR_V3}


def pickled_storage(identity):
    """The storage behind a persistent id: ("storage", class, key, device, numel[, view])."""
    if not isinstance(identity, tuple) or len(identity) not in (5, 6) or identity[0] != "storage":
        raise ValueError("a persistent id in the pickle does not describe a storage")
    _, kind, key, _, numel = identity[:5]
    if not isinstance(kind, Global) or kind not in TORCH_STORAGES:
        raise ValueError("a storage in the pickle has no storage class")
    if not isinstance(key, str):
        raise ValueError("a storage in the pickle should be named by a string")
    if len(identity) == 6 and identity[5] is not None:
        raise ValueError("storages that are views of others (before torch 0.4) cannot be read; "
                         "load the file in torch and save it again")
    return PickledStorage(key, natural(numel, "the size of a storage"), TORCH_STORAGES[kind])


def pickled_call(function, arguments):
    """What the call of `function` gives: a dict or a tensor, and nothing else is ever called."""
    if not isinstance(function, Global) or not isinstance(arguments, tuple):
        raise ValueError("the pickle calls something that is not a function")
    if function == ORDERED_DICT and len(arguments) == 0:
        return {}
    if function == REBUILD_PARAMETER and len(arguments) == 3 and isinstance(arguments[0], Tensor):
        return arguments[0]
    if function == REBUILD_TENSOR_V2 and len(arguments) in (6, 7):
        storage, offset, shape, strides = arguments[:4]
    elif function == REBUILD_TENSOR_V3 and len(arguments) in (7, 8):
        storage, offset, shape, strides, _, _, dtype = arguments[:7]
        if not isinstance(dtype, Global) or dtype not in TORCH_DTYPES:
            raise ValueError("a tensor in the pickle has no dtype")
        if isinstance(storage, PickledStorage) and storage.dtype == "U8":
            itemsize = np.dtype(DTYPES[TORCH_DTYPES[dtype]]).itemsize
            storage = PickledStorage(storage.key, storage.numel // itemsize, TORCH_DTYPES[dtype])
    else:
        raise ValueError(f"the pickle calls {function.name} with arguments that are not for it")
    if not isinstance(storage, PickledStorage):
        raise ValueError("a tensor in the pickle has no storage")
    return Tensor(storage, natural(offset, "the offset of a tensor"),
                  dimensions(shape, "the shape of a tensor"),
                  dimensions(strides, "the strides of a tensor"))


def unpickle(program):
    """Run the pickle at the head of `program`; -> (its value, {key: PickledStorage}, its length).

    A pickle is a program for a machine with a stack and a memo. This is such a machine, with only
    the instructions that torch.save writes (protocol 2): they make dicts, lists, tuples, strings,
    numbers and tensors. Any other instruction, and the import of any other name, is a ValueError.
    Python's own machine will not do, even with a find_class that refuses: a few bytes can make it
    reserve gigabytes for its memo.
    """
    stack, marks, memo, storages = [], [], {}, {}
    position = 0

    def take(count):
        nonlocal position
        piece = program[position:position + count]
        if len(piece) < count:
            raise IndexError
        position += count
        return piece

    def number(layout):
        return struct.unpack(layout, take(struct.calcsize(layout)))[0]

    def line():
        stop = program.find(b"\n", position)
        if stop < 0:
            raise IndexError
        return take(stop + 1 - position)[:-1].decode("utf-8")

    def pop_to_mark():
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    def extend_list(items):
        if not isinstance(stack[-1], list):
            raise ValueError("the pickle appends to something that is not a list")
        stack[-1].extend(items)

    def update_dict(items):
        if not isinstance(stack[-1], dict) or len(items) % 2:
            raise ValueError("the pickle sets items of something that is not a dict, or no pairs")
        for key, value in zip(items[0::2], items[1::2]):
            # no other keys: to hash a deeply nested tuple would overflow the stack of Python itself
            if type(key) not in (str, int):
                raise ValueError("a key of a dict in the pickle is not a string")
            if key in stack[-1]:
                raise ValueError(f"{key!r:.80} stands twice in a dict of the pickle")
            stack[-1][key] = value

    try:
        if take(2) != pickle.PROTO + b"\x02":
            raise ValueError("the pickle is not of protocol 2, the one that torch.save uses")
        while (opcode := take(1)) != pickle.STOP:
            if opcode == pickle.BINPUT: memo[number("<B")] = stack[-1]
            elif opcode == pickle.BINGET: stack.append(memo[number("<B")])
            elif opcode == pickle.LONG_BINPUT: memo[number("<I")] = stack[-1]
            elif opcode == pickle.LONG_BINGET: stack.append(memo[number("<I")])
            elif opcode == pickle.MARK: marks.append(len(stack))
            elif opcode == pickle.EMPTY_TUPLE: stack.append(())
            elif opcode == pickle.TUPLE1: stack[-1:] = [(stack[-1],)]
            elif opcode == pickle.TUPLE2: stack[-2:] = [(stack[-2], stack[-1])]
            elif opcode == pickle.TUPLE3: stack[-3:] = [(stack[-3], stack[-2], stack[-1])]
            elif opcode == pickle.TUPLE: stack.append(tuple(pop_to_mark()))
            elif opcode == pickle.EMPTY_LIST: stack.append([])
            elif opcode == pickle.APPEND: extend_list([stack.pop()])
            elif opcode == pickle.APPENDS: extend_list(pop_to_mark())
            elif opcode == pickle.EMPTY_DICT: stack.append({})
            elif opcode == pickle.SETITEM: update_dict([stack.pop(), stack.pop()][::-1])
            elif opcode == pickle.SETITEMS: update_dict(pop_to_mark())
            elif opcode == pickle.BUILD:  # attributes, such as a state_dict's _metadata: passed over
                stack.pop()
                update_dict([])
            elif opcode == pickle.NONE: stack.append(None)
            elif opcode == pickle.NEWTRUE: stack.append(True)
            elif opcode == pickle.NEWFALSE: stack.append(False)
            elif opcode == pickle.BININT1: stack.append(number("<B"))
            elif opcode == pickle.BININT2: stack.append(number("<H"))
            elif opcode == pickle.BININT: stack.append(number("<i"))
            elif opcode == pickle.LONG1:
                stack.append(int.from_bytes(take(number("<B")), "little", signed=True))
            elif opcode == pickle.BINFLOAT: stack.append(number(">d"))
            elif opcode == pickle.BINUNICODE: stack.append(take(number("<I")).decode("utf-8"))
            elif opcode == pickle.GLOBAL:
                wanted = Global(f"{line()} {line()}")
                if wanted not in GLOBALS:
                    raise ValueError(f"the pickle imports {wanted.name!r:.80}, which tensors "
                                     "have no need of: refused")
                stack.append(wanted)
            elif opcode == pickle.BINPERSID:
                storage = pickled_storage(stack.pop())
                if storages.setdefault(storage.key, storage) != storage:
                    raise ValueError(f"storage {storage.key!r:.80} is described in two ways")
                stack.append(storage)
            elif opcode == pickle.REDUCE:
                arguments = stack.pop()
                stack.append(pickled_call(stack.pop(), arguments))
            else:
                raise ValueError(f"the pickle has an instruction {opcode!r}, which torch.save "
                                 "does not write")
        return stack.pop(), storages, position
    except (IndexError, KeyError):  # nothing on the stack, in the memo, or left of the program
        raise ValueError(f"the pickle breaks off or goes wrong at its byte {position}") from None


def state_dict(value):
    """The {name: Tensor} in a pickle's value, itself or as its entry "state_dict"."""
    if isinstance(value, dict) and isinstance(value.get("state_dict"), dict):
        value = value["state_dict"]
    if not isinstance(value, dict):
        raise ValueError(f"the pickle should hold a dict of tensors, not {type(value).__name__}")
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ValueError(f"the pickle should hold tensors by name, but {name!r:.80} is "
                             f"{type(tensor).__name__}")
    return value


def zip64_numbers(extra):
    """The numbers in the zip64 part of a directory entry's extra field."""
    position = 0
    while position < len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        if kind == 1:
            for (number,) in struct.iter_unpack("<Q", extra[position + 4:position + 4 + size]):
                yield natural(number, "a number in the zip directory")
            break
        position += 4 + size
    raise ValueError("a zip entry lacks its 64-bit numbers")


def zip_entries(data):
    """{name: (start, size)} of the entries of a zip archive, all of them stored as they are.

    Read by hand since Python's zipfile neither bounds the directory nor tells where an entry lies.
    Layout: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.5.3.
    """
    end = len(data) - 22  # of the end record; torch writes no comment behind it
    if data[end:end + 4] != b"PK\x05\x06":
        raise ValueError("the zip archive has no directory at its end: the file is incomplete")
    count, size, position = struct.unpack_from("<10xHII", data, end)
    if data[end - 20:end - 16] == b"PK\x06\x07":  # a locator: the same numbers, with 64 bits
        (end64,) = struct.unpack_from("<8xQ", data, end - 20)
        natural(end64, "the position of the zip64 end record")
        count, size, position = struct.unpack_from("<32xQQQ", data, end64)
    if size > MAX_DESCRIPTION:
        raise ValueError(f"the zip directory takes {size} bytes, {MAX_DESCRIPTION} are allowed")
    directory = data[position:position + size]

    entries, position = {}, 0
    for _ in range(count):
        (signature, flags, method, packed_size, size, name_size, extra_size, comment_size,
         header) = struct.unpack_from("<4s4xHH8xIIHHH8xI", directory, position)
        if signature != b"PK\x01\x02":
            raise ValueError("the zip directory is broken")
        position += 46
        name = directory[position:position + name_size].decode("utf-8")
        position += name_size
        extra = directory[position:position + extra_size]
        position += extra_size + comment_size
        # Numbers that do not fit 32 bits stand in an extra field, in this order, if at all.
        wide = zip64_numbers(extra)
        size = next(wide) if size == 0xFFFFFFFF else size
        packed_size = next(wide) if packed_size == 0xFFFFFFFF else packed_size
        header = next(wide) if header == 0xFFFFFFFF else header

        if method != 0 or packed_size != size or flags & 1:
            raise ValueError(f"zip entry {name!r:.80} is packed or encrypted; torch only stores")
        # The local header repeats the name; its extra field, by which torch aligns, is its own.
        signature, name_size, extra_size = struct.unpack_from("<4s22xHH", data, header)
        start = header + 30 + name_size + extra_size
        if signature != b"PK\x03\x04" or start + size > len(data):
            raise ValueError(f"zip entry {name!r:.80} does not lie within the file")
        if name in entries:
            raise ValueError(f"zip entry {name!r:.80} stands twice in the archive")
        entries[name] = start, size
    return entries


def describe_torch_zip(data):
    """{name: Tensor} of a torch file since 1.6: a zip of data.pkl and an entry for each storage."""
    entries = zip_entries(data)
    pickles = [name for name in entries if name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ValueError("the zip archive should hold one data.pkl, as torch.save writes it")
    folder = pickles[0].removesuffix("data.pkl")
    start, size = entries[pickles[0]]
    if size > MAX_DESCRIPTION:
        raise ValueError(f"data.pkl takes {size} bytes, {MAX_DESCRIPTION} are allowed")
    value, _, _ = unpickle(data[start:start + size])

    order = "<"
    if folder + "byteorder" in entries:
        start, size = entries[folder + "byteorder"]
        order = {b"little": "<", b"big": ">"}.get(data[start:start + min(size, 8)])
        if order is None:
            raise ValueError("the byteorder in the archive is neither little nor big")

    tensors = {}
    for name, tensor in state_dict(value).items():
        key, numel, dtype = tensor.storage
        if folder + "data/" + key not in entries:
            raise ValueError(f"{name!r:.80} needs storage {key!r:.80}, which the archive lacks")
        start, size = entries[folder + "data/" + key]
        storage = Storage(start, numel, dtype, order)
        if nbytes(storage) != size:
            raise ValueError(f"storage {key!r:.80} of {name!r:.80} has {size} bytes, "
                             f"{numel} elements of {dtype} need {nbytes(storage)}")
        tensors[name] = tensor._replace(storage=storage)
    return tensors


LEGACY_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # the pickle of one certain number


def describe_torch_legacy(data):
    """{name: Tensor} of a torch file before 1.6: five pickles, then the storages in a row.

    The pickles: a magic number, the version 1001, the writer's machine, the tensors, the keys of
    the storages in the order in which they follow. The data is little-endian on every machine.
    """
    position = len(LEGACY_MAGIC)
    values, storages = [], {}
    for _ in range(4):
        value, found, size = unpickle(data[position:MAX_DESCRIPTION])
        position += size
        values.append(value)
        storages.update(found)
    version, _, value, keys = values
    if version != 1001:
        raise ValueError("the file is not of version 1001, the only one that torch wrote")
    if not isinstance(keys, list):
        raise ValueError("the list of storage keys is missing")

    located = {}
    for key in keys:
        if not isinstance(key, str) or key not in storages or key in located:
            raise ValueError("a storage follows that no tensor refers to, or that was there before")
        _, numel, dtype = storages[key]
        (found,) = struct.unpack_from("<q", data, position)
        if found != numel:
            raise ValueError(f"storage {key!r:.80} has {found} elements, its tensors want {numel}")
        located[key] = Storage(position + 8, numel, dtype)
        position += 8 + nbytes(located[key])

    tensors = {}
    for name, tensor in state_dict(value).items():
        if tensor.storage.key not in located:
            raise ValueError(f"{name!r:.80} needs a storage that the file lacks")
        key, numel, dtype = tensor.storage
        tensors[name] = tensor._replace(storage=Storage(located[key].start, numel, dtype))
    return tensors


# ------------------------------------------------------------------------------------------------
# h5: the weights of a TensorFlow model
# ------------------------------------------------------------------------------------------------

def torch_name(path):
    """The official name of an h5 dataset, and whether the file holds it transposed.

    "led/tfled_for_conditional_generation/led/encoder/layers.0/fc1/kernel:0"
        -> ("led.encoder.layers.0.fc1.weight", True)
    "led/led.shared/led.shared/embeddings:0"
        -> ("led.shared.weight", False)
    TensorFlow computes x @ kernel, torch x @ weight.T.
    """
    parts = path.removesuffix(":0").split("/")
    starts = [index for index, part in enumerate(parts) if part == "led" or part.startswith("led.")]
    start = starts[-1] if starts else len(parts) - 1  # without "led": final_logits_bias
    last = {"kernel": "weight", "gamma": "weight", "embeddings": "weight", "beta": "bias"}
    return ".".join([*parts[start:-1], last.get(parts[-1], parts[-1])]), parts[-1] == "kernel"


def describe_h5(path):
    """{name: Tensor} of an h5 file, names and shapes as torch has them. Needs h5py.

    The structure of the file is read by the HDF5 library, a large work in C: for its own behaviour
    on hostile files nothing can be promised here.
    """
    try:
        import h5py
    except ImportError:
        raise ImportError(f"{path} is an h5 file: pip install h5py to read it") from None

    tensors = {}

    def add(name, item):
        if not isinstance(item, h5py.Dataset):
            return
        # Each array lies in one piece in this file: not packed, not borrowed from another file.
        start = item.id.get_offset()
        code = item.dtype.str[1:]
        if start is None or code not in LABELS:
            raise ValueError(f"{name!r:.80} should be a plain array of numbers in this file")
        order = ">" if item.dtype.str[0] == ">" else "<"
        storage = Storage(start, item.size, LABELS[code], order)
        tensor = contiguous(storage, item.shape)
        name, transposed = torch_name(name)
        if transposed:
            tensor = tensor._replace(shape=tensor.shape[::-1], strides=tensor.strides[::-1])
        if name in tensors:
            raise ValueError(f"{name!r:.80} stands twice in the file")
        tensors[name] = tensor

    try:
        with h5py.File(path, "r") as file:
            file.visititems(add)  # each object once, and no link into other files is followed
    except ValueError:
        raise
    except Exception as error:  # a broken file shows itself in many ways
        raise ValueError(f"h5py cannot read it: {error}") from None
    return tensors


# ------------------------------------------------------------------------------------------------
# Loading
# ------------------------------------------------------------------------------------------------

WEIGHTS = ("model.safetensors", "model.safetensors.index.json",
           "pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5")


@contextlib.contextmanager
def errors_name(path):
    """What goes wrong with the content of a file is a ValueError that begins with its path."""
    try:
        yield
    except struct.error:
        raise ValueError(f"{path}: a part of the file is missing or broken") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def map_file(path):
    """The bytes of a file, read when they are used, and writable without a change to the file."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size < 10:
            raise ValueError(f"{path}: the file is empty or nearly so")
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def check(data, tensors):
    """Every tensor lies within its storage, reaches no element twice, and all fit into the file."""
    storages = {tensor.storage for tensor in tensors.values()}
    for storage in storages:
        if storage.start + nbytes(storage) > len(data):
            raise ValueError(f"the file ends at byte {len(data)}, a tensor of it only at byte "
                             f"{storage.start + nbytes(storage)}: it is incomplete")
    if sum(nbytes(storage) for storage in storages) > len(data):
        raise ValueError("the tensors together are larger than the file")

    for name, (storage, offset, shape, strides) in tensors.items():
        if len(shape) != len(strides):
            raise ValueError(f"{name!r:.80} has {len(shape)} dimensions and {len(strides)} strides")
        if math.prod(size for size in shape if size) > MAX_INT // 8:
            raise ValueError(f"{name!r:.80} has shape {shape}, which no memory holds")
        if 0 in shape:
            continue
        # In a view that slicing and transposing made, each stride passes over all that the smaller
        # strides reach. `reach` is the farthest element so far.
        reach = 0
        for stride, size in sorted(zip(strides, shape)):
            if size > 1 and stride <= reach:
                raise ValueError(f"{name!r:.80} overlaps itself: shape {shape}, strides {strides}")
            reach += stride * (size - 1)
        if offset + reach >= storage.numel:
            raise ValueError(f"{name!r:.80} of shape {shape}, strides {strides}, offset {offset} "
                             f"leaves its storage of {storage.numel} elements")


def describe(path):
    """(data, {name: Tensor}) of one file of any format; the format is known by its first bytes."""
    data = map_file(path)
    with errors_name(path):
        head = data[:16]
        if head[8:9] == b"{":
            tensors = describe_safetensors(data)
        elif head.startswith(b"PK\x03\x04"):
            tensors = describe_torch_zip(data)
        elif head.startswith(LEGACY_MAGIC):
            tensors = describe_torch_legacy(data)
        elif head.startswith(b"\x89HDF\r\n\x1a\n"):
            tensors = describe_h5(path)
        elif data[257:262] == b"ustar":
            raise ValueError("torch files before 0.1.10, which are tar archives, cannot be read; "
                             "load the file in torch and save it again")
        elif head.startswith(b"version https://"):
            raise ValueError("this is a Git LFS pointer, not the file itself: run `git lfs pull`")
        else:
            raise ValueError("neither safetensors, nor a torch file, nor h5; it begins with "
                             f"{head!r}")
        check(data, tensors)
    return data, tensors


def shard_names(index_path):
    """{tensor name: file name} of an index: the files stand beside it, and nowhere else."""
    with errors_name(index_path):
        with open(index_path, "rb") as file:
            text = file.read(MAX_DESCRIPTION + 1)
        if len(text) > MAX_DESCRIPTION:
            raise ValueError(f"an index of more than {MAX_DESCRIPTION} bytes is not read")
        weight_map = parse_json(text, "the index").get("weight_map")
        if not isinstance(weight_map, dict):
            raise ValueError("an index should have a weight_map")
        for name, file in weight_map.items():
            # A plain name. That the file of this name may be a symbolic link is the user's, or the
            # hub cache's, own doing: a checkpoint does not choose where it leads.
            if not isinstance(file, str) or file in ("", ".", "..") or re.search(r"[/\\:\0]", file):
                raise ValueError(f"{name!r:.80} is said to be in {file!r:.80}, which is not the "
                                 "name of a file in this folder")
    return weight_map


def parts(path):
    """Yield (data, {name: Tensor}) for every file of a checkpoint, which is a file or a folder."""
    path = Path(path)
    if path.is_dir():
        found = [path / name for name in WEIGHTS if (path / name).is_file()]
        if not found:
            raise FileNotFoundError(f"{path}: no weights here; looked for {', '.join(WEIGHTS)}")
        path = found[0]
    if not path.name.endswith(".index.json"):
        yield describe(path)
        return
    weight_map = shard_names(path)
    for file in sorted(set(weight_map.values())):
        if not (path.parent / file).is_file():
            raise FileNotFoundError(f"{path} lists {file}, which is not there")
        data, tensors = describe(path.parent / file)
        expected = {name for name in weight_map if weight_map[name] == file}
        if expected != set(tensors):
            name = min(expected ^ set(tensors))
            raise ValueError(f"{path}: the index and {file} disagree about {name!r:.80}")
        yield data, tensors


def arrays(data, tensors):
    """{name: array} over the bytes of a file. Tensors that share a storage share memory."""
    storages = {}
    for storage in {tensor.storage for tensor in tensors.values()}:
        dtype = storage.order + DTYPES[storage.dtype]
        array = np.ndarray(storage.numel, dtype, data, storage.start)
        if storage.dtype == "BF16":
            array = (array.astype(np.uint32) << 16).view(np.float32)
        elif storage.dtype == "F16":
            array = array.astype(np.float32)
        elif storage.dtype == "BOOL":
            array = array.view(np.uint8) != 0
        elif not (array.flags.aligned and array.dtype.isnative):
            array = array.astype(array.dtype.newbyteorder("="))  # a copy
        storages[storage] = array

    result = {}
    for name, (storage, offset, shape, strides) in tensors.items():
        array = storages[storage]
        if 0 in shape:
            result[name] = np.empty(shape, array.dtype)
            continue
        # the stride of an axis of size 1 is never used, and can be any number in the file
        strides = [stride * array.itemsize if size > 1 else array.itemsize
                   for stride, size in zip(strides, shape)]
        result[name] = np.ndarray(shape, array.dtype, array, offset * array.itemsize, strides)
    return result


def load(path):
    """{official name: array} of a checkpoint.

    `path` is a file (safetensors, torch, h5) or a folder, in which the first of `WEIGHTS` is taken.
    Names and shapes are the file's own, but for the old spelling gamma and beta of weight and bias
    (as in `PreTrainedModel` of transformers 4.34) and for h5, which is brought into the form of the
    others. Half precision (F16, BF16) becomes float32, every other dtype stays. The arrays are
    memory-mapped copy-on-write: writing to them changes memory, never the file. ValueError for a
    file that is broken or hostile, OSError for a missing one, ImportError for h5 without h5py.
    """
    result = {}
    for data, tensors in parts(path):
        for name, array in arrays(data, tensors).items():
            name = re.sub(r"(^|\.)gamma$", r"\1weight", name)
            name = re.sub(r"(^|\.)beta$", r"\1bias", name)
            if name in result:
                raise ValueError(f"{path}: {name!r:.80} stands twice in the checkpoint")
            result[name] = array
    return result


# ------------------------------------------------------------------------------------------------
# Finding
# ------------------------------------------------------------------------------------------------

CONFIG_FILES = ("config.json", "generation_config.json", "vocab.json", "merges.txt",
                "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                "added_tokens.json")


def download(name, revision):
    """The local folder of a repository of the hub, after fetching what of it is not there yet."""
    from huggingface_hub import (HfApi, constants, hf_hub_download, snapshot_download,
                                 try_to_load_from_cache)

    try:
        if constants.HF_HUB_OFFLINE:  # early versions ask for the list even so
            raise OSError("there is no copy of it, and HF_HUB_OFFLINE forbids to fetch one")
        listing = HfApi().model_info(name, revision=revision).siblings
    except Exception:  # of huggingface_hub, requests or httpx, as its version has it
        # Whatever the reason is, a missing connection for one, it may have been fetched before.
        for file in WEIGHTS:
            path = try_to_load_from_cache(name, file, revision=revision)
            if isinstance(path, str):
                return Path(path).parent
        raise

    files = {file.rfilename for file in listing}
    found = [file for file in WEIGHTS if file in files]
    if not found:
        raise OSError(f"it has no weights; looked for {', '.join(WEIGHTS)}")
    wanted = [*CONFIG_FILES, found[0]]
    if found[0].endswith(".index.json"):
        index = hf_hub_download(name, found[0], revision=revision)
        shards = set(shard_names(Path(index)).values())
        if shards - files:
            raise OSError(f"its {found[0]} lists {min(shards - files)}, which it lacks")
        wanted += shards
    return Path(snapshot_download(name, revision=revision, allow_patterns=wanted))


def find(folder_or_hub_name, revision=None, file=None):
    """The local path of a checkpoint: a file or folder as it is, or else a repository of the hub;
    or with `file`, such as "config.json", the path of that file in it, and no other is fetched.

    Of a repository, the configuration, the tokenizer and one kind of weights (the first of
    `WEIGHTS`) are fetched into the cache that huggingface_hub shares with transformers; what is
    there already is not fetched again, and without a connection (or with HF_HUB_OFFLINE=1) it is
    used as it is. `revision` is a branch, tag or commit. OSError if there is neither.
    """
    path = Path(folder_or_hub_name)
    if path.exists():
        return path if file is None else path / file
    try:
        if file is not None:
            from huggingface_hub import hf_hub_download

            return Path(hf_hub_download(str(folder_or_hub_name), file, revision=revision))
        return download(str(folder_or_hub_name), revision)
    except Exception as error:
        raise OSError(
            f"{str(folder_or_hub_name)!r} is no file or folder (looked under {Path.cwd()}), and "
            f"could not be had as a model of huggingface.co or from its local cache: {error}\n"
            "Give the folder of a checkpoint, or the name of a model, such as "
            "allenai/led-base-16384, with a connection at the first use (and `hf auth login` if it "
            "is private).") from error


# ------------------------------------------------------------------------------------------------
# Saving
# ------------------------------------------------------------------------------------------------

UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def byte_count(size):
    """A number of bytes: an int, or like "5GB" (a power of ten) or "5GiB" (a power of two)."""
    match = re.fullmatch(r"(\d+) ?([KMG]I?B)", size.upper()) if isinstance(size, str) else None
    number = int(match[1]) * UNITS[match[2]] if match else size
    if type(number) is not int or number <= 0:
        raise ValueError(f"max_shard_size should be a number of bytes or like '5GB', not {size!r}")
    return number


def sync_folder(folder):
    """Have the names in a folder on the disk, too, before going on."""
    if os.name == "nt":
        return  # Windows opens no folders
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing(path):
    """A file to write, under a temporary name beside `path`, which is the file's `name`."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def rename(renames):
    """Give each written file, {temporary: path}, the name that it is for, in one breath."""
    for temporary, path in renames.items():
        os.replace(temporary, path)


@contextlib.contextmanager
def replacing(path, beside=None):
    """A file to write, under a temporary name; once complete it becomes `path` in one step. Files
    `beside`, {temporary: path}, get their names right after it."""
    with writing(path) as file:
        yield file
    try:
        rename({Path(file.name): path} | (beside or {}))
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def description(content, indent=None):
    """A header or index as JSON: no longer than what `load` reads."""
    text = json.dumps(content, ensure_ascii=False, indent=indent).encode("utf-8")
    if len(text) > MAX_DESCRIPTION:
        raise ValueError(f"the names and shapes of the tensors take {len(text)} bytes, "
                         f"{MAX_DESCRIPTION} are allowed")
    return text


def write_safetensors(path, tensors, beside=None):
    """Write one safetensors file: large elements first, so that every tensor is aligned. Files
    `beside` as in `replacing`."""
    header = {"__metadata__": {"format": "pt"}}  # transformers refuses a file that does not say so
    order = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    position = 0
    for name in order:
        array = tensors[name]
        header[name] = {"dtype": LABELS[array.dtype.str[1:]], "shape": list(array.shape),
                        "data_offsets": [position, position + array.nbytes]}
        position += array.nbytes
    text = description(header)
    text += b" " * (-len(text) % 8)

    with replacing(path, beside) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            array = tensors[name]
            if hasattr(array, "get"):
                array = array.get()  # from the GPU, one tensor at a time
            array = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
            file.write(array.data)


SHARD = r"model(-\d+)?-\d{5}-of-\d{5}\.safetensors"


def leftover(name):
    """The pattern of the temporary files that an interrupted save of `name` (a pattern) leaves."""
    return rf"\.{name}\.[0-9a-f]{{8}}\.tmp"


def remove_files(folder, pattern, keep=()):
    """Remove the files of a folder whose name matches."""
    for path in folder.iterdir():
        if re.fullmatch(pattern, path.name) and path.name not in keep:
            path.unlink(missing_ok=True)


def remove_stale(folder):
    """Remove shards that the index does not list, and what an interrupted save left behind."""
    index = folder / "model.safetensors.index.json"
    try:
        listed = set(shard_names(index).values()) if index.exists() else ()
    except ValueError:
        return  # no index that could be read: nothing is known to be stale
    temporary = leftover(r"[\w.-]+\.(safetensors|json)")
    remove_files(folder, f"{SHARD}|{temporary}", keep=listed)


def save_shards(folder, shards, beside):
    """Write a list of {name: array} to a folder's files, and rename the files `beside` after the
    decisive step."""
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if len(shards) == 1:
        write_safetensors(single, shards[0], beside)  # the decisive step: before any index
        index.unlink(missing_ok=True)
    else:
        # Under names that no file has: the shards of the old checkpoint are needed to the end.
        stem, attempt = "model", 1
        while any(folder.glob(f"{stem}-?????-of-{len(shards):05}.safetensors")):
            attempt += 1
            stem = f"model-{attempt}"
        files = {f"{stem}-{number:05}-of-{len(shards):05}.safetensors": shard
                 for number, shard in enumerate(shards, start=1)}
        weight_map = {name: file for file, shard in files.items() for name in shard}
        total = sum(array.nbytes for shard in shards for array in shard.values())
        text = description({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=2)
        for file, shard in files.items():
            write_safetensors(folder / file, shard)
        was_single = single.exists()  # it comes before an index, so that its removal decides
        with replacing(index, None if was_single else beside) as file:
            file.write(text)
        if was_single:
            single.unlink()
            rename(beside)
    sync_folder(folder)


def save(path, tensors, max_shard_size=None, beside=None):
    """Write {name: array} as safetensors: NumPy arrays, or CuPy's (anything with `.get()`).

    A `path` that ends in .safetensors is that file. Any other is a folder, made if need be, that
    gets model.safetensors, or, if `max_shard_size` bytes (an int, or "5GB") are not enough,
    model-00001-of-0000n.safetensors and so on with their index.

    Whenever the program or the machine stops, the folder holds the old checkpoint whole or the new
    one whole: files are written under temporary names, shards never take the name of a file that is
    there (they become model-2-00001-of-... if need be), and one last renaming or removal makes the
    new checkpoint the one that is found. After that, files of the old one are removed. Other
    formats in the folder (pytorch_model.bin, tf_model.h5) are left alone: safetensors come before
    them. One save at a time. ValueError for names and dtypes that cannot be written.

    `beside`, {file name: bytes}, are small files of the folder that belong to these weights, such
    as config.json. They are complete under temporary names before the decisive step and get their
    names right after it: only a stop between these few renamings leaves new weights with an old
    configuration.
    """
    path = Path(path)
    for name, array in tensors.items():
        if not isinstance(name, str) or name == "__metadata__":
            raise ValueError(f"{name!r} cannot be the name of a tensor")
    tensors = {name: array if hasattr(array, "get") else np.asarray(array)
               for name, array in tensors.items()}
    for name, array in tensors.items():
        if array.dtype.str[1:] not in LABELS:
            raise ValueError(f"{name!r} has dtype {array.dtype}, which a checkpoint cannot hold")
    limit = math.inf if max_shard_size is None else byte_count(max_shard_size)

    if path.suffix == ".safetensors":
        if max_shard_size is not None or beside:
            raise ValueError(f"{path} is to be a file: shards and files beside it need a folder")
        write_safetensors(path, tensors)
        remove_files(path.parent, leftover(re.escape(path.name)))
        return
    if path.suffix in (".bin", ".pt", ".pth", ".h5"):
        raise ValueError(f"{path}: only safetensors are written, a file of that ending or a folder")

    shards, size = [{}], 0
    for name, array in tensors.items():
        if shards[-1] and size + array.nbytes > limit:
            shards.append({})
            size = 0
        shards[-1][name] = array
        size += array.nbytes

    path.mkdir(parents=True, exist_ok=True)
    remove_stale(path)
    renames = {}
    try:
        for name, content in (beside or {}).items():
            with writing(path / name) as file:
                file.write(content)
            renames[Path(file.name)] = path / name
        save_shards(path, shards, renames)
    finally:
        for temporary in renames:  # those that have their names are not there any more
            temporary.unlink(missing_ok=True)
    remove_stale(path)


# ------------------------------------------------------------------------------------------------
# Command line
# ------------------------------------------------------------------------------------------------

def main(arguments):
    """List the tensors of a checkpoint: name, shape, dtype in the file, bytes; and their sum."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python weights.py CHECKPOINT     (a file, a folder or the name of a model)",
              file=sys.stderr)
        return 2
    try:
        tensors = {}
        for _, part in parts(find(arguments[0])):
            tensors.update(part)
    except (OSError, ValueError, ImportError) as error:
        print(error, file=sys.stderr)
        return 1
    rows = []
    for name, tensor in tensors.items():
        size = math.prod(tensor.shape) * np.dtype(DTYPES[tensor.storage.dtype]).itemsize
        # a name is a stranger's text: nothing that a terminal would take as a command
        rows.append((name if name.isprintable() else repr(name), list(tensor.shape),
                     tensor.storage.dtype, size))
    width = max((len(name) for name, *_ in rows), default=0)
    for name, shape, dtype, size in rows:
        print(f"{name:{width}}  {dtype:4}  {size:13,}  {shape}")
    elements = sum(math.prod(shape) for _, shape, _, _ in rows)
    print(f"{len(rows)} tensors, {elements:,} elements, {sum(size for *_, size in rows):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
