"""Checkpoint files: {official name: array} out of a file or folder, and back into one.

    tensors = weights.load(weights.find("allenai/led-base-16384"))
    weights.save("my_folder", tensors)
    $ python weights.py my_folder                      # lists what a checkpoint holds

Read are safetensors, torch files (the zip of torch 1.6 and later, and the row of pickles before
it), TensorFlow's h5, and folders of these, sharded or not. Written is safetensors alone. Nothing
is known of the model here, and neither torch nor TensorFlow has to be installed. How a folder is
found or fetched, and replaced in one step, is led_support's: hub.py, files.py.

A checkpoint comes from a stranger, so three promises hold for every file, however it was made (of
h5, see `describe_h5`): nothing in it is ever executed, no file but the checkpoint's own (for an
index: of its folder) is opened on its behalf, and the numbers that stand in it cannot ask for more
memory and time than its size explains. What would break a promise, or is merely broken, is answered
by a ValueError that names the file.

How it works, in the order of reading: for each format there is a `describe_*` function that finds
out where in the file the tensors lie, without touching their numbers, and they all answer alike,
{name: Tensor}. `check` holds that description against the size of the file. Only then does `arrays`
read the numbers, each storage once and straight to where it stays. The file itself is not kept: it
may be replaced, overwritten or removed as soon as `load` is back.
"""

import math
import mmap
import os
import re
import struct
import sys
from pathlib import Path
from typing import NamedTuple

# Before the others: with the first of these begins that Ctrl-C ends a command in one line.
from led_support.files import (MAX_DESCRIPTION, exit_status, index_bytes, leftover, naming,
                               parse_json, remove_files, replacing, shard_names, write_checkpoint)
from led_support.hub import WEIGHTS, find, without_weights

import numpy as np

__all__ = ["find", "load", "save"]

# How a description names the element types, and NumPy's code for each. BF16, the upper half of a
# float32, is unknown to NumPy and read as the 16 bits it is.
DTYPES = {"F64": "f8", "F32": "f4", "F16": "f2", "BF16": "u2",
          "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1",
          "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "b1"}
LABELS = {code: label for label, code in DTYPES.items() if label != "BF16"}

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


class Content:
    """The bytes of an open file, of which only those are read that are asked for. For `zipfile` it
    is that file, but for directories of a size that is not read."""

    def __init__(self, file):
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self.seek, self.tell = file.seek, file.tell

    def __len__(self):
        return self.size

    def __getitem__(self, part):
        start, stop, _ = part.indices(self.size)
        self.file.seek(start)
        return self.file.read(max(0, stop - start))

    def read(self, size=-1):
        if size > MAX_DESCRIPTION:
            raise ValueError(f"the zip directory takes {size} bytes, {MAX_DESCRIPTION} are allowed")
        return self.file.read(size)


def unpack(layout, data, position=0):
    """The numbers at a place of a file's content, as `struct` lays them out."""
    part = data[position:position + struct.calcsize(layout)] if position >= 0 else b""
    try:
        return struct.unpack(layout, part)
    except struct.error:
        raise ValueError("a part of the file is missing or broken") from None


def natural(value, what):
    """`value`, if it is an int that can be a size or a position."""
    if type(value) is not int or not 0 <= value <= MAX_INT:
        # Only ints are written out: a few bytes can make tuples that as text would fill the memory.
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

def describe_safetensors(data):
    """{name: Tensor} of a safetensors file. https://github.com/huggingface/safetensors#format"""
    (header_size,) = unpack("<Q", data)
    if header_size > min(MAX_DESCRIPTION, len(data) - 8):
        raise ValueError(f"the header is said to have {header_size} bytes, the file has "
                         f"{len(data)}, and {MAX_DESCRIPTION} are allowed")
    header = parse_json(data[8:8 + header_size], "the header")
    metadata = header.pop("__metadata__", None)

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
    if isinstance(metadata, dict) and metadata.get("format") == "tf":
        return from_tensorflow(tensors)
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
FUNCTIONS = ("collections OrderedDict", "torch._utils _rebuild_parameter",
             "torch._utils _rebuild_parameter_with_state", "torch._utils _rebuild_tensor_v2",
             "torch._utils _rebuild_tensor_v3")
GLOBALS = {*TORCH_STORAGES, *TORCH_DTYPES, *map(Global, FUNCTIONS)}


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
    name, count = function.name, len(arguments)
    if name == "collections OrderedDict" and count == 0:
        return {}
    if name.startswith("torch._utils _rebuild_parameter") and count in (3, 4) and isinstance(
            arguments[0], Tensor):
        return arguments[0]
    if name == "torch._utils _rebuild_tensor_v2" and count in (6, 7):
        storage, offset, shape, strides = arguments[:4]
    elif name == "torch._utils _rebuild_tensor_v3" and count in (7, 8):
        storage, offset, shape, strides, _, _, dtype = arguments[:7]
        if not isinstance(dtype, Global) or dtype not in TORCH_DTYPES:
            raise ValueError("a tensor in the pickle has no dtype")
        if isinstance(storage, PickledStorage) and storage.dtype == "U8":
            itemsize = np.dtype(DTYPES[TORCH_DTYPES[dtype]]).itemsize
            storage = PickledStorage(storage.key, storage.numel // itemsize, TORCH_DTYPES[dtype])
    else:
        raise ValueError(f"the pickle calls {name} with arguments that are not for it")
    if not isinstance(storage, PickledStorage):
        raise ValueError("a tensor in the pickle has no storage")
    return Tensor(storage, natural(offset, "the offset of a tensor"),
                  dimensions(shape, "the shape of a tensor"),
                  dimensions(strides, "the strides of a tensor"))


def imported(name):
    """The Global of a name that the pickle wants to import, if it is one of `GLOBALS`."""
    if Global(name) not in GLOBALS:
        raise ValueError(f"the pickle imports {name!r:.80}, which tensors have no need of: refused."
                         " A state_dict alone can be read, as torch.save(model.state_dict(), file) "
                         "writes it")
    return Global(name)


def set_items(target, items):
    """Sets the items of a dict in a pickle: key, value, key, value."""
    if not isinstance(target, dict) or len(items) % 2:
        raise ValueError("the pickle sets items of something that is not a dict, or no pairs")
    for key, value in zip(items[0::2], items[1::2]):
        # no other keys: to hash a deeply nested tuple would overflow the stack of Python itself
        if type(key) not in (str, int):
            raise ValueError("a key of a dict in the pickle is not a string")
        if key in target:
            raise ValueError(f"{key!r:.80} stands twice in a dict of the pickle")
        target[key] = value


def extend_list(target, items):
    """Appends to a list in a pickle."""
    if not isinstance(target, list):
        raise ValueError("the pickle appends to something that is not a list")
    target.extend(items)


# The instructions that put down what stands in them.
LITERALS = ("NONE", "INT", "LONG", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
            "BINUNICODE", "SHORT_BINUNICODE")


def run_pickle(program):
    """(value, {key: PickledStorage}, length) of the pickle at the head of a program.

    A pickle is a program for a machine with a stack and a memo. This is such a machine, with only
    the instructions that torch.save writes (in protocol 2, or as its pickle_protocol says): they
    make dicts, lists, tuples, strings, numbers and tensors. Any other instruction, and the import
    of any other name, is a ValueError. Python's disassembler reads the instructions, and runs none.
    Python's own machine will not do, even with a find_class that refuses: a few bytes can make it
    reserve gigabytes for its memo.
    """
    import pickletools

    stack, marks, memo, storages = [], [], {}, {}

    def pop(count):
        if count > len(stack):
            raise IndexError
        values = tuple(stack[len(stack) - count:])
        del stack[len(stack) - count:]
        return values

    def pop_to_mark():
        return pop(max(0, len(stack) - marks.pop()))

    try:
        for instruction, argument, position in pickletools.genops(program):
            name = instruction.name
            if name in LITERALS:
                stack.append(argument)
            elif name in ("NEWTRUE", "NEWFALSE"):
                stack.append(name == "NEWTRUE")
            elif name in ("EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT"):
                stack.append({"TUPLE": (), "LIST": [], "DICT": {}}[name.removeprefix("EMPTY_")])
            elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
                stack.append(pop(int(name[-1])))
            elif name == "MARK":
                marks.append(len(stack))
            elif name == "TUPLE":
                stack.append(pop_to_mark())
            elif name in ("BINPUT", "LONG_BINPUT"):
                memo[argument] = stack[-1]
            elif name == "MEMOIZE":
                memo[len(memo)] = stack[-1]
            elif name in ("BINGET", "LONG_BINGET"):
                stack.append(memo[argument])
            elif name in ("APPEND", "APPENDS"):
                items = pop(1) if name == "APPEND" else pop_to_mark()
                extend_list(stack[-1], items)
            elif name in ("SETITEM", "SETITEMS"):
                items = pop(2) if name == "SETITEM" else pop_to_mark()
                set_items(stack[-1], items)
            elif name == "BUILD":  # attributes, such as a state_dict's _metadata: passed over
                pop(1)
                set_items(stack[-1], ())
            elif name == "GLOBAL":
                stack.append(imported(argument))
            elif name == "STACK_GLOBAL":
                module, word = pop(2)
                if type(module) is not str or type(word) is not str:
                    raise ValueError("the pickle imports something that has no name")
                stack.append(imported(f"{module} {word}"))
            elif name == "REDUCE":
                stack.append(pickled_call(*pop(2)))
            elif name == "BINPERSID":
                storage = pickled_storage(*pop(1))
                if storages.setdefault(storage.key, storage) != storage:
                    raise ValueError(f"storage {storage.key!r:.80} is described in two ways")
                stack.append(storage)
            elif name == "STOP":
                return stack.pop(), storages, position + 1
            elif name in ("PROTO", "FRAME"):
                pass
            else:
                raise ValueError(f"the pickle has an instruction {name}, which torch.save does "
                                 "not write in protocols 1 to 5")
    except (IndexError, KeyError):  # nothing on the stack, or in the memo
        raise ValueError(f"the pickle goes wrong at its byte {position}") from None


# Where training programs put the tensors beside the rest of what they keep.
STATE_DICTS = ("state_dict", "model_state_dict", "model", "module")


def state_dict(value):
    """The {name: Tensor} in a pickle's value, itself or as one of its entries `STATE_DICTS`."""
    if isinstance(value, dict):
        if set(value) >= {"state", "param_groups"}:
            raise ValueError("this is the state of an optimizer; the model should hold tensors by "
                             "name, in a file of its own beside it")
        inner = [value[key] for key in STATE_DICTS if isinstance(value.get(key), dict)]
        value = inner[0] if inner else value
    if not isinstance(value, dict):
        raise ValueError(f"the pickle should hold a dict of tensors, not {type(value).__name__}")
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ValueError(f"the pickle should hold tensors by name, but {name!r:.80} is "
                             f"{type(tensor).__name__}")
    return value


def zip_entries(data):
    """{name: (start, size)} of the entries of a zip archive, all of them stored as they are."""
    import zipfile

    try:
        directory = zipfile.ZipFile(data).infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, OverflowError) as error:
        raise ValueError(f"no zip directory, as in an incomplete file: {error}") from None
    entries = {}
    for entry in directory:
        name, size = entry.filename, entry.file_size
        if entry.compress_type != 0 or entry.compress_size != size or entry.flag_bits & 1:
            raise ValueError(f"zip entry {name!r:.80} is packed or encrypted; torch only stores")
        # The entry's own header repeats the name, and has an extra field by which torch aligns.
        signature, name_size, extra_size = unpack("<4s22xHH", data, entry.header_offset)
        start = entry.header_offset + 30 + name_size + extra_size
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
    value, _, _ = run_pickle(data[start:start + size])

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


# A torch file before 1.6 begins with the pickle of one certain number, as protocol 2 writes it,
# with other bytes before the number (protocols 3 to 5), or in decimal digits (protocol 1).
LEGACY_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
LEGACY_MAGIC_DIGITS = b"L119547037146038801333356L\n."


def is_torch_legacy(data):
    """Whether a file begins with the number that torch.save wrote before 1.6."""
    return data[:1] == b"\x80" and LEGACY_MAGIC[2:] in data[:26] or (
        data[:len(LEGACY_MAGIC_DIGITS)] == LEGACY_MAGIC_DIGITS)


def describe_torch_legacy(data):
    """{name: Tensor} of a torch file before 1.6: five pickles, then the storages in a row.

    The pickles: a magic number, the version 1001, the writer's machine, the tensors, the keys of
    the storages in the order in which they follow. The data is little-endian on every machine.
    """
    position, values, storages = 0, [], {}
    for _ in range(5):
        value, found, length = run_pickle(data[position:MAX_DESCRIPTION])
        values.append(value)
        storages |= found
        position += length
    _, version, _, value, keys = values
    if version != 1001:
        raise ValueError("the file is not of version 1001, the only one that torch wrote")
    if not isinstance(keys, list):
        raise ValueError("the list of storage keys is missing")

    located = {}
    for key in keys:
        if not isinstance(key, str) or key not in storages or key in located:
            raise ValueError("a storage follows that no tensor refers to, or that was there before")
        _, numel, dtype = storages[key]
        (found,) = unpack("<q", data, position)
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
    starts = [index for index, part in enumerate(parts)
              if part in ("led", "final_logits_bias") or part.startswith("led.")]
    start = starts[-1] if starts else 0  # the model of another kind: its names as they are
    last = {"kernel": "weight", "gamma": "weight", "embeddings": "weight", "beta": "bias"}
    return ".".join([*parts[start:-1], last.get(parts[-1], parts[-1])]), parts[-1] == "kernel"


def from_tensorflow(tensors):
    """{name: Tensor} of a TensorFlow model, with the names and shapes that torch has for them."""
    result = {}
    for path, tensor in tensors.items():
        name, transposed = torch_name(path)
        if transposed:
            tensor = tensor._replace(shape=tensor.shape[::-1], strides=tensor.strides[::-1])
        if name in result:
            raise ValueError(f"{name!r:.80} stands twice in the file")
        result[name] = tensor
    return result


def describe_h5(file):
    """{name: Tensor} of an open h5 file, names and shapes as torch has them. Needs h5py.

    The structure of the file is read by the HDF5 library, a large work in C: for its own behaviour
    on hostile files nothing can be promised here.
    """
    try:
        import h5py
    except ImportError:
        raise ImportError(f"{file.name} is an h5 file: pip install h5py to read it") from None

    tensors = {}

    def add(name, item):
        # What the optimizer remembers has the names of the weights once more.
        if not isinstance(item, h5py.Dataset) or name.startswith("optimizer_weights/"):
            return
        # Each array lies in one piece in this file: not packed, not borrowed from another file.
        start = 0 if item.size == 0 else item.id.get_offset()
        code = item.dtype.str[1:]
        if start is None or code not in LABELS or item.shape is None:
            raise ValueError(f"{name!r:.80} should be a plain array of numbers in this file, not "
                             "packed, virtual, without a shape, or of another type")
        order = ">" if item.dtype.str[0] == ">" else "<"
        tensors[name] = contiguous(Storage(start, item.size, LABELS[code], order), item.shape)

    try:
        with h5py.File(file, "r") as content:
            content.visititems(add)  # each object once, and no link into other files is followed
    except ValueError:
        raise
    except Exception as error:  # a broken file shows itself in many ways
        raise ValueError(f"h5py cannot read it: {error}") from None
    if not tensors:
        raise ValueError("there are no weights in this h5 file")
    return from_tensorflow(tensors)


# ------------------------------------------------------------------------------------------------
# Loading
# ------------------------------------------------------------------------------------------------

def check(size, tensors):
    """Every tensor lies within its storage, reaches no element twice, and all fit into the file."""
    storages = {tensor.storage for tensor in tensors.values()}
    for storage in storages:
        if storage.start + nbytes(storage) > size:
            raise ValueError(f"the file ends at byte {size}, a tensor of it only at byte "
                             f"{storage.start + nbytes(storage)}: it is incomplete")
    if sum(nbytes(storage) for storage in storages) > size:
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


def describe_open(file):
    """{name: Tensor} of an open file of any format, which is known by its first bytes."""
    data = Content(file)
    if len(data) < 10:
        raise ValueError("the file is empty or nearly so")
    head = data[:16]
    if head[8:9] == b"{":
        tensors = describe_safetensors(data)
    elif head.startswith(b"PK\x03\x04"):
        tensors = describe_torch_zip(data)
    elif is_torch_legacy(data):
        tensors = describe_torch_legacy(data)
    elif head.startswith(b"\x89HDF\r\n\x1a\n"):
        tensors = describe_h5(file)
    elif data[257:262] == b"ustar":
        raise ValueError("torch files before 0.1.10, which are tar archives, cannot be read; load "
                         "the file in torch and save it again")
    elif head.startswith(b"version https://"):
        raise ValueError("this is a Git LFS pointer, not the file itself: run `git lfs pull`")
    else:
        raise ValueError(f"neither safetensors, nor a torch file, nor h5; it begins with {head!r}")
    check(len(data), tensors)
    return tensors


def parts(path):
    """Yield (open file, {name: Tensor}) for every file of a checkpoint, a file or a folder."""
    path = Path(path)
    if path.is_dir():
        found = [path / name for name in WEIGHTS if (path / name).is_file()]
        if not found:
            raise FileNotFoundError(f"{path}: no weights here; looked for {', '.join(WEIGHTS)}"
                                    + without_weights(path))
        path = found[0]
    paths = [path]
    if path.name.endswith(".index.json"):
        # The index says which files to read. What is in them they know themselves: a name that it
        # lists and no file has, as converters leave it that store tied weights once, is not there.
        paths = [path.parent / file for file in sorted(set(shard_names(path).values()))]
    for part in paths:
        if not part.is_file():
            listed = "" if part == path else f", though {path.name} lists it"
            raise FileNotFoundError(f"{part}: there is no such file{listed}")
    for part in paths:
        with open(part, "rb") as file:
            with naming(part):
                tensors = describe_open(file)
            yield file, tensors


# Whether files are mapped into memory, privately, or read. A model whose file is mapped needs
# memory for what it uses alone (an encoder at work: 620 MB of led-base less the decoder's 230), is
# there at once (1 ms, not 110) and shares its pages with other processes. Windows replaces no file
# that is mapped, so that a model could not be saved where it was loaded.
MAPPED = os.name != "nt"


def mapped(file):
    """The file in memory, or None where it is to be read: file systems need not be able to map."""
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) if MAPPED else None
    except OSError:
        return None


def elements(file, data, storage):
    """The elements of a storage of a file: read, or where it is mapped those of its `data`."""
    dtype = storage.order + DTYPES[storage.dtype]
    if data is None:
        array = np.empty(storage.numel, dtype)
        file.seek(storage.start)
        if file.readinto(array.view(np.uint8)) < array.nbytes:
            raise ValueError("the file has become shorter while it was read")
    else:
        array = np.ndarray(storage.numel, dtype, data, storage.start)
    if storage.dtype == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    if storage.dtype == "F16":
        return array.astype(np.float32)
    if storage.dtype == "BOOL":
        return array.view(np.uint8) != 0
    if not array.flags.aligned:
        array = array.copy()
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def arrays(file, tensors):
    """{name: array} of a file. Tensors that share a storage share memory."""
    data = mapped(file)
    storages = {storage: elements(file, data, storage)
                for storage in sorted({tensor.storage for tensor in tensors.values()})}
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


# Numbers that are no weights before they are unpacked and multiplied by scales. What stands beside
# them tells: the end of its name, and whose it is.
QUANTIZED = (
    (r"SCB|weight_format", "8-bit integers of bitsandbytes"),
    (r"(nested_)?(absmax|quant_map)|quant_state\.\w+", "4-bit numbers of bitsandbytes"),
    (r"qweight|qzeros|g_idx|scales", "packed integers of GPTQ or AWQ"),
    (r"(weight|input)_(scale|scale_inv|scales|zero_point|packed)|W_q|_scale",
     "float8 or integers with scales"))


def refuse_quantized(names):
    """ValueError if there is a name that only quantized weights have."""
    names = "\n".join(names)
    for pattern, kind in QUANTIZED:
        found = re.search(rf"^.*\.({pattern})$", names, re.MULTILINE)
        if found:
            raise ValueError(
                f"{found[0]!r:.80} belongs to {kind}, which are no weights by themselves: load the "
                "model in transformers, model.dequantize(), and save it again")


def load(path):
    """{official name: array} of a checkpoint.

    `path` is a file (safetensors, torch, h5) or a folder, in which the first of `WEIGHTS` is taken.
    Names and shapes are the file's own, but for the old spelling gamma and beta of weight and bias
    (as in `PreTrainedModel` of transformers 4.34) and for TensorFlow's, which are brought into the
    form of the others. Half precision (F16, BF16) becomes float32, every other dtype stays. Writing
    to the arrays does not change the file. But for Windows they are the mapped file, so the file
    must not be overwritten in place or made shorter while they are in use. Replacing it, as `save`
    does, or deleting it does no harm, and a copy of each array is free of this. Those of a torch
    file that share a storage share memory here as well.
    ValueError for a file that is broken, hostile or quantized, OSError for a missing one,
    ImportError for h5 without h5py.
    """
    result = {}
    for file, tensors in parts(path):
        with naming(file.name):
            refuse_quantized(tensors)
            loaded = arrays(file, tensors)
        for name, array in loaded.items():
            if name.endswith(("gamma", "beta")):
                name = re.sub(r"(^|\.)gamma$", r"\1weight", re.sub(r"(^|\.)beta$", r"\1bias", name))
            if name in result:
                raise ValueError(f"{path}: {name!r:.80} stands twice in the checkpoint")
            result[name] = array
    return result


# Modules that FSDP, activation checkpointing and torch.compile put around others, at any depth.
WRAPPERS = r"\.(_fsdp_wrapped_module|_checkpoint_wrapped_module|_orig_mod)(?=\.)"


def inner_names(names, known, bases=()):
    """{name in a file: the name of the same tensor inside the model}.

    Programs that train a model wrap it, and each wrapper stands before all names: `module.` of
    DataParallel, `_orig_mod.` of torch.compile, `base_model.model.` of PEFT, any attribute's name
    of a program's own. So one prefix is looked for, the one before most of the model's `known`
    names, and taken away. If it ends in one of the `bases` ("led" in module.led.encoder), that
    part stands before some of the names only (module.lm_head): these lose the rest of the prefix.
    Where no one prefix explains all names, they stay as they are.
    """
    unwrapped = {name: re.sub(WRAPPERS, "", name) for name in names}
    counts = {}
    for name in unwrapped.values():
        parts = name.split(".")
        for start in range(len(parts)):
            if ".".join(parts[start:]) in known:
                prefix = name.removesuffix(".".join(parts[start:]))
                counts[prefix] = counts.get(prefix, 0) + 1
    long = max(counts, key=counts.get, default="")  # such as "module.led."
    short = long  # such as "module."
    for base in bases:
        if f".{long}".endswith(f".{base}."):
            short = long.removesuffix(f"{base}.")
    if not all(name.startswith(short) for name in unwrapped.values()):
        return {name: name for name in names}
    return {name: inner.removeprefix(long if inner.startswith(long) else short)
            for name, inner in unwrapped.items()}


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
    text = index_bytes(header)
    text += b" " * (-len(text) % 8)

    with replacing(path, beside) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            array = tensors[name]
            if hasattr(array, "get"):
                array = array.get()  # from the GPU, one tensor at a time
            array = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
            file.write(array.data)


def as_array(name, value):
    """What is to be saved under a name, as an array of NumPy or of the GPU."""
    if not isinstance(name, str) or name == "__metadata__":
        raise ValueError(f"{name!r} cannot be the name of a tensor")
    try:
        name.encode("utf-8")
        on_gpu = hasattr(value, "get") and hasattr(value, "dtype")
        array = value if on_gpu else np.asarray(value)
    except Exception as error:  # of half a character, or of whatever class the value is
        raise ValueError(f"{name!a} cannot be saved: {error}") from None
    if array.dtype.str[1:] not in LABELS:
        raise ValueError(f"{name!r} has dtype {array.dtype}, which a checkpoint cannot hold")
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(f"{name!r} is a masked array, whose mask a checkpoint cannot hold")
    return array


def save(path, tensors, max_shard_size=None, beside=None):
    """Write {name: array} as safetensors: NumPy arrays, or CuPy's (anything with `.get()`).

    A `path` that ends in .safetensors is that file. Any other is a folder, made if need be, that
    gets model.safetensors, or, if `max_shard_size` bytes (an int, or "5GB") are not enough,
    model-00001-of-0000n.safetensors and so on with their index.

    Whenever the program or the machine stops, the folder holds the old checkpoint whole or the new
    one whole: files are written under temporary names, shards never take the name of a file that is
    there (they become model-2-00001-of-... if need be), and one last renaming or removal makes the
    new checkpoint the one that is found. After that, files of the old one are removed; what a save
    leaves that fails is removed at once, or if it is killed, by the next one. Other formats in the
    folder (pytorch_model.bin, tf_model.h5) are left alone: safetensors come before them. One save
    at a time. ValueError for names and dtypes that cannot be written.

    `beside`, {file name: bytes}, are small files of the folder that belong to these weights, such
    as config.json. They are complete under temporary names before the decisive step and get their
    names right after it: only a stop between these few renamings leaves new weights with an old
    configuration.
    """
    path = Path(path)
    tensors = {name: as_array(name, value) for name, value in tensors.items()}
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

    write_checkpoint(path, shards, write_safetensors, beside or {})


# ------------------------------------------------------------------------------------------------
# Command line
# ------------------------------------------------------------------------------------------------

def describe_all(checkpoint):
    """{name: Tensor} of all files of a checkpoint; - is what stands on standard input."""
    if checkpoint != "-":
        return {name: tensor for _, tensors in parts(find(checkpoint))
                for name, tensor in tensors.items()}
    if sys.stdin is None:
        raise OSError("standard input is closed")
    import shutil
    import tempfile

    with tempfile.TemporaryFile() as file, naming("standard input"):
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        return describe_open(file)


def table(tensors):
    """The lines for a checkpoint: name, dtype in the file, bytes and shape; and their sum."""
    rows = []
    for name, tensor in tensors.items():
        size = math.prod(tensor.shape) * np.dtype(DTYPES[tensor.storage.dtype]).itemsize
        # a name is a stranger's text: nothing that a terminal would take as a command
        rows.append((name if name.isprintable() else repr(name), list(tensor.shape),
                     tensor.storage.dtype, size))
    width = max((len(name) for name, *_ in rows), default=0)
    for name, shape, dtype, size in rows:
        yield f"{name:{width}}  {dtype:4}  {size:13,}  {shape}"
    elements = sum(math.prod(shape) for _, shape, _, _ in rows)
    yield f"{len(rows)} tensors, {elements:,} elements, {sum(size for *_, size in rows):,} bytes"


def run_command(arguments):
    """Does what the command line says."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="python weights.py", usage="python weights.py CHECKPOINT",
        description="Lists the tensors of a checkpoint: name, dtype in the file, bytes, shape.",
        epilog="example: python weights.py chronicles/model")
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a file (safetensors, torch, h5; "
                        "- for standard input), a folder, or the name of a model of huggingface.co")
    for line in table(describe_all(parser.parse_args(arguments).checkpoint)):
        print(line)


def main(arguments=None):
    """The command line; returns the exit status."""
    return exit_status("weights.py", run_command, arguments)


if __name__ == "__main__":
    sys.exit(main())
