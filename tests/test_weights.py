"""weights.py against frozen files of the reference libraries, by its properties, and against
files that are broken or made to do harm. Needs no torch; h5 is tested where h5py is installed.

LED_SWEEP=10 python -m pytest tests/test_weights.py     # ten times as many random inputs
"""

import copy
import errno
import hashlib
import http.server
import io
import itertools
import json
import mmap
import os
import pickle
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import types
import warnings
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import led  # noqa: E402
import weights  # noqa: E402
from led_support import files as led_files  # noqa: E402
from led_support import hub as led_hub  # noqa: E402

FIXTURES = Path(__file__).parent / "fixtures" / "weights"
SWEEP = float(os.environ.get("LED_SWEEP", "1"))
ALIASES = ("led.encoder.embed_tokens.weight", "led.decoder.embed_tokens.weight", "lm_head.weight")


def sweep(examples):
    return settings(max_examples=max(1, int(examples * SWEEP)), deadline=None,
                    suppress_health_check=[HealthCheck.function_scoped_fixture,
                                           HealthCheck.too_slow])


def equal(array, expected):
    return (array.dtype == expected.dtype and array.shape == expected.shape
            and array.tobytes() == expected.tobytes())


def copy_files(source, folder):
    """The content alone: the permissions of a read-only checkout would stand in the way."""
    for path in source.iterdir():
        shutil.copyfile(path, folder / path.name)


def old_spelling_repaired(name):
    return name.replace("gamma", "weight").replace("beta", "bias")


# ------------------------------------------------------------------------------------------------
# Files as torch writes them, made by hand
# ------------------------------------------------------------------------------------------------

class Import:
    """In a pickle: a name to import."""

    def __init__(self, name):
        self.name = name


class Call:
    """In a pickle: a call of `function`, which can be any of these values."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments


class Persistent:
    """In a pickle: something that lies outside, known by its persistent id."""

    def __init__(self, *identity):
        self.identity = identity


def instructions(value):
    """The pickle instructions that make `value`."""
    if isinstance(value, Import):
        return b"c" + value.name.replace(" ", "\n").encode() + b"\n"
    if isinstance(value, Call):
        return instructions(value.function) + instructions(value.arguments) + b"R"
    if isinstance(value, Persistent):
        return instructions(value.identity) + b"Q"
    if isinstance(value, bytes):  # instructions already
        return value
    if isinstance(value, tuple):
        return b"(" + b"".join(map(instructions, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(instructions, value)) + b"e"
    if isinstance(value, dict):
        items = itertools.chain.from_iterable(value.items())
        return b"}(" + b"".join(map(instructions, items)) + b"u"
    return pickle.dumps(value, protocol=2)[2:-1]  # without PROTO and STOP


def pickled(value):
    return b"\x80\x02" + instructions(value) + b"."


def storage(key, numel, kind="torch FloatStorage"):
    return Persistent("storage", Import(kind), key, "cpu", numel)


def tensor(stored, offset, shape, strides):
    return Call(Import("torch._utils _rebuild_tensor_v2"), stored, offset, shape, strides, False,
                Call(Import("collections OrderedDict")))


def torch_zip(path, value, storages, compression=zipfile.ZIP_STORED, **entries):
    """A torch file; `value` goes into data.pkl (bytes: as they are), `storages` {key: bytes}."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("model/data.pkl", value if isinstance(value, bytes) else pickled(value))
        for key, content in storages.items():
            archive.writestr(f"model/data/{key}", content)
        for name, content in entries.items():
            archive.writestr(f"model/{name}", content)
    return path


def torch_legacy(path, value, storages):
    """A torch file of the old format; `storages` {key: (numel, bytes)}."""
    content = weights.LEGACY_MAGIC + pickled(1001)
    content += pickled({"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}})
    content += pickled(value) + pickled(list(storages))
    for numel, data in storages.values():
        content += struct.pack("<q", numel) + data
    path.write_bytes(content)
    return path


def safetensors_file(path, header, data=b""):
    """A safetensors file; `header` is JSON's object or its text."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


FLOATS = np.arange(6, dtype="<f4").tobytes()


# ------------------------------------------------------------------------------------------------
# Frozen files
# ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("file", ["zip.bin", "legacy.bin", "library.safetensors"])
def test_every_dtype_as_torch_reads_it(file):
    expected = dict(np.load(FIXTURES / "expected.npz"))
    versions = json.loads(str(expected.pop("versions")))
    assert {"numpy", "torch", "safetensors"} == set(versions)
    if file != "zip.bin":
        del expected["uint16"], expected["parameter"]
    loaded = weights.load(FIXTURES / file)
    assert set(loaded) == {old_spelling_repaired(name) for name in expected}
    for name, array in expected.items():
        assert equal(loaded[old_spelling_repaired(name)], array), name
    assert len(expected) == (21 if file == "zip.bin" else 19)


@pytest.mark.parametrize("file", ["zip.bin", "legacy.bin"])
def test_a_shared_storage_is_shared_memory(file):
    loaded = weights.load(FIXTURES / file)
    loaded["shared.whole"][1, 0, 1] = 77
    assert loaded["shared.slice"][0, 0, 0] == 77
    assert loaded["shared.permuted"][1, 1, 0] == 77
    loaded["half.shared.a"][2] = 55  # converted to float32, and still one memory
    assert loaded["half.shared.b"][0] == 55
    assert not np.shares_memory(loaded["shared.whole"], loaded["double"])


@pytest.mark.parametrize("file", ["zip.bin", "legacy.bin", "library.safetensors"])
def test_arrays_are_writable_and_the_file_stays(file, tmp_path):
    path = shutil.copyfile(FIXTURES / file, tmp_path / file)
    before = hashlib.sha256(path.read_bytes()).digest()
    for array in weights.load(path).values():
        array[...] = 1
        assert (array == 1).all()
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert not (weights.load(path)["double"] == 1).any()


def official_names(encoder_layers, decoder_layers):
    """The names of LEDForConditionalGeneration, what is tied once."""
    names = ["final_logits_bias", "led.shared.weight"]
    for side, layers in (("encoder", encoder_layers), ("decoder", decoder_layers)):
        names += [f"led.{side}.embed_positions.weight", f"led.{side}.layernorm_embedding.weight",
                  f"led.{side}.layernorm_embedding.bias"]
        for layer in range(layers):
            modules = ["self_attn_layer_norm", "fc1", "fc2", "final_layer_norm"]
            if side == "encoder":
                modules += ["self_attn.output"] + [
                    f"self_attn.longformer_self_attn.{kind}{suffix}"
                    for kind in ("query", "key", "value") for suffix in ("", "_global")]
            else:
                modules += ["encoder_attn_layer_norm"] + [
                    f"{attention}.{kind}_proj" for attention in ("self_attn", "encoder_attn")
                    for kind in ("q", "k", "v", "out")]
            names += [f"led.{side}.layers.{layer}.{module}.{kind}"
                      for module in modules for kind in ("weight", "bias")]
    return names


@pytest.mark.parametrize("folder", ["led", "led_sharded", "led_bin_sharded"])
def test_a_tiny_led_as_transformers_saved_it(folder):
    expected = dict(np.load(FIXTURES / "led_expected.npz"))
    assert json.loads(str(expected.pop("versions")))["transformers"] == "4.34.0"
    aliases = {"led.encoder.embed_tokens.weight", "led.decoder.embed_tokens.weight",
               "lm_head.weight"}
    if folder != "led_bin_sharded":  # safetensors stores what is tied once
        expected = {name: expected[name] for name in set(expected) - aliases}
    loaded = weights.load(FIXTURES / folder)
    assert set(loaded) == set(expected)
    assert set(loaded) - aliases == set(official_names(1, 1))
    for name, array in expected.items():
        assert equal(loaded[name], array), name
    index = list((FIXTURES / folder).glob("*.index.json"))
    assert len(index) == (folder != "led")
    for path in index:  # the index alone names the checkpoint, too
        assert set(weights.load(path)) == set(expected)
    if folder == "led_bin_sharded":
        for alias in aliases:
            assert np.shares_memory(loaded["led.shared.weight"], loaded[alias])


def test_tensorflow_weights_have_official_names_and_shapes():
    h5py = pytest.importorskip("h5py", reason="h5 files need h5py: pip install h5py")
    folder = FIXTURES / "tensorflow"
    loaded = weights.load(folder)
    assert sorted(loaded) == sorted(official_names(2, 1))
    assert loaded["led.encoder.layers.1.fc1.weight"].shape == (20, 12)
    assert loaded["led.decoder.layers.0.fc2.weight"].shape == (12, 14)
    assert loaded["led.shared.weight"].shape == (29, 12)
    with h5py.File(folder / "tf_model.h5") as file:
        model = file["led/tfled_for_conditional_generation/led"]
        layer = model["encoder/layers.1"]
        for name, array in (
                ("fc1.weight", layer["fc1/kernel:0"][()].T), ("fc1.bias", layer["fc1/bias:0"][()]),
                ("self_attn.output.weight", layer["self_attn/output/kernel:0"][()].T),
                ("final_layer_norm.weight", layer["final_layer_norm/gamma:0"][()]),
                ("final_layer_norm.bias", layer["final_layer_norm/beta:0"][()])):
            assert equal(loaded[f"led.encoder.layers.1.{name}"], array), name
        shared = file["led/led.shared/led.shared/embeddings:0"][()]
        assert equal(loaded["led.shared.weight"], shared)
        assert equal(loaded["final_logits_bias"], file["final_logits_bias/final_logits_bias:0"][()])


@pytest.mark.parametrize("path, expected", [
    ("led/led.shared/led.shared/embeddings:0", ("led.shared.weight", False)),
    ("led.shared/led.shared/weight:0", ("led.shared.weight", False)),  # early TensorFlow LEDs
    ("led/tfled_model_3/led/decoder/layers.0/encoder_attn/k_proj/kernel:0",
     ("led.decoder.layers.0.encoder_attn.k_proj.weight", True)),
    ("led/led/encoder/layers.0/final_layer_norm/gamma:0",
     ("led.encoder.layers.0.final_layer_norm.weight", False)),
    ("led/led/encoder/layernorm_embedding/beta:0", ("led.encoder.layernorm_embedding.bias", False)),
    ("final_logits_bias/final_logits_bias:0", ("final_logits_bias", False)),
])
def test_names_of_h5(path, expected):
    assert weights.torch_name(path) == expected


def test_h5_without_h5py_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match="tf_model.h5 is an h5 file: pip install h5py"):
        weights.load(FIXTURES / "tensorflow")


def test_loading_does_not_import_the_libraries_it_replaces():
    code = ("import sys, weights; weights.load('tests/fixtures/weights/zip.bin');"
            "print(sorted({'torch', 'safetensors', 'transformers', 'tensorflow', 'h5py', "
            "'huggingface_hub'} & set(sys.modules)))")
    output = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert output.stdout == "[]\n", output.stderr


# ------------------------------------------------------------------------------------------------
# Properties
# ------------------------------------------------------------------------------------------------

NUMPY_DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]
names = st.text(min_size=1, max_size=20).filter(
    lambda name: name != "__metadata__" and not re.search(r"(^|\.)(gamma|beta)\Z", name)
    and name.isprintable())


@st.composite
def some_arrays(draw):
    """{name: array}: any dtype, byte order and layout, scalars and empty arrays among them."""
    result = {}
    for name in draw(st.lists(names, max_size=6, unique=True)):
        dtype = np.dtype(draw(st.sampled_from(NUMPY_DTYPES)))
        shape = draw(st.lists(st.integers(0, 5), max_size=4))
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        array = rng.integers(0, 256, (*shape, dtype.itemsize), dtype=np.uint8)
        array = array.view(dtype)[..., 0] if dtype != bool else array[..., 0] > 127
        if draw(st.booleans()):
            array = array.astype(dtype.newbyteorder(">"))
        if draw(st.booleans()):
            array = array.T
        if shape and draw(st.booleans()):
            array = array[::-1]
        result[name] = array
    return result


def as_loaded(array):
    """What comes back of a saved array: native, contiguous, and half precision as float32."""
    dtype = array.dtype.newbyteorder("=")
    dtype = np.float32 if dtype == np.float16 else dtype
    return np.array(array, dtype, order="C")


@sweep(60)
@given(some_arrays(), st.sampled_from(["x.safetensors", "folder", "shards"]))
def test_what_is_saved_is_loaded(tmp_path, tensors, kind):
    path = tmp_path / kind
    weights.save(path, tensors, max_shard_size=40 if kind == "shards" else None)
    loaded = weights.load(path)
    assert set(loaded) == set(tensors)
    for name, array in tensors.items():
        array = as_loaded(array)
        nan = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)
        assert loaded[name].shape == array.shape and loaded[name].dtype == array.dtype
        assert (np.where(nan, 0, loaded[name]) == np.where(nan, 0, array)).all()
        assert loaded[name].flags.aligned and loaded[name].flags.writeable


def header_of(path):
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8:8 + size]), content[8 + size:]


def test_the_saved_file_to_the_byte(tmp_path):
    weights.save(tmp_path / "a.safetensors", {
        "small": np.array([[1, 2, 3]], np.int8), "half": np.array([1.5], np.float16),
        "big": np.array([4.0, 5.0])})
    header, data = header_of(tmp_path / "a.safetensors")
    assert header == {"__metadata__": {"format": "pt"},
                      "big": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]},
                      "half": {"dtype": "F16", "shape": [1], "data_offsets": [16, 18]},
                      "small": {"dtype": "I8", "shape": [1, 3], "data_offsets": [18, 21]}}
    assert data == struct.pack("<ddebbb", 4, 5, 1.5, 1, 2, 3)
    size = int.from_bytes((tmp_path / "a.safetensors").read_bytes()[:8], "little")
    assert size % 8 == 0


class OnDevice:
    """Like an array of CuPy: it has to be fetched, and NumPy cannot read it by itself."""

    def __init__(self, array):
        self.array, self.shape, self.dtype, self.nbytes = (
            array, array.shape, array.dtype, array.nbytes)

    def __array__(self, *_):
        raise TypeError("implicit conversion to a NumPy array is not allowed")

    def get(self):
        return self.array


def test_arrays_of_the_gpu_are_fetched(tmp_path):
    array = np.arange(15, dtype=np.float32).reshape(3, 5)
    for limit in (None, 10):
        weights.save(tmp_path, {"a": OnDevice(array.T), "b": array}, max_shard_size=limit)
        loaded = weights.load(tmp_path)
        assert equal(loaded["a"], array.T.copy()) and equal(loaded["b"], array)


@pytest.mark.parametrize("size, count", [
    (7, 7), ("3KB", 3000), ("40 MB", 40 * 10**6), ("5gb", 5 * 10**9), ("3KiB", 3 * 1024),
    ("40 MiB", 40 * 1024**2), ("5GIB", 5 * 1024**3)])
def test_sizes_with_units(size, count):
    assert weights.byte_count(size) == count


@pytest.mark.parametrize("limit, files", [
    (None, 1), (10**6, 1), (84, 1), (83, 2), (48, 2), (36, 3), (1, 4), ("84B", None),
    ("0.5KB", None), ("1KB", 1), ("1 GiB", 1), ("5gb", 1), (0, None), (-3, None), (2.5, None),
    (True, None), ("GB", None), ("-1GB", None)])
def test_shards_are_no_larger_than_asked(tmp_path, limit, files):
    tensors = {"a": np.ones((3, 1), np.float32), "b": np.ones(6, np.float32),  # 12 and 24 bytes
               "c": np.ones(3, np.float64), "d": np.ones((2, 3), np.float32)}  # 24 and 24 bytes
    if files is None:
        with pytest.raises(ValueError, match="max_shard_size should be"):
            weights.save(tmp_path, tensors, limit)
        return
    weights.save(tmp_path, tensors, limit)
    if files == 1:
        assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
        return
    index = json.loads((tmp_path / "model.safetensors.index.json").read_bytes())
    assert index["metadata"] == {"total_size": 84}
    assert set(index["weight_map"]) == set(tensors)
    shards = sorted(set(index["weight_map"].values()))
    assert shards == [f"model-{n:05}-of-{files:05}.safetensors" for n in range(1, files + 1)]
    for shard in shards:
        header, data = header_of(tmp_path / shard)
        assert len(data) <= limit or len(header) == 2  # a tensor larger than the limit is alone
        assert {name for name in header if name != "__metadata__"} == {
            name for name, file in index["weight_map"].items() if file == shard}


@pytest.mark.parametrize("tensors, message", [
    ({3: np.ones(2)}, "3 cannot be the name of a tensor"),
    ({"__metadata__": np.ones(2)}, "cannot be the name"),
    ({"\ud800": np.ones(2)}, r"'\ud800' cannot be saved: 'utf-8' codec"),
    ({"a": np.ones(2, complex)}, "'a' has dtype complex128"),
    ({"a": np.ones(2, np.longdouble)}, f"'a' has dtype {np.dtype(np.longdouble)}"),
    ({"a": np.zeros(2, "M8[s]")}, "'a' has dtype datetime64[s]"),
    ({"a": np.zeros(2, [("x", "f4")])}, "'a' has dtype [('x', '<f4')]"),
    ({"a": np.zeros(2, "V2")}, "'a' has dtype |V2"),
    ({"a": b"bytes"}, "'a' has dtype |S5"), ({"a": None}, "'a' has dtype object"),
    ({"a": {"b": np.ones(2)}}, "'a' has dtype object"), ({"a": 2**70}, "'a' has dtype object"),
    ({"a": [[1, 2], [3]]}, "'a' cannot be saved: setting an array element"),
    ({"a": np.ma.masked_equal([1, 2], 2)}, "'a' is a masked array"),
    ({"a": np.array(["text"])}, "'a' has dtype <U4"),
    ({"a": np.array([None])}, "'a' has dtype object"),
])
def test_what_no_checkpoint_can_hold(tmp_path, tensors, message):
    for path in (tmp_path / "x.safetensors", tmp_path / "folder"):
        with pytest.raises(ValueError, match=re.escape(message)):
            weights.save(path, tensors)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value, expected", [
    (np.float32(2.5), np.array(2.5, "f4")), (np.array(7, ">i4"), np.array(7, "i4")),
    (True, np.array(True)), (3, np.array(3)), (1.5, np.array(1.5)), ([[1, 2]], np.array([[1, 2]])),
    (np.bool_(True), np.array(True)), (np.array(1.5, "f2"), np.array(1.5, "f4")),
    (np.arange(15, dtype=">f8").reshape(3, 5).T, np.arange(15.0).reshape(3, 5).T.copy()),
    (np.arange(20, dtype="u2")[::-3], np.array([19, 16, 13, 10, 7, 4, 1], "u2")),
    (np.broadcast_to(np.int8(5), (2, 3)), np.full((2, 3), 5, "i1")),
    (np.frombuffer(b"\1\0\1", bool), np.array([True, False, True])),
    (np.frombuffer(FLOATS, "f4"), np.arange(6, dtype="f4")),  # read-only
    (np.ones((0, 3), ">i8"), np.ones((0, 3), "i8")),
])
def test_every_kind_of_array_is_saved_right(tmp_path, value, expected):
    weights.save(tmp_path, {"a": value, "b": np.ones(3)})
    assert equal(weights.load(tmp_path)["a"], expected)


def test_more_names_than_can_be_read_are_not_saved(tmp_path):
    """The limit of `load` on descriptions holds for `save` as well, before anything is written."""
    weights.save(tmp_path, version(1))
    tensors = {f"{n:0100}": np.ones(1, np.int8) for n in range(5000)}
    for limit in (None, 1000):
        with pytest.raises(ValueError, match="names and shapes of the tensors take .* 524288 are"):
            weights.save(tmp_path, tensors, limit)
        assert version_in(tmp_path) == 1
        assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    weights.save(tmp_path, dict(itertools.islice(tensors.items(), 2500)), 1000)
    assert len(weights.load(tmp_path)) == 2500


def test_paths_that_cannot_be_saved_to(tmp_path):
    for more in ({"max_shard_size": 5}, {"beside": {"config.json": b"{}"}}):
        with pytest.raises(ValueError, match="shards and files beside it need a folder"):
            weights.save(tmp_path / "x.safetensors", {"a": np.ones(2)}, **more)
    with pytest.raises(ValueError, match="pytorch_model.bin: only safetensors are written"):
        weights.save(tmp_path / "pytorch_model.bin", {"a": np.ones(2)})
    with pytest.raises(OSError):
        weights.save(tmp_path / "missing" / "x.safetensors", {"a": np.ones(2)})
    assert list(tmp_path.iterdir()) == []


def view_of(base, steps):
    """`base` sliced and transposed by random steps; -> (view, offset, strides in elements)."""
    view = base
    for axis, start, stop, step, order in steps:
        if view.ndim:
            axis %= view.ndim
            index = [slice(None)] * view.ndim
            index[axis] = slice(start, max(start + 1, stop), step)
            view = view[tuple(index)].transpose(np.random.default_rng(order).permutation(view.ndim))
    offset = (view.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // 4
    return view, offset, tuple(stride // 4 for stride in view.strides)


steps_of_a_view = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 7),
                                     st.integers(1, 3), st.integers(0, 99)), max_size=4)


@sweep(100)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.lists(steps_of_a_view, max_size=3),
       st.booleans())
def test_views_that_slicing_makes(tmp_path, shape, all_steps, legacy):
    base = np.arange(np.prod(shape), dtype="<f4").reshape(shape)
    views = {f"view{n}": view_of(base, steps) for n, steps in enumerate([[], *all_steps])}
    stored = storage("0", base.size)
    value = {name: tensor(stored, offset, view.shape, strides)
             for name, (view, offset, strides) in views.items()}
    if legacy:
        path = torch_legacy(tmp_path / "x.bin", value, {"0": (base.size, base.tobytes())})
    else:
        path = torch_zip(tmp_path / "x.bin", value, {"0": base.tobytes()})
    loaded = weights.load(path)
    for name, (view, _, _) in views.items():
        assert equal(loaded[name], view)
        if view.size:
            assert np.shares_memory(loaded[name], loaded["view0"])


@sweep(200)
@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 12)), max_size=3))
def test_any_view_is_right_or_refused(tmp_path, offset, axes):
    """Against the elements one by one: no view reaches outside, none reaches an element twice."""
    shape, strides = tuple(size for size, _ in axes), tuple(stride for _, stride in axes)
    value = {"a": tensor(storage("0", 30), offset, shape, strides)}
    path = torch_zip(tmp_path / "x.bin", value, {"0": np.arange(30, dtype="<f4").tobytes()})
    positions = [offset + sum(i * stride for i, stride in zip(index, strides))
                 for index in itertools.product(*map(range, shape))]
    if max(positions, default=0) >= 30 or len(set(positions)) < len(positions):
        with pytest.raises(ValueError, match="leaves its storage|overlaps itself"):
            weights.load(path)
        return
    try:
        array = weights.load(path)["a"]
    except ValueError as error:
        # Interleaved axes, as in shape (3, 2) with strides (2, 3), are refused though no element
        # is reached twice: slicing and transposing never make them.
        axes = sorted((stride, size) for stride, size in zip(strides, shape) if size > 1)
        reaches = [stride * (size - 1) for stride, size in axes]
        assert "overlaps itself" in str(error)
        assert any(stride <= sum(reaches[:n]) for n, (stride, _) in enumerate(axes))
        return
    assert array.shape == shape and array.ravel().tolist() == positions


def test_the_stride_of_a_single_row_is_any_number(tmp_path):
    for stride in (0, 3, 2**62):  # never used: there is no second row
        value = {"a": tensor(storage("0", 6), 0, (1, 6), (stride, 1))}
        path = torch_zip(tmp_path / "x.bin", value, {"0": FLOATS})
        assert weights.load(path)["a"].tolist() == [[0, 1, 2, 3, 4, 5]]


def test_what_lies_unaligned_is_copied(tmp_path):
    for padding in range(4):
        header = json.dumps({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}})
        path = safetensors_file(tmp_path / "x", header.encode().ljust(72 + padding), FLOATS)
        array = weights.load(path)["a"]
        assert array.flags.aligned and array.tolist() == [[0, 1, 2], [3, 4, 5]]
        assert array.flags.writeable


def test_any_byte_but_zero_is_true(tmp_path):
    value = {"a": tensor(storage("0", 4, "torch BoolStorage"), 0, (4,), (1,))}
    path = torch_zip(tmp_path / "x.bin", value, {"0": b"\0\1\2\xff"})
    assert weights.load(path)["a"].tobytes() == b"\0\1\1\1"


@pytest.mark.parametrize("order, code", [("little", "<f4"), ("big", ">f4"), (None, "<f4")])
def test_byte_order_of_the_zip(tmp_path, order, code):
    entries = {"byteorder": order} if order else {}
    value = {"a": tensor(storage("0", 5), 0, (5,), (1,))}
    path = torch_zip(tmp_path / "x.bin", value, {"0": np.arange(5).astype(code).tobytes()},
                     **entries)
    assert equal(weights.load(path)["a"], np.arange(5, dtype=np.float32))


def test_a_zip_with_64_bit_numbers(tmp_path):
    path = torch_zip(tmp_path / "x.bin", {"a": tensor(storage("0", 6), 0, (2, 3), (3, 1))},
                     {"0": FLOATS})
    content = path.read_bytes()
    end = len(content) - 22
    count, size, start = struct.unpack_from("<10xHII", content, end)
    wide, position = b"", start
    for _ in range(count):  # every entry: sizes and position in the extra field
        fixed = bytearray(content[position:position + 46])
        packed, unpacked, name_size = struct.unpack_from("<20xIIH", fixed)
        (header,) = struct.unpack_from("<42xI", fixed)
        struct.pack_into("<II", fixed, 20, 0xFFFFFFFF, 0xFFFFFFFF)
        struct.pack_into("<H", fixed, 30, 8 + 28)
        struct.pack_into("<I", fixed, 42, 0xFFFFFFFF)
        name = content[position + 46:position + 46 + name_size]
        wide += fixed + name + struct.pack("<HHI", 9, 4, 7)
        wide += struct.pack("<HHQQQ", 1, 24, unpacked, packed, header)
        position += 46 + name_size
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(wide),
                         start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, start + len(wide), 1)
    last = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(content[:start] + wide + record + locator + last)
    with zipfile.ZipFile(path) as archive:  # Python agrees that this is a zip
        assert archive.read("model/data/0") == FLOATS
    assert weights.load(path)["a"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_state_dict_inside(tmp_path):
    inner = {"a": tensor(storage("0", 6), 0, (6,), (1,))}
    path = torch_zip(tmp_path / "x.ckpt", {"epoch": 3, "lr": 0.5, "state_dict": inner},
                     {"0": FLOATS})
    assert list(weights.load(path)) == ["a"]


def test_old_and_new_spelling_together_are_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    weights.save(path, {"norm.gamma": np.ones(2), "norm.weight": np.ones(2)})
    with pytest.raises(ValueError, match="x.safetensors: 'norm.weight' stands twice"):
        weights.load(path)
    weights.save(path, {"alphabeta": np.ones(2), "gamma.ray": np.ones(2), "beta": np.ones(2)})
    assert set(weights.load(path)) == {"alphabeta", "gamma.ray", "bias"}


def test_the_folder_is_searched_in_order(tmp_path):
    with pytest.raises(OSError, match="no weights here; looked for model.safetensors, model"):
        weights.load(tmp_path)
    shutil.copyfile(FIXTURES / "tensorflow" / "tf_model.h5", tmp_path / "tf_model.h5")

    for source, file, key in (  # each comes before all that are there already
            ("led_bin_sharded", None, "lm_head.weight"), ("zip.bin", "pytorch_model.bin", "uint16"),
            ("led_sharded", None, "led.shared.weight"),
            ("library.safetensors", "model.safetensors", "int8")):
        if file is None:
            copy_files(FIXTURES / source, tmp_path)
        else:
            shutil.copyfile(FIXTURES / source, tmp_path / file)
        assert set(weights.load(tmp_path)) == set(weights.load(FIXTURES / source)), source
        assert key in weights.load(tmp_path)
    missing = [name for name in weights.WEIGHTS if not (tmp_path / name).exists()]
    assert missing == ["tf_model.h5.index.json"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, a thing of Linux")
@pytest.mark.parametrize("mapped", [True, False])
@pytest.mark.parametrize("kind", ["safetensors", "zip", "legacy"])
def test_a_large_file_costs_no_more_memory_than_it_has_to(tmp_path, kind, mapped):
    """Mapped, none until its numbers are used; read, each number once. To be listed: none."""
    numel = 50_000_000  # 200 MB
    path = tmp_path / "x"
    if kind == "safetensors":
        header = {"a": {"dtype": "F32", "shape": [numel], "data_offsets": [0, 4 * numel]}}
        safetensors_file(path, json.dumps(header).encode().ljust(96))
    elif kind == "legacy":
        for name in ("a", "aa", "aaa", "aaaa"):  # with one of them the storage is aligned
            value = {name: tensor(storage("0", numel), 0, (numel,), (1,))}
            torch_legacy(path, value, {"0": (numel, b"")})
            if path.stat().st_size % 4 == 0:
                break
    if kind == "zip":
        directory_of_a_large_zip(path, numel)
    else:
        os.truncate(path, path.stat().st_size + 4 * numel)  # sparse: it takes no disk either
    code = """if 1:
        import pathlib, re, sys, weights
        weights.MAPPED = sys.argv[3] == "True"
        def peak():
            status = pathlib.Path("/proc/self/status").read_text()
            return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) * 1024
        weights.load(sys.argv[2])
        before = peak()
        (file, tensors), = weights.parts(sys.argv[1])
        listed = peak()
        array, = weights.load(sys.argv[1]).values()
        print(listed - before, peak() - before, array.size, array[-1])
    """
    output = subprocess.run([sys.executable, "-c", code, path, FIXTURES / "zip.bin", str(mapped)],
                            cwd=ROOT, capture_output=True, text=True)
    listed, loaded, elements, last = map(float, output.stdout.split())
    assert elements == numel and last == 0
    assert listed < 4e6
    if mapped:
        assert loaded < 4e6, "measured: 0.1 to 2.1 MB"
    else:
        assert 4 * numel < loaded < 4 * numel + 8e6


@pytest.mark.parametrize("change", ["overwrite", "truncate", "replace", "remove"])
def test_what_is_loaded_does_not_change_with_the_file(tmp_path, change):
    """Where it is read, not mapped; where it is mapped, if the file is replaced or deleted"""
    code = """if 1:
        import os, pathlib, sys, numpy, weights
        path = pathlib.Path(sys.argv[1])
        weights.MAPPED = sys.argv[2] in ("replace", "remove")
        weights.save(path, {"a": numpy.arange(100_000.0), "b": numpy.ones((3, 5), "f4")})
        loaded = weights.load(path)
        if sys.argv[2] == "overwrite":
            with open(path, "r+b") as file:
                file.write(bytes(path.stat().st_size))
        elif sys.argv[2] == "truncate":
            os.truncate(path, 0)
        elif sys.argv[2] == "replace":
            weights.save(path, {"a": numpy.zeros(3)})
        else:
            path.unlink()
        assert (loaded["a"] == numpy.arange(100_000)).all() and (loaded["b"] == 1).all()
        loaded["a"] *= 2
        assert loaded["a"][-1] == 199_998
    """
    output = subprocess.run([sys.executable, "-c", code, tmp_path / "x.safetensors", change],
                            cwd=ROOT, capture_output=True, text=True)
    assert (output.returncode, output.stderr) == (0, "")


def test_a_file_that_becomes_shorter_while_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "MAPPED", False)
    path = tmp_path / "x.safetensors"
    weights.save(path, {"a": np.ones(10_000), "b": np.ones(3)})
    for file, tensors in weights.parts(path):
        os.truncate(path, 5000)
        with pytest.raises(ValueError, match="has become shorter while it was read"):
            weights.arrays(file, tensors)


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir() if path.is_file()
                                        and path.suffix in (".safetensors", ".bin", ".h5")))
def test_file_systems_that_map_nothing(monkeypatch, name):
    """mergerfs, s3fs and some others: mmap answers ENODEV, to a shared mapping or to any."""
    if name.endswith(".h5"):
        pytest.importorskip("h5py")
    expected = weights.load(FIXTURES / name)

    def refuse(*_, **__):
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(weights.mmap, "mmap", refuse)
    found = weights.load(FIXTURES / name)
    assert found.keys() == expected.keys()
    assert all(equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize("error", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF])
def test_file_systems_that_cannot_sync(tmp_path, monkeypatch, error):
    """CIFS, VirtualBox's and FUSE's answer so, for folders or for files, when all is written."""
    def refuse(_):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", refuse)
    for limit in (None, 100):
        weights.save(tmp_path, version(2), limit, {"config.json": b"{}"})
        assert version_in(tmp_path) == 2 and (tmp_path / "config.json").read_bytes() == b"{}"
    weights.save(tmp_path / "one.safetensors", version(1))
    assert version_in(tmp_path / "one.safetensors") == 1
    assert not list(tmp_path.glob("*.tmp"))


def test_a_disk_that_cannot_sync_is_an_error(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output"):
        weights.save(tmp_path, version(2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("beside, kind", [
    ("fc1.SCB", "8-bit integers of bitsandbytes"), ("fc1.weight_format", "8-bit"),
    ("fc1.weight.absmax", "4-bit"), ("fc1.weight.nested_quant_map", "4-bit"),
    ("fc1.weight.quant_state.bitsandbytes__nf4", "4-bit"), ("fc1.qweight", "GPTQ or AWQ"),
    ("fc1.qzeros", "GPTQ or AWQ"), ("fc1.g_idx", "GPTQ or AWQ"), ("fc1.scales", "GPTQ or AWQ"),
    ("fc1.weight_scale", "float8"), ("fc1.weight_scale_inv", "float8"),
    ("fc1.weight_packed", "float8")])
def test_numbers_that_are_no_weights(tmp_path, beside, kind):
    """The name and what it is are said; 127 is not what a weight of 0.07 was saved as."""
    weights.save(tmp_path, {"encoder.fc1.weight": np.full((2, 3), 127, np.int8),
                            f"encoder.{beside}": np.ones(2, np.float32)})
    with pytest.raises(ValueError, match=f"{re.escape(beside)}' belongs to .*{kind}.*dequantize"):
        weights.load(tmp_path)
    assert f"encoder.{beside}" in run(tmp_path).stdout  # it can be looked at


def folder_with(tmp_path, **changes):
    """A small checkpoint, some of whose tensors are others."""
    model = led.LEDForConditionalGeneration(led.LEDConfig(
        vocab_size=37, d_model=12, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=3, encoder_ffn_dim=14, decoder_ffn_dim=10, attention_window=4,
        max_encoder_position_embeddings=16, max_decoder_position_embeddings=8), seed=3)
    model.save_pretrained(tmp_path)
    weights.save(tmp_path, weights.load(tmp_path) | changes)
    return model


def test_a_head_that_was_trained_apart_is_kept(tmp_path):
    """As merged adapters have it: the configuration says that it is tied to the embedding."""
    head = np.random.default_rng(5).normal(size=(37, 12)).astype(np.float32)
    model = folder_with(tmp_path, **{"lm_head.weight": head})
    with pytest.warns(UserWarning, match="lm_head.weight differs from led.shared.weight: both are"):
        again = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    ids = [[0, 5, 6, 7, 2]]
    assert not again.config.tie_word_embeddings
    np.testing.assert_array_equal(again.params["lm_head.weight"], head)
    np.testing.assert_array_equal(again.params["led.shared.weight"],
                                  model.params["led.shared.weight"])
    logits = again(ids, decoder_input_ids=[[2, 0]]).logits
    assert np.abs(logits - model(ids, decoder_input_ids=[[2, 0]]).logits).max() > 0.1
    again.save_pretrained(tmp_path / "again")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        third = led.LEDForConditionalGeneration.from_pretrained(tmp_path / "again")
    np.testing.assert_array_equal(third(ids, decoder_input_ids=[[2, 0]]).logits, logits)
    # Asked for, it is tied again; a model without a head says that it uses none.
    tied = led.LEDForConditionalGeneration.from_pretrained(tmp_path, tie_word_embeddings=True)
    assert "lm_head.weight" not in tied.params
    with pytest.warns(UserWarning, match="not used: lm_head.weight"):
        led.LEDModel.from_pretrained(tmp_path)


@pytest.mark.parametrize("setting, used", [
    ({"top_k": -1}, {"do_sample": True}), ({"top_p": 1.1}, {"do_sample": True}),
    ({"length_penalty": "x"}, {"num_beams": 2}), ({"pad_token_id": -1}, {}),
    ({"min_length": -3}, {})])
def test_settings_of_generation_are_judged_when_they_are_used(tmp_path, setting, used):
    """generation_config.json as the reference loads it, too: greedy search reads few of them."""
    folder_with(tmp_path)
    path = tmp_path / "generation_config.json"
    settings = json.loads(path.read_text()) | setting | {"_from_model_config": False}
    path.write_text(json.dumps(settings))
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    model.save_pretrained(tmp_path / "again")
    assert setting.items() <= json.loads(
        (tmp_path / "again" / "generation_config.json").read_text()).items()
    ids = [[0, 5, 6, 2]] * 2
    (name,) = setting
    if used:
        assert len(model.generate(ids, max_length=3)) == 2
    with pytest.raises(ValueError, match=f"generation_config.json: {name}: expected"):
        model.generate(ids, max_length=3, **used)
    model.generate(ids, max_length=3, **{**used, name: None})
    with pytest.raises(ValueError, match=f"^{name}: expected"):  # given: no file is to blame
        model.generate(ids, max_length=3, **used, **setting)
    model.generation_config[name] = -7000
    with pytest.raises(ValueError, match=name):
        model.save_pretrained(tmp_path / "again")


def test_settings_of_generation_are_copied(tmp_path):
    """With names that only other versions know, and with what they were when they came"""
    folder_with(tmp_path)
    path = tmp_path / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cache_implementation": "static"}))
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    for config in (model.generation_config, led.GenerationConfig(num_beams=2)):
        for copied in (copy.copy(config), copy.deepcopy(config),
                       pickle.loads(pickle.dumps(config))):
            assert copied == config and vars(copied) == vars(config)
            copied.num_beams = 7
            assert config.num_beams != 7 and copied.changes()["num_beams"] == 7
    assert copy.deepcopy(model).generation_config == model.generation_config


@pytest.mark.parametrize("beams", [1, 2])
def test_one_text_needs_no_padding(tmp_path, beams):
    """pad_token_id: -1, as files of other models say that they have none"""
    folder_with(tmp_path)
    path = tmp_path / "generation_config.json"
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    expected = model.generate([[0, 5, 6, 2]], max_length=6, num_beams=beams)
    path.write_text(json.dumps(json.loads(path.read_text())
                               | {"pad_token_id": -1, "_from_model_config": False}))
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    found = model.generate([[0, 5, 6, 2]], max_length=6, num_beams=beams)
    np.testing.assert_array_equal(found, expected)
    for several in ({"input_ids": [[0, 5, 6, 2]] * 2},
                    {"input_ids": [[0, 5, 6, 2]], "do_sample": True, "num_return_sequences": 2}):
        with pytest.raises(ValueError, match="generation_config.json: pad_token_id: expected"):
            model.generate(**several, max_length=6, num_beams=beams)


def test_a_configuration_is_equal_to_itself_after_saving(tmp_path):
    for config in (led.LEDConfig(), led.LEDConfig(attention_window=8)):
        config.save_pretrained(save_directory=tmp_path)
        again = led.LEDConfig.from_pretrained(pretrained_model_name_or_path=tmp_path)
        assert again == config and again.attention_window == config.attention_window
        assert led.LEDConfig.from_json_file(json_file=tmp_path / "config.json") == config
        assert led.LEDConfig.from_dict(config_dict=config.to_dict()) == config
        config.to_json_file(json_file_path=tmp_path / "other.json")
        assert led.LEDConfig.from_json_file(tmp_path / "other.json") == config


def test_a_window_that_is_set_after_loading(tmp_path):
    folder_with(tmp_path)
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    expected = led.LEDForConditionalGeneration.from_pretrained(tmp_path, attention_window=2)
    model.config.attention_window = 2
    ids = [[0, *range(5, 17), 2]]
    targets = {"decoder_input_ids": [[2, 0]]}
    np.testing.assert_array_equal(model(ids, **targets).logits, expected(ids, **targets).logits)
    for wrong, message in (([2, 2], "for each of 1 encoder layers"), (3, "even"), ("x", "found 'x'")):
        model.config.attention_window = wrong
        with pytest.raises(ValueError, match=f"attention_window: .*{message}"):
            model(ids, **targets)


def test_parameters_of_half_precision_are_named(tmp_path):
    model = folder_with(tmp_path)
    half = {name: array.astype(np.float16) for name, array in model.params.items()}
    with pytest.raises(ValueError, match="dtype of led.shared.weight: expected float32 or "
                                         "float64, found 'float16'"):
        led.LEDForConditionalGeneration(model.config, params=half)


def test_quantized_models_are_refused_by_their_configuration(tmp_path):
    folder_with(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {
        "quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}))
    with pytest.raises(ValueError, match="config.json: quantization_config: .*dequantize"):
        led.LEDForConditionalGeneration.from_pretrained(tmp_path)


def test_who_generates_has_settings_of_generation(tmp_path):
    config = folder_with(tmp_path / "with").config
    assert led.LEDForConditionalGeneration.can_generate() and not led.LEDModel.can_generate()
    assert led.LEDModel.main_input_name == "input_ids"
    led.LEDModel(config).save_pretrained(save_directory=tmp_path / "without")
    assert (tmp_path / "with" / "generation_config.json").exists()
    assert not (tmp_path / "without" / "generation_config.json").exists()
    settings = led.GenerationConfig(num_beams=3, max_length=7)
    settings.save_pretrained(save_directory=tmp_path)
    again = led.GenerationConfig.from_pretrained(pretrained_model_name=tmp_path, max_length=9)
    assert (again.num_beams, again.max_length, again.to_dict()["top_k"]) == (3, 9, 50)
    with pytest.raises(ValueError, match="push_to_hub"):
        settings.save_pretrained(tmp_path, push_to_hub=True)


@pytest.mark.parametrize("alias", ALIASES)
def test_second_names_of_equal_numbers_say_nothing(tmp_path, alias):
    model = folder_with(tmp_path)
    weights.save(tmp_path, weights.load(tmp_path) | {alias: model.params["led.shared.weight"]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    assert again.config.tie_word_embeddings and "lm_head.weight" not in again.params


@pytest.mark.parametrize("alias", ALIASES[:2])
def test_embeddings_that_differ_are_refused(tmp_path, alias):
    """Encoder and decoder have one here; the reference takes the one that it reads last."""
    folder_with(tmp_path, **{alias: np.ones((37, 12), np.float32)})
    with pytest.raises(ValueError, match=f"expected {alias} to equal led.shared.weight"):
        led.LEDForConditionalGeneration.from_pretrained(tmp_path)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.bool_])
def test_integers_are_no_weights(tmp_path, dtype):
    name = "led.encoder.layers.0.fc1.weight"
    folder_with(tmp_path, **{name: np.ones((14, 12), dtype)})
    with pytest.raises(ValueError, match=f"{name}: expected weights, .* found '{np.dtype(dtype)}'"):
        led.LEDForConditionalGeneration.from_pretrained(tmp_path)


@pytest.mark.parametrize("limit", [None, 100])
def test_no_file_is_open_or_mapped_when_it_is_replaced(tmp_path, monkeypatch, limit):
    """Windows replaces no file that is: here every map and file of weights.py is watched."""
    monkeypatch.setattr(weights, "MAPPED", False)
    weights.save(tmp_path, version(1), limit)
    maps, files = [], []

    class Map(mmap.mmap):
        def __new__(cls, number, *arguments, **options):
            self = super().__new__(cls, number, *arguments, **options)
            maps.append((os.fstat(number).st_ino, weakref.ref(self)))
            return self

    def watched_open(path, *arguments):
        file = open(path, *arguments)
        files.append(file)
        return file

    def replace(source, target, really=os.replace):
        number = os.stat(target).st_ino if os.path.exists(target) else None
        for inode, reference in maps:
            if inode == number and reference() is not None and not reference().closed:
                raise PermissionError(f"{target} is mapped")
        for file in files:
            if not file.closed and file.name in (str(source), str(target), source, target):
                raise PermissionError(f"{file.name} is open")
        really(source, target)

    monkeypatch.setattr(weights.mmap, "mmap", Map)
    monkeypatch.setattr(weights, "open", watched_open, raising=False)
    monkeypatch.setattr(led_files, "open", watched_open, raising=False)
    monkeypatch.setattr(weights.os, "replace", replace)
    loaded = weights.load(tmp_path)
    assert files and not maps
    for array in loaded.values():
        array += 1
    weights.save(tmp_path, loaded, limit)
    assert version_in(tmp_path) == 2
    assert all((array == 2).all() for array in loaded.values())


def directory_of_a_large_zip(path, numel):
    """A torch file with a sparse storage: its one large entry is put in by hand."""
    value = {"a": tensor(storage("0", numel), 0, (numel,), (1,))}
    torch_zip(path, value, {})
    content = path.read_bytes()
    start = int.from_bytes(content[-6:-2], "little")
    directory = content[start:-22]
    name = b"model/data/0"
    padding = -(start + 30 + len(name)) % 64
    local = struct.pack("<4s14xIIHH", b"PK\x03\x04", 4 * numel, 4 * numel, len(name), padding)
    entry = struct.pack("<4s16xIIH12xI", b"PK\x01\x02", 4 * numel, 4 * numel, len(name), start)
    directory += entry + name
    with open(path, "wb") as file:
        file.write(content[:start] + local + name + bytes(padding))
        file.seek(4 * numel, os.SEEK_CUR)
        position = file.tell()
        file.write(directory + struct.pack("<4s4xHHIIH", b"PK\x05\x06", 2, 2, len(directory),
                                           position, 0))


def pickled_by_python(value, protocol, modules):
    """`value`, of the classes above, as Python's pickler writes it in any protocol."""
    def object_of(name):
        module, name = name.split(" ")
        if not hasattr(modules[module], name):
            setattr(modules[module], name, type(name, (), {"__module__": module}))
        return getattr(modules[module], name)

    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            if isinstance(item, Persistent):
                return tuple(object_of(part.name) if isinstance(part, Import) else part
                             for part in item.identity)

        def reducer_override(self, item):
            if isinstance(item, Call):
                return object_of(item.function.name), item.arguments
            return NotImplemented

    file = io.BytesIO()
    Pickler(file, protocol).dump(value)
    return file.getvalue()


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_pickles_of_every_protocol(tmp_path, monkeypatch, protocol, legacy):
    """torch.save(..., pickle_protocol=...). Of protocol 0 torch itself reads nothing."""
    modules = {name: types.ModuleType(name) for name in ("torch", "torch._utils")}
    modules["collections"] = sys.modules["collections"]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    value = {"a.weight": tensor(storage("0", 6), 0, (2, 3), (3, 1)), "b": tensor(
        storage("1", 2, "torch LongStorage"), 0, (2,), (1,)), "long" * 80: tensor(
            storage("0", 6), 1, (2,), (3,))}
    value = {"epoch": 70_000, "lr": 0.5, "big": 2**40, "state_dict": value, "names": ["a", None],
             "amp": False}
    number = np.array([7, -2], "<i8").tobytes()

    def write(value):
        return pickled_by_python(value, protocol, modules)

    path = tmp_path / "x.bin"
    if legacy:
        content = b"".join(map(write, (0x1950a86a20f9469cfc6c, 1001, {"little_endian": True}, value,
                                       ["1", "0"])))
        path.write_bytes(content + struct.pack("<q", 2) + number + struct.pack("<q", 6) + FLOATS)
    else:
        torch_zip(path, write(value), {"0": FLOATS, "1": number})
    loaded = weights.load(path)
    assert {name: array.tolist() for name, array in loaded.items()} == {
        "a.weight": [[0, 1, 2], [3, 4, 5]], "b": [7, -2], "long" * 80: [1, 4]}
    assert loaded["a.weight"].dtype == np.float32 and loaded["b"].dtype == np.int64


@pytest.mark.parametrize("key", weights.STATE_DICTS)
def test_a_state_dict_among_other_things(tmp_path, key):
    inner = {"a": tensor(storage("0", 6), 0, (6,), (1,))}
    optimizer = {"state": {0: {"step": tensor(storage("1", 1), 0, (), ())}},
                 "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0]}]}
    path = torch_zip(tmp_path / "x.ckpt", {"epoch": 3, key: inner, "optimizer": optimizer},
                     {"0": FLOATS, "1": FLOATS[:4]})
    assert weights.load(path)["a"].tolist() == [0, 1, 2, 3, 4, 5]
    path = torch_zip(tmp_path / "optimizer.pt", optimizer, {"1": FLOATS[:4]})
    with pytest.raises(ValueError, match="optimizer.pt: this is the state of an optimizer"):
        weights.load(path)


def test_tensorflow_weights_as_safetensors(tmp_path):
    """TFPreTrainedModel.save_pretrained(safe_serialization=True): TensorFlow's names and shapes"""
    kernel = np.arange(6, dtype="<f4").reshape(2, 3)
    header = {"__metadata__": {"format": "tf"},
              "led/encoder/layers.0/fc1/kernel:0": entry(0, 24, [2, 3]),
              "led.shared/embeddings:0": entry(24, 28, [1, 1]),
              "led/decoder/layernorm_embedding/beta:0": entry(28, 32, [1]),
              "final_logits_bias:0": entry(32, 36, [1, 1])}
    path = safetensors_file(tmp_path / "model.safetensors", header, kernel.tobytes() + FLOATS[:12])
    loaded = weights.load(path)
    assert set(loaded) == {"led.encoder.layers.0.fc1.weight", "led.shared.weight",
                           "led.decoder.layernorm_embedding.bias", "final_logits_bias"}
    assert np.array_equal(loaded["led.encoder.layers.0.fc1.weight"], kernel.T)
    header["tfled/led/encoder/layers.0/fc1/kernel:0"] = entry(36, 60, [2, 3])
    safetensors_file(path, header, kernel.tobytes() + FLOATS[:12] + FLOATS)
    with pytest.raises(ValueError, match="'led.encoder.layers.0.fc1.weight' stands twice"):
        weights.load(path)


def test_h5_in_shards(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5 files need h5py: pip install h5py")
    for number, name in ((1, "led/encoder/fc1/kernel:0"), (2, "led.shared/led.shared/weight:0")):
        with h5py.File(tmp_path / f"tf_model-0000{number}-of-00002.h5", "w") as file:
            file[name] = np.full((2, 3), number, ">f4")
    (tmp_path / "tf_model.h5.index.json").write_text(json.dumps({"weight_map": {
        "x": "tf_model-00001-of-00002.h5", "y": "tf_model-00002-of-00002.h5"}}))
    loaded = weights.load(tmp_path)
    assert equal(loaded["led.encoder.fc1.weight"], np.full((3, 2), 1, "f4"))
    assert equal(loaded["led.shared.weight"], np.full((2, 3), 2, "f4"))


def test_h5_with_little_in_it(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5 files need h5py: pip install h5py")
    path = tmp_path / "tf_model.h5"
    with h5py.File(path, "w") as file:
        file.create_group("led/encoder")
    with pytest.raises(ValueError, match="tf_model.h5: there are no weights in this h5 file"):
        weights.load(tmp_path)
    with h5py.File(path, "a") as file:
        file.create_dataset("led/encoder/fc1/kernel:0", (0, 3), "f4")
        file["led/encoder/fc1/bias:0"] = np.float32(2)
        file["optimizer_weights/Adam/m/led/encoder/fc1/bias:0"] = np.float32(3)
    loaded = weights.load(tmp_path)
    assert {name: array.shape for name, array in loaded.items()} == {
        "led.encoder.fc1.weight": (3, 0), "led.encoder.fc1.bias": ()}
    assert loaded["led.encoder.fc1.bias"] == 2


FOLDERS = {  # names of files and folders: what is said about it
    "": "the folder is empty, without even a config.json",
    "adapter_config.json adapter_model.safetensors README.md": "a LoRA adapter.*merge_and_unload",
    "adapter_config.json adapter_model.bin": "a LoRA adapter",
    "config.json latest global_step9/ zero_to_fp32.py": "DeepSpeed.*`python zero_to_fp32.py",
    "mp_rank_00_model_states.pt": "DeepSpeed", "pytorch_model_fsdp_0/": "accelerate merge-weights",
    "__0_0.distcp .metadata": "accelerate merge-weights", "flax_model.msgpack": "from_flax=True",
    "config.json model-00001-of-00002.safetensors": "shards without the index",
    "pytorch_model-00001-of-00002.bin": "shards without the index",
    "checkpoint-500/model.safetensors trainer_state.json": "but .*checkpoint-500 has weights",
    "checkpoint-5/pytorch_model.bin checkpoint-9/pytorch_model.bin": "checkpoint-9 has weights",
    "refs/main blobs/0 snapshots/0123/model.safetensors": "snapshots.0123 has weights",
    "model.fp16.safetensors": "if model.fp16.safetensors holds the weights, give its path",
    "last.ckpt optimizer.pt": "if last.ckpt holds the weights, give its path",
    "optimizer.pt rng_state.pth scheduler.pt trainer_state.json training_args.bin":
        "index.json$", "config.json vocab.json": "index.json$",
}


@pytest.mark.parametrize("names", FOLDERS)
def test_folders_without_weights(tmp_path, names):
    for name in names.split():
        path = tmp_path / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"{}")
    with pytest.raises(OSError, match=FOLDERS[names]) as error:
        weights.load(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}: no weights here; looked for model.safetensors")


# ------------------------------------------------------------------------------------------------
# Into a model
# ------------------------------------------------------------------------------------------------

CONFIG = {"vocab_size": 11, "d_model": 6, "encoder_layers": 1, "decoder_layers": 1,
          "encoder_attention_heads": 3, "decoder_attention_heads": 2, "encoder_ffn_dim": 7,
          "decoder_ffn_dim": 5, "attention_window": 4, "max_encoder_position_embeddings": 8,
          "max_decoder_position_embeddings": 9}


def official_tensors(aliases=ALIASES):
    tensors = weights.load(FIXTURES / "led")
    return tensors | {alias: tensors["led.shared.weight"] for alias in aliases}


def checkpoint(folder, tensors, **settings):
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | settings))
    weights.save(folder, tensors)
    return folder


def with_prefix(prefix):
    return lambda name: prefix + name


def in_fsdp(name):
    return "_fsdp_wrapped_module." + re.sub(r"(layers\.\d+)", r"\1._fsdp_wrapped_module", name)


def in_compiled_layers(name):
    return re.sub(r"(layers\.\d+\.)", r"\1_checkpoint_wrapped_module._orig_mod.", name)


@pytest.mark.parametrize("rename", [
    *map(with_prefix, ["", "module.", "_orig_mod.", "_fsdp_wrapped_module.", "base_model.model.",
                       "model.", "model.model.", "module._orig_mod.", "_orig_mod.module.", "led.",
                       "net.any.thing.", "encoder.", "shared.", "fled.", "lm_head."]),
    lambda name: name.removeprefix("led."), lambda name: name.replace("led.", "model."),
    lambda name: "module." + name.replace("led.", "model."), in_fsdp, in_compiled_layers,
    lambda name: with_prefix("module.")(in_compiled_layers(name))])
@pytest.mark.parametrize("kind", ["LEDModel", "LEDForConditionalGeneration"])
@pytest.mark.parametrize("aliases", [(), ALIASES])
def test_names_under_one_prefix(tmp_path, rename, kind, aliases):
    tensors = official_tensors(aliases)
    folder = checkpoint(tmp_path, {rename(name): array for name, array in tensors.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = getattr(led, kind).from_pretrained(folder)
    for name, array in model.params.items():
        expected = tensors[name if kind != "LEDModel" else "led." + name]
        assert np.array_equal(array, expected), name
    if kind != "LEDModel":
        assert np.array_equal(model.final_logits_bias, tensors["final_logits_bias"])


@pytest.mark.parametrize("rename", [
    lambda number, name: "module." * (number % 2) + name,
    lambda number, name: f"model{number % 2}." + name,
    lambda number, name: "module." * (number > 5) + name,
    lambda number, name: "module." * (number > 45) + name,
    lambda number, name: ("module." if number % 2 else "_orig_mod.") + name])
def test_names_that_no_prefix_explains(tmp_path, rename):
    """What is missing and what is not known are told together"""
    names = {name: rename(number, name) for number, name in enumerate(official_tensors(()))}
    tensors = {names[name]: array for name, array in official_tensors(()).items()}
    with pytest.raises(ValueError, match=r"\d+ tensors are missing: led\..*; \d+ not known: \w+\."):
        led.LEDForConditionalGeneration.from_pretrained(checkpoint(tmp_path, tensors))


def test_a_model_of_another_kind(tmp_path):
    tensors = {"bert.encoder.layer.0.weight": np.ones((2, 3)), "cls.bias": np.ones(3)}
    with pytest.raises(ValueError, match="are missing: led.shared.weight, led.* and 45 more; "
                                         "2 not known: bert.encoder.layer.0.weight, cls.bias"):
        led.LEDForConditionalGeneration.from_pretrained(checkpoint(tmp_path, tensors))


@pytest.mark.parametrize("name", ["led.encoder.layers.0._orig_mod.fc1.bias",
                                  "encoder.layers.0.fc1.bias"])
def test_a_name_under_two_prefixes(tmp_path, name):
    tensors = official_tensors(()) | {name: np.ones(7)}
    with pytest.raises(ValueError, match="expected one led.encoder.layers.0.fc1.bias, found a sec"):
        led.LEDForConditionalGeneration.from_pretrained(checkpoint(tmp_path, tensors))


def test_tied_names_in_an_index_that_no_shard_has(tmp_path):
    copy_files(FIXTURES / "led_sharded", tmp_path)
    path = tmp_path / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    index["weight_map"] |= {alias: "model-00001-of-00003.safetensors" for alias in ALIASES}
    path.write_text(json.dumps(index))
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    assert np.array_equal(model.params["led.shared.weight"], official_tensors()[ALIASES[0]])
    # what no shard has and what is not tied is missing, by name
    shard = tmp_path / index["weight_map"]["led.decoder.layers.0.fc1.bias"]
    tensors = weights.load(shard)
    del tensors["led.decoder.layers.0.fc1.bias"]
    weights.save(shard, tensors)
    with pytest.raises(ValueError, match="1 tensors are missing: led.decoder.layers.0.fc1.bias$"):
        led.LEDForConditionalGeneration.from_pretrained(tmp_path)


@pytest.mark.parametrize("kind", ["<f4", "<f2", "<f8"])
def test_parameters_that_share_a_storage_are_trained_apart(tmp_path, kind):
    """query and query_global as one storage, the rows of one matrix as two, an untied lm_head"""
    tensors = official_tensors(())
    attention = "led.encoder.layers.0.self_attn.longformer_self_attn."
    label = {"<f4": "torch FloatStorage", "<f2": "torch HalfStorage", "<f8": "torch DoubleStorage"}
    contents, value = {}, {}
    for number, (name, array) in enumerate(tensors.items()):
        array = array.astype(kind)
        strides = tuple(stride // array.itemsize for stride in array.strides)
        stored = storage(str(number), array.size, label[kind])
        contents[str(number)] = array.tobytes()
        value[name] = tensor(stored, 0, array.shape, strides)
    value[attention + "query_global.weight"] = value[attention + "query.weight"]
    value["lm_head.weight"] = value["led.shared.weight"]
    fused = storage("fused", 72, label[kind])
    contents["fused"] = np.arange(72).astype(kind).tobytes()
    value[attention + "key.weight"] = tensor(fused, 0, (6, 6), (12, 1))
    value[attention + "value.weight"] = tensor(fused, 6, (6, 6), (12, 1))  # apart, but interleaved
    torch_zip(tmp_path / "pytorch_model.bin", value, contents)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG | {"tie_word_embeddings": False}))
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
    assert "lm_head.weight" in model.params
    pairs = itertools.combinations(model.params.values(), 2)
    assert not any(np.shares_memory(*pair) for pair in pairs)
    before = {name: array.copy() for name, array in model.params.items()}
    for name in (attention + "query.weight", "led.shared.weight", attention + "key.weight"):
        model.params[name] += 1
        changed = [other for other in before if not np.array_equal(model.params[other],
                                                                   before[other])]
        assert changed == [name]
        model.params[name] -= 1
        before[name] = model.params[name].copy()
    assert before[attention + "value.weight"][1].tolist() == [18, 19, 20, 21, 22, 23]


def test_what_stands_alone_is_not_copied(tmp_path, monkeypatch):
    """Neither where the file has it once, nor for the second names of what is tied"""
    loaded = []
    really = weights.load
    monkeypatch.setattr(weights, "load", lambda path: loaded.append(really(path)) or loaded[0])
    model = led.LEDForConditionalGeneration.from_pretrained(FIXTURES / "led_bin_sharded")
    for name, array in model.params.items():
        assert np.shares_memory(array, loaded[0][name]), name


def test_a_link_that_leads_nowhere(tmp_path):
    """As the hub's cache has them after its blobs were deleted: the hint can be followed."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").symlink_to(tmp_path / "blobs" / "0123")
    with pytest.raises(FileNotFoundError, match="no weights here.*model.safetensors is a link to "
                                                ".*0123, and nothing is there.*force_download"):
        weights.load(tmp_path)


def test_a_file_where_a_folder_is_meant(tmp_path):
    """What belongs to it stands beside it"""
    tensors = official_tensors(())
    checkpoint(tmp_path, tensors)
    (tmp_path / "generation_config.json").write_text('{"max_length": 17}')
    (tmp_path / "notes.txt").write_text("neither weights nor anything like it")
    model = led.LEDForConditionalGeneration.from_pretrained(tmp_path / "model.safetensors")
    assert np.array_equal(model.params["led.shared.weight"], tensors["led.shared.weight"])
    assert model.generation_config["max_length"] == 17
    assert led.LEDConfig.from_pretrained(tmp_path / "config.json").d_model == 6
    for name, message in (("config.json", "neither safetensors, nor a torch file, nor h5"),
                          ("notes.txt", "nor h5; it begins with b'neither weights '"),
                          ("model.safetensors.txt", "is no file or folder")):
        with pytest.raises((OSError, ValueError), match=f"{name}.*{message}"):
            led.LEDForConditionalGeneration.from_pretrained(tmp_path / name)


def test_folders_that_hold_no_model(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    with pytest.raises(OSError, match="belongs to a LoRA adapter"):
        led.LEDModel.from_pretrained(tmp_path)
    (tmp_path / "output").mkdir()
    checkpoint(tmp_path / "output" / "checkpoint-500", official_tensors(()))
    for name in ("optimizer.pt", "trainer_state.json", "training_args.bin", "rng_state.pth"):
        (tmp_path / "output" / "checkpoint-500" / name).write_bytes(b"anything")
    with pytest.raises(OSError, match="but .*checkpoint-500 has weights"):
        led.LEDModel.from_pretrained(tmp_path / "output")
    led.LEDModel.from_pretrained(tmp_path / "output" / "checkpoint-500")


@pytest.mark.parametrize("mapped", [True, False])
def test_loaded_trained_and_saved_in_one_folder(tmp_path, monkeypatch, mapped):
    """Over and over, whole and in shards; where files are not mapped, with that of the last time
    overwritten meanwhile"""
    if mapped and not weights.MAPPED:
        pytest.skip("files are not mapped on Windows")
    monkeypatch.setattr(weights, "MAPPED", mapped)
    checkpoint(tmp_path, official_tensors(()))
    for number, limit in enumerate([None, "1KB", "2KB", None, "1KB"]):
        model = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
        for path in tmp_path.glob("*.safetensors"):
            if not mapped:
                path.write_bytes(b"x")
        model.params["led.shared.weight"][:] = number
        _, gradients = model.value_and_grad(input_ids=np.array([[1, 2, 3]]),
                                            labels=np.array([[4, 5]]))
        assert set(gradients) == set(model.params)
        model.save_pretrained(tmp_path, max_shard_size=limit)
        again = led.LEDForConditionalGeneration.from_pretrained(tmp_path)
        for name, array in model.params.items():
            assert np.array_equal(array, again.params[name])


# ------------------------------------------------------------------------------------------------
# Broken and hostile files
# ------------------------------------------------------------------------------------------------

def entry(start, stop, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def json_nested(depth):
    return b'{"a":' * depth + b"1" + b"}" * depth


SAFETENSORS = {  # name: (header, data, part of the message)
    "not JSON": (b"{" + b"x" * 20, b"", "the header: not JSON"),
    "not UTF-8": (b'{"\xff": 1}', b"", "decode byte 0xff"),
    "nested bomb": (json_nested(80_000), b"", "nested too deeply"),
    "list bomb": (b'{"a":' + b"[" * 400_000, b"", "nested too deeply"),
    "name twice": (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                   b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4), "twice"),
    "field twice": (b'{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
                    bytes(4), "twice"),
    "no entry": ({"a": 5}, b"", "'a' should have dtype, shape and data_offsets"),
    "field missing": ({"a": {"dtype": "F32", "shape": [1]}}, bytes(4), "'a' should have dtype"),
    "field added": ({"a": {**entry(0, 4, [1]), "code": "x"}}, bytes(4), "'a' should have dtype"),
    "unknown dtype": ({"a": entry(0, 4, [1], "F31")}, bytes(4), "'a' has dtype 'F31', known"),
    "dtype a list": ({"a": entry(0, 4, [1], ["F32"])}, bytes(4), "'a' has dtype ['F32']"),
    "negative size": ({"a": entry(0, 4, [-1])}, bytes(4), "the shape of 'a' should be a number"),
    "fraction": ({"a": entry(0, 4, [1.0])}, bytes(4), "2**63 - 1, not float"),
    "true": ({"a": entry(0, 4, [True])}, bytes(4), "2**63 - 1, not bool"),
    "no list": ({"a": entry(0, 4, "1")}, bytes(4), "should be a list of at most 32"),
    "40 axes": ({"a": entry(0, 4, [1] * 40)}, bytes(4), "should be a list of at most 32"),
    "huge size": ({"a": entry(0, 4, [2**63])}, bytes(4), "from 0 to 2**63 - 1"),
    "overflow": ({"a": entry(0, 4, [2**32, 2**32])}, bytes(4), "'a' has 4 bytes, but shape"),
    "overflow to 1": ({"a": entry(0, 4, [2**62 + 1, 4])}, bytes(4), "'a' has 4 bytes, but shape"),
    "digits": (b'{"a":' + b"9" * 100_000 + b"}", b"", "(4300"),
    "empty of huge sides": ({"a": entry(0, 0, [0, 2**62, 2**62])}, b"", "no memory holds"),
    "offsets reversed": ({"a": entry(4, 0, [1])}, bytes(4), "'a' has -4 bytes"),
    "one offset": ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}, bytes(4), "two num"),
    "beyond the end": ({"a": entry(0, 8, [2])}, bytes(4), "end at byte"),
    "far beyond": ({"a": entry(2**62, 2**62 + 4, [1])}, bytes(4), "leave a hole"),
    "too small": ({"a": entry(0, 4, [2])}, bytes(4), "has 4 bytes, but shape [2]"),
    "overlap": ({"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, bytes(12), "overlap or leave"),
    "same place": ({"a": entry(0, 4, [1]), "b": entry(0, 4, [1])}, bytes(4), "overlap or leave"),
    "hole": ({"a": entry(0, 4, [1]), "b": entry(8, 12, [1])}, bytes(12), "overlap or leave"),
    "rest": ({"a": entry(0, 4, [1])}, bytes(5), "the tensors end at byte"),
    "half a name": (b'{"\\ud800": 1}', b"", "should have dtype"),
}


@pytest.mark.parametrize("case", SAFETENSORS)
def test_hostile_safetensors(tmp_path, case):
    header, data, message = SAFETENSORS[case]
    path = safetensors_file(tmp_path / "x.safetensors", header, data)
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        weights.load(path)
    assert str(error.value).startswith(f"{path}: ") and len(str(error.value)) < 500


@pytest.mark.parametrize("size", [2**19 + 1, 2**31, 2**63, 2**64 - 1, 40])
def test_absurd_header_length(tmp_path, size):
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", size) + b"{}" + b" " * 30)
    with pytest.raises(ValueError, match=f"{path}: the header is said to have {size} bytes"):
        weights.load(path)


class Touch:
    """Pickled, it makes a file when it is loaded: what pickle.load does with a stranger's file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


PICKLES = {  # name: (value or program, part of the message)
    "os.system": (Call(Import("os system"), "touch executed"), "imports 'os system'"),
    "posix.system": (b"\x80\x02cposix\nsystem\nX\x05\0\0\0touch\x85R.", "imports 'posix system'"),
    "eval": (Call(Import("builtins eval"), "1"), "imports 'builtins eval'"),
    "getattr": (Call(Import("builtins getattr"), 1, "a"), "imports 'builtins getattr'"),
    "torch.load": (Call(Import("torch load"), "x"), "imports 'torch load'"),
    "module as storage class": (Persistent("storage", Import("torch.FloatStorage a"), "0", "", 6),
                                "imports 'torch.FloatStorage a'"),
    "dotted name": (Call(Import("collections OrderedDict.fromkeys"), "ab"), "imports 'collections"),
    "protocol 0": (b"cos\nsystem\n(S'touch executed'\ntR.", "imports 'os system'"),
    "protocol 4": (pickle.dumps({"a": 1}, protocol=4), "but 'a' is int"),
    "bytes": (pickle.dumps({"a": b"1"}, protocol=3), "instruction SHORT_BINBYTES"),
    "an id in a line": (b"Pstorage\n.", "instruction PERSID"),
    "STACK_GLOBAL": (b"\x80\x02X\x02\0\0\0osX\x06\0\0\0system\x93.", "imports 'os system'"),
    "STACK_GLOBAL of a number": (b"\x80\x04K\x01K\x02\x93.", "something that has no name"),
    "STACK_GLOBAL of tuples": (b"\x80\x04)" + b"\x85" * 150_000 + b"X\0\0\0\0\x93.", "has no name"),
    "STACK_GLOBAL in two parts": (b"\x80\x04X\x01\0\0\0cX\x0b\0\0\0os\nsystem R\x93.", "imports "),
    "MEMOIZE of nothing": (b"\x80\x04\x94.", "goes wrong at its byte"),
    "INT of many digits": (b"I" + b"9" * 5000 + b"\n.", "4300"),
    "INT of text": (b"I1e3\n.", "invalid literal"),
    "LONG without end": (b"L" + b"9" * 50, "no newline found"),
    "SHORT_BINUNICODE": (b"\x80\x04\x8c\xffabc.", "expected 255 bytes"),
    "INST": (b"\x80\x02(X\x01\0\0\0aios\nsystem\n.", "instruction INST"),
    "OBJ": (b"\x80\x02(cos\nsystem\no.", "imports 'os system'"),
    "NEWOBJ": (b"\x80\x02ccollections\nOrderedDict\n)\x81.", "instruction NEWOBJ"),
    "EXT1": (b"\x80\x02\x82\x01.", "instruction EXT1"),
    "REDUCE of a string": (b"\x80\x02X\x01\0\0\0a)R.", "calls something that is not a function"),
    "REDUCE of a dict": (b"\x80\x02})R.", "calls something that is not a function"),
    "arguments a list": (b"\x80\x02ccollections\nOrderedDict\n]R.", "calls something that is not"),
    "OrderedDict of arguments": (Call(Import("collections OrderedDict"), 1),
                                 "arguments that are not"),
    "call of a storage class": (Call(Import("torch FloatStorage"), 10**12),
                                "arguments that are not"),
    "parameter of a string": (Call(Import("torch._utils _rebuild_parameter"), "a", True, {}),
                              "arguments that are not"),
    "tensor of nothing": (Call(Import("torch._utils _rebuild_tensor_v2")),
                          "arguments that are not"),
    "tensor of a string": (tensor("storage", 0, (1,), (1,)), "has no storage"),
    "tensor of a dtype": (tensor(Import("torch uint16"), 0, (1,), (1,)), "has no storage"),
    "offset a string": (tensor(storage("0", 6), "0", (1,), (1,)), "offset of a tensor should be"),
    "offset negative": (tensor(storage("0", 6), -1, (1,), (1,)), "offset of a tensor should be"),
    "offset -2**40": (tensor(storage("0", 6), -2**40, (1,), (1,)), "2**63 - 1, not -1099511627776"),
    "offset 10**30": (tensor(storage("0", 6), 10**30, (1,), (1,)), "offset of a tensor should be"),
    "shape a number": (tensor(storage("0", 6), 0, 6, (1,)), "shape of a tensor should be"),
    "shape of strings": (tensor(storage("0", 6), 0, ("6",), (1,)), "shape of a tensor should be"),
    "stride negative": (tensor(storage("0", 6), 5, (6,), (-1,)), "strides of a tensor should be"),
    "stride true": (tensor(storage("0", 6), 0, (6,), (True,)), "strides of a tensor should be"),
    "33 axes": (tensor(storage("0", 6), 0, (1,) * 33, (1,) * 33), "shape of a tensor should be"),
    "id no tuple": (b"\x80\x02K\x01Q.", "persistent id in the pickle does not describe"),
    "id of a module": (Persistent("module", Import("torch FloatStorage"), "0", "cpu", 6),
                       "does not describe a storage"),
    "id too short": (Persistent("storage", Import("torch FloatStorage"), "0"), "does not describe"),
    "storage class a string": (Persistent("storage", "FloatStorage", "0", "cpu", 6),
                               "no storage class"),
    "storage class a function": (Persistent("storage", Import("torch uint16"), "0", "cpu", 6),
                                 "no storage class"),
    "storage key a number": (Persistent("storage", Import("torch FloatStorage"), 0, "cpu", 6),
                             "should be named by a string"),
    "storage size negative": (Persistent("storage", Import("torch FloatStorage"), "0", "cpu", -6),
                              "size of a storage should be"),
    "view of a storage": (Persistent("storage", Import("torch FloatStorage"), "0", "cpu", 6,
                                     ("1", 0, 3)), "before torch 0.4"),
    "two sizes": ({"a": tensor(storage("0", 6), 0, (6,), (1,)),
                   "b": tensor(storage("0", 5), 0, (5,), (1,))}, "'0' is described in two ways"),
    "two dtypes": ({"a": tensor(storage("0", 6), 0, (6,), (1,)),
                    "b": tensor(storage("0", 6, "torch IntStorage"), 0, (6,), (1,))}, "two ways"),
    "no dict": ([1, 2], "should hold a dict of tensors, not list"),
    "a number by name": ({"a": 1}, "should hold tensors by name, but 'a' is int"),
    "a tensor by number": ({1: tensor(storage("0", 6), 0, (6,), (1,))}, "but 1 is Tensor"),
    "a storage by name": ({"a": storage("0", 6)}, "but 'a' is PickledStorage"),
    "key a tuple": ({("a",): 1}, "a key of a dict in the pickle is not a string"),
    "key twice": (b"\x80\x02}(X\x01\0\0\0aK\x01X\x01\0\0\0aK\x01u.", "'a' stands twice"),
    "half an item": (b"\x80\x02}(K\x01u.", "or no pairs"),
    "items of a list": (b"\x80\x02](K\x01K\x01u.", "not a dict"),
    "items of a tensor": (b"\x80\x02)K\x01K\x01s.", "not a dict"),
    "append to a tuple": (b"\x80\x02)K\x01a.", "not a list"),
    "BUILD of a class": (b"\x80\x02ccollections\nOrderedDict\n}b.", "not a dict"),
    "nothing": (b"\x80\x02.", "goes wrong at its byte 2"),
    "no end": (b"\x80\x02}", "exhausted before seeing STOP"),
    "no mark": (b"\x80\x02t.", "goes wrong at its byte 2"),
    "no memo": (b"\x80\x02h\x05.", "goes wrong at its byte 2"),
    "memo of nothing": (b"\x80\x02q\x05.", "goes wrong at its byte"),
    "memo bomb": (b"\x80\x02Nr\xff\xff\xff\xff.", "not NoneType"),
    "long string": (b"\x80\x02X\xff\xff\xff\xffaaa.", "expected 4294967295 bytes"),
    "string not UTF-8": (b"\x80\x02X\x01\0\0\0\xff.", "decode byte 0xff"),
    "LONG4": (b"\x80\x02\x8b\xff\xff\xff\x7f.", "not enough data"),
    "BINBYTES8": (b"\x80\x02\x8e" + b"\xff" * 7 + b"\x3f.", "bytes8, but only 1 remain"),
    "BYTEARRAY8": (b"\x80\x02\x96" + b"\xff" * 7 + b"\x3f.", "bytearray8, but only 1 remain"),
    "FRAME": (b"\x80\x02\x95" + b"\xff" * 8 + b".", "goes wrong at its byte 11"),
    "line without end": (b"\x80\x02c" + b"a" * 1000, "no newline found"),
    "long number": (tensor(storage("0", 6), b"\x8a\xff" + b"\x7f" * 255, (1,), (1,)),
                    "offset of a tensor should be"),
    "tuples in tuples": (b"\x80\x02)" + b"\x85" * 150_000 + b".", "not tuple"),
    "tuples in a shape": (tensor(storage("0", 6), 0, b")" + b"\x85" * 150_000, ()),
                          "shape of a tensor should be"),
    "tuples in a key": (b"\x80\x02}(K\x01K\x02)" + b"\x85" * 150_000 + b"K\x01u.", "not a string"),
    "tuples as an id": (b"\x80\x02)" + b"\x85" * 150_000 + b"Q.", "does not describe"),
    "tuples as arguments": (b"\x80\x02ccollections\nOrderedDict\n)" + b"\x85" * 150_000 + b"R.",
                            "arguments that are not"),
    "itself": (b"\x80\x02]q\0h\0a.", "not list"),
    "itself in a dict": (b"\x80\x02}q\0X\x01\0\0\0ah\0s.", "but 'a' is dict"),
    "billion laughs": (b"\x80\x02)" + b"q\0h\0\x86" * 20_000 + b".", "not tuple"),
    "billion laughs in a key": (b"\x80\x02})" + b"q\0h\0\x86" * 99 + b"K\x01s.", "not a string"),
    "billion laughs in a shape": (tensor(storage("0", 6), 0, b")" + b"q\0h\0\x86" * 99, ()),
                                  "shape of a tensor should be"),
    "many lists": (b"\x80\x02" + b"]" * 500_000 + b".", "not list"),
    "too many": (b"\x80\x02" + b"N" * 2_000_000 + b".", "data.pkl takes 2000003 bytes"),
}
FOR_VIEWS = {
    "outside": (tensor(storage("0", 6), 0, (7,), (1,)),
                "'a' of shape (7,), strides (1,), offset 0 leaves its storage of 6"),
    "offset outside": (tensor(storage("0", 6), 6, (1,), (1,)), "leaves its storage of 6"),
    "scalar outside": (tensor(storage("0", 6), 6, (), ()), "leaves its storage of 6"),
    "strides outside": (tensor(storage("0", 6), 0, (2, 2), (4, 2)), "leaves its storage of 6"),
    "overflow": (tensor(storage("0", 6), 0, (2**61, 8), (8, 1)), "no memory holds"),
    "stride overflow": (tensor(storage("0", 6), 0, (2, 3), (2**62, 1)), "leaves its storage"),
    "expanded": (tensor(storage("0", 6), 0, (50265, 768), (0, 0)), "'a' overlaps itself"),
    "window": (tensor(storage("0", 6), 0, (3, 4), (1, 1)), "'a' overlaps itself"),
    "strides missing": (tensor(storage("0", 6), 0, (2, 3), (1,)), "2 dimensions and 1 strides"),
    "empty of huge sides": (tensor(storage("0", 6), 0, (0, 2**62), (1, 1)), "no memory holds"),
    "storage missing": (tensor(storage("1", 6), 0, (6,), (1,)), "lacks"),
    "storage by path": (tensor(storage("../../data/0", 6), 0, (6,), (1,)), "lacks"),
    "storage smaller": (tensor(storage("0", 7), 0, (6,), (1,)), "storage '0'"),
    "storage huge": (tensor(storage("0", 2**62), 0, (6,), (1,)), "storage '0'"),
    "storage of another type": (tensor(storage("0", 6, "torch LongStorage"), 0, (6,), (1,)),
                                "storage '0' of 'a' has 24 bytes, 6 elements of I64 need 48"),
}


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("case", [*PICKLES, *(f"view: {case}" for case in FOR_VIEWS)])
def test_hostile_pickles(tmp_path, monkeypatch, case, legacy):
    monkeypatch.chdir(tmp_path)
    value, message = PICKLES[case] if case in PICKLES else FOR_VIEWS[case.removeprefix("view: ")]
    if case not in PICKLES:
        value = {"a": value}
    program = value if isinstance(value, bytes) else pickled(value)
    if legacy:
        path = torch_legacy(tmp_path / "x.bin", None, {})
        content = path.read_bytes().replace(pickled(None) + pickled([]), b"")
        path.write_bytes(content + program + pickled(["0"]) + struct.pack("<q", 6) + FLOATS)
    else:
        path = torch_zip(tmp_path / "x.bin", program, {"0": FLOATS})
    with pytest.raises(ValueError, match="x.bin: " if legacy else re.escape(message)) as error:
        weights.load(path)
    assert str(error.value).startswith(f"{path}: ") and len(str(error.value)) < 500
    assert [file.name for file in tmp_path.iterdir()] == ["x.bin"]  # nothing was executed


def test_the_same_file_is_read_where_nothing_is_wrong(tmp_path):
    """The frame of the hostile files is sound: with an honest pickle they are read."""
    honest = {"a": tensor(storage("0", 6), 0, (2, 3), (3, 1))}
    for path in (torch_zip(tmp_path / "x.bin", honest, {"0": FLOATS}),
                 torch_legacy(tmp_path / "x.bin", honest, {"0": (6, FLOATS)})):
        assert weights.load(path)["a"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_python_itself_would_execute_what_is_refused(tmp_path):
    program = pickle.dumps(Touch(tmp_path / "executed"), protocol=2)
    path = torch_zip(tmp_path / "x.bin", program, {})
    with pytest.raises(ValueError, match="imports '.* open', which tensors have no need of"):
        weights.load(path)
    assert not (tmp_path / "executed").exists()
    pickle.loads(program).close()
    assert (tmp_path / "executed").exists()


def test_hostile_legacy_files(tmp_path):
    honest = {"a": tensor(storage("0", 6), 0, (6,), (1,))}
    for storages, message in (
            ({}, "'a' needs a storage that the file lacks"),
            ({"1": (6, FLOATS)}, "no tensor refers to"),
            ({"0": (5, FLOATS)}, "'0' has 5 elements, its tensors want 6"),
            ({"0": (-1, FLOATS)}, "'0' has -1 elements"),
            ({"0": (2**62, FLOATS)}, "has 4611686018427387904 elements"),
            ({"0": (6, FLOATS[:-1])}, "it is incomplete")):
        path = torch_legacy(tmp_path / "x.bin", honest, storages)
        with pytest.raises(ValueError, match=message):
            weights.load(path)
    magic = weights.LEGACY_MAGIC
    for content, message in (
            (magic + pickled(1002) + pickled({}) + pickled({}) + pickled([]), "version 1001"),
            (magic + pickled(1001) + pickled({}) + pickled({}) + pickled({}), "keys is missing"),
            (magic + pickled(1001) + pickled({}) + pickled({}), "exhausted"),
            (magic + pickled(1001) + pickled({}) + pickled(honest) + pickled(["0", "0"])
             + struct.pack("<q", 6) + FLOATS, "was there before"),
            (magic + pickled(1001) + pickled({}) + pickled(honest) + pickled([["0"]]), "no tensor"),
            (magic + pickled(1001) + pickled({}) + pickled(honest) + pickled(["0"]), "is missing")):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=message):
            weights.load(path)


def test_hostile_zips(tmp_path):
    path = tmp_path / "x.bin"
    honest = {"a": tensor(storage("0", 6), 0, (6,), (1,))}

    def refused(message):
        with pytest.raises(ValueError, match=message) as error:
            weights.load(path)
        assert str(error.value).startswith(f"{path}: ")

    torch_zip(path, honest, {"0": bytes(24)}, compression=zipfile.ZIP_DEFLATED)
    refused("'model/data.pkl' is packed or encrypted")
    with zipfile.ZipFile(path, "w") as archive:  # 100 MB of zeros in 100 kB
        archive.writestr("model/data.pkl", pickled(honest))
        archive.writestr("model/data/0", bytes(100_000_000), zipfile.ZIP_DEFLATED)
    refused("'model/data/0' is packed or encrypted")
    torch_zip(path, honest, {"0": FLOATS})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("model/data/0", FLOATS)
    refused("'model/data/0' stands twice")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/other", FLOATS)
    refused("should hold one data.pkl")
    torch_zip(path, honest, {"0": FLOATS}, **{"code/data.pkl": pickled({})})
    refused("should hold one data.pkl")
    torch_zip(path, honest, {"0": FLOATS}, byteorder="middle")
    refused("neither little nor big")
    torch_zip(path, bytes(2**19 + 1), {"0": FLOATS})
    refused("data.pkl takes 524289 bytes, 524288 are allowed")

    torch_zip(path, honest, {"0": FLOATS})
    whole = path.read_bytes()
    start = int.from_bytes(whole[-6:-2], "little")  # of the directory
    # as far as zipfile looks, what it finds first depends on Python's version
    broken = "no zip directory|missing or broken|does not lie within|one data.pkl|packed"
    for position, layout, value, message in (
            (len(whole) - 10, "<I", 2**31, broken),
            (len(whole) - 10, "<I", 60, broken),
            (len(whole) - 6, "<I", 2**32 - 1, broken),  # its position
            (len(whole) - 6, "<I", start + 1, broken),
            (start + 8, "<H", 1, "packed or encrypted"),  # encrypted, it says
            (start + 10, "<H", 8, "packed or encrypted"),  # deflated, to the same size
            (start + 20, "<I", 2**31, "packed or encrypted"),  # packed size
            (start + 20, "<Q", 2**63 + 2**31, broken),
            (start + 20, "<I", 2**32 - 1, broken),  # and no number of 64 bits
            (start + 28, "<H", 60000, broken),  # of the name
            (start + 42, "<I", 2**32 - 2, "missing or broken"),  # position of the entry
            (start + 42, "<I", 7, "does not lie within the file"),
            (26, "<H", 60000, "does not lie within the file")):  # the local header's name
        content = bytearray(whole)
        struct.pack_into(layout, content, position, value)
        path.write_bytes(content)
        refused(message)
    # a locator that leads to a 64-bit end record nowhere
    for end64 in (2**63 - 1, 2**64 - 1, len(whole)):
        path.write_bytes(whole[:-22] + struct.pack("<4sIQI", b"PK\x06\x07", 0, end64, 1)
                         + whole[-22:])
        refused(broken)
    # a directory that alone would take more memory than is allowed
    path.write_bytes(whole[:-22] + bytes(2**19 + 1) + struct.pack(
        "<4s4xHHIIH", b"PK\x05\x06", 1, 1, 2**19 + 1, len(whole) - 22, 0))
    refused("directory takes 524289 bytes, 524288 are allowed")


def test_storages_that_overlap_cannot_multiply(tmp_path):
    """Entries of one zip that lie in the same bytes: F16 would be unpacked once for each."""
    value, entries = {}, 64
    for n in range(entries):
        numel = 50_000 - n
        value[f"a{n}"] = tensor(storage(str(n), numel, "torch HalfStorage"), 0, (numel,), (1,))
    path = torch_zip(tmp_path / "x.bin", value, {"0": bytes(100_000)})
    content = path.read_bytes()
    start = int.from_bytes(content[-6:-2], "little")
    directory = content[start:-22]
    last = directory[directory.rindex(b"PK\x01\x02"):]
    for n in range(1, entries):
        name = f"model/data/{n}".encode()
        directory += last[:20] + struct.pack("<IIH", 100_000 - 2 * n, 100_000 - 2 * n, len(name))
        directory += last[30:46] + name
    path.write_bytes(content[:start] + directory + struct.pack(
        "<4s4xHHIIH", b"PK\x05\x06", entries + 1, entries + 1, len(directory), start, 0))
    with pytest.raises(ValueError, match="the tensors together are larger than the file"):
        weights.load(path)


def index_of(folder, weight_map):
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


@pytest.mark.parametrize("file", ["../outside.safetensors", "/etc/passwd", "a/b.safetensors", "..",
                                  ".", "", "..\\outside.safetensors", "C:x.safetensors", "x\0", 5,
                                  None, ["x"], {"x": 1}])
def test_an_index_stays_in_its_folder(tmp_path, file):
    weights.save(tmp_path / "outside.safetensors", {"a": np.ones(3)})
    folder = tmp_path / "model"
    (folder / "a").mkdir(parents=True)
    shutil.copyfile(tmp_path / "outside.safetensors", folder / "a" / "b.safetensors")
    index_of(folder, {"a": file})
    with pytest.raises(ValueError, match="index.json: 'a' is said to be in .* not the name of a"):
        weights.load(folder)


def test_hostile_indexes(tmp_path):
    weights.save(tmp_path / "x.safetensors", {"a": np.ones(3), "b": np.ones(2)})
    index = tmp_path / "model.safetensors.index.json"
    index_of(tmp_path, {"a": "x.safetensors", "b": "x.safetensors"})
    assert set(weights.load(tmp_path)) == {"a", "b"}
    for content, message in (
            (b"", "not JSON"), (b"[]", "should be a JSON object, not list"),
            (b"{}", "weight_map: expected an object, found None"),
            (b'{"weight_map": []}', "weight_map"), (json_nested(80_000), "nested too deeply"),
            (b'{"weight_map": {"a": "x.safetensors", "a": "y"}}', "twice"),
            (b'{"weight_map": {"\xff": "x"}}', "0xff"),
            (b" " * (2**19 + 1), "more than 524288 bytes")):
        index.write_bytes(content)
        with pytest.raises(ValueError, match=message) as error:
            weights.load(tmp_path)
        assert str(error.value).startswith(f"{index}: ")
    index_of(tmp_path, {"a": "x.safetensors", "b": "x.safetensors", "c": "y.safetensors"})
    with pytest.raises(OSError, match="y.safetensors: there is no such file, though .*index.json lists it"):
        weights.load(tmp_path)
    index_of(tmp_path, {"a": "x.safetensors", "b": "x.safetensors", "c": index.name})
    with pytest.raises(ValueError):
        weights.load(tmp_path)


def test_an_index_need_not_agree_with_its_shards(tmp_path):
    """The index says which files to read, and they say what they hold, as in the reference"""
    weights.save(tmp_path / "x.safetensors", {"a": np.ones(3), "b": np.full(2, 5)})
    weights.save(tmp_path / "y.safetensors", {"c": np.full(4, 6)})
    index_of(tmp_path, {"a": "x.safetensors", "tied": "x.safetensors", "c": "x.safetensors",
                        "also tied": "y.safetensors"})
    loaded = weights.load(tmp_path)
    assert {name: array.tolist() for name, array in loaded.items()} == {
        "a": [1, 1, 1], "b": [5, 5], "c": [6, 6, 6, 6]}
    assert run(tmp_path).stdout.splitlines()[-1] == "3 tensors, 9 elements, 72 bytes"
    weights.save(tmp_path / "y.safetensors", {"a": np.full(4, 6)})
    with pytest.raises(ValueError, match="'a' stands twice in the checkpoint"):
        weights.load(tmp_path)


def test_links_of_a_cache_are_followed(tmp_path):
    """huggingface_hub keeps files as blobs and the folder of a revision as links to them."""
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "abc"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    for number, path in enumerate(sorted((FIXTURES / "led_sharded").iterdir())):
        shutil.copyfile(path, blobs / str(number))
        (snapshot / path.name).symlink_to(f"../../blobs/{number}")
    assert set(weights.load(snapshot)) == set(official_names(1, 1))


def test_files_that_are_no_checkpoints(tmp_path):
    path = tmp_path / "x.bin"
    for content, message in (
            (b"", "empty"), (b"123456789", "empty or nearly so"),
            (b"0123456789", "neither safetensors"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
            (b"<!DOCTYPE html><html>", "neither safetensors"),
            (pickle.dumps({"a": 1}), "neither safetensors"),
            (b"PK\x03\x04" + bytes(6), "no zip directory, as in an incomplete file")):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=message) as error:
            weights.load(path)
        assert str(error.value).startswith(f"{path}: ")
    with tarfile.open(path, "w") as archive:  # as torch wrote in its first year
        archive.addfile(tarfile.TarInfo("sys_info"), io.BytesIO(b""))
    with pytest.raises(ValueError, match="before 0.1.10, which are tar archives"):
        weights.load(path)
    with pytest.raises(OSError, match="nothing.bin: there is no such file"):
        weights.load(tmp_path / "nothing.bin")
    os.mkfifo(tmp_path / "pipe")  # to open it would wait for ever
    with pytest.raises(OSError, match="pipe: there is no such file"):
        weights.load(tmp_path / "pipe")


@pytest.mark.parametrize("file", ["zip.bin", "legacy.bin", "library.safetensors"])
def test_truncated_files(tmp_path, file):
    whole = (FIXTURES / file).read_bytes()
    path = tmp_path / file
    for size in range(0, len(whole), max(1, len(whole) // 120)):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError) as error:
            weights.load(path)
        assert str(error.value).startswith(f"{path}: ")


def hostile_h5(path, kind):
    import h5py

    with h5py.File(path, "w") as file:
        file["led/encoder/fc1/kernel:0"] = np.ones((2, 3), np.float32)
        if kind == "link to another file":
            file["led/encoder/fc2"] = h5py.ExternalLink("secret.h5", "/secret")
        elif kind == "link that leads nowhere":
            file["led/encoder/fc2"] = h5py.SoftLink("/nowhere")
        elif kind == "group in itself":
            file["led/encoder/loop"] = file["led"]
        elif kind == "array in another file":
            file.create_dataset("led/x:0", (10,), "u1", external=[("/etc/passwd", 0, 10)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout((10,), "u1")
            layout[:] = h5py.VirtualSource("secret.h5", "secret", (10,))
            file.create_virtual_dataset("led/x:0", layout)
        elif kind == "huge, never written":
            file.create_dataset("led/x:0", (10**6, 10**6), "f4")
        elif kind == "huge, in chunks":
            file.create_dataset("led/x:0", (10**6, 10**6), "f4", chunks=(1000, 1000))
        elif kind == "packed":
            file.create_dataset("led/x:0", data=np.zeros(10**6), compression="gzip")
        elif kind == "text":
            file["led/x:0"] = ["a", "b"]
        elif kind == "nothing":
            file["led/x:0"] = h5py.Empty("f4")
        elif kind == "complex":
            file["led/x:0"] = np.ones(3, complex)
        elif kind == "twice":
            file["led/x/led/encoder/fc1/kernel:0"] = np.ones((2, 3), np.float32)


@pytest.mark.parametrize("kind", [
    "link to another file", "link that leads nowhere", "group in itself", "array in another file",
    "virtual", "huge, never written", "huge, in chunks", "packed", "text", "nothing", "complex",
    "twice"])
def test_hostile_h5(tmp_path, monkeypatch, kind):
    h5py = pytest.importorskip("h5py", reason="h5 files need h5py: pip install h5py")
    monkeypatch.chdir(tmp_path)
    with h5py.File("secret.h5", "w") as file:
        file["secret"] = np.arange(10, dtype=np.uint8)
    hostile_h5(tmp_path / "x.h5", kind)
    if kind.startswith(("link", "group")):  # never followed
        assert list(weights.load(tmp_path / "x.h5")) == ["led.encoder.fc1.weight"]
    else:
        message = "stands twice" if kind == "twice" else "'led/x:0' should be a plain array of num"
        with pytest.raises(ValueError, match=f"x.h5: .*{message}"):
            weights.load(tmp_path / "x.h5")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, a thing of Linux")
def test_memory_stays_bounded(tmp_path):
    """All the bombs again, in a process that may take 400 MB more than it begins with."""
    for number, (program, _) in enumerate(PICKLES.values()):
        program = program if isinstance(program, bytes) else pickled(program)
        torch_zip(tmp_path / f"{number}.bin", program, {"0": FLOATS})
    for number, (header, data, _) in enumerate(SAFETENSORS.values()):
        safetensors_file(tmp_path / f"{number}.safetensors", header, data)
    code = """if 1:
        import pathlib, resource, sys, weights
        begin = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (begin + 400_000_000,) * 2)
        for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
            try:
                weights.load(path)
            except ValueError:
                print(path.name)
    """
    output = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, text=True,
                            capture_output=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    assert output.stderr == ""
    assert len(output.stdout.split()) == len(PICKLES) + len(SAFETENSORS)


# ------------------------------------------------------------------------------------------------
# Fuzzing: whatever the bytes, arrays within the file's size or a ValueError
# ------------------------------------------------------------------------------------------------

INTERESTING = [struct.pack(layout, value) for layout in ("<B", "<H", "<I", "<Q")
               for value in (0, 1, 2**(8 * struct.calcsize(layout) - 1),
                             2**(8 * struct.calcsize(layout)) - 1)]


def mutated(content, rng, others):
    """`content` with a few random changes: bits, bytes, numbers, pieces of others, lost ends."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 4, 16])):
        # the descriptions lie at the head and at the end: more changes there
        where = rng.choice(["any", "head", "end"])
        size = len(content)
        low, high = {"any": (0, size), "head": (0, min(size, 600)),
                     "end": (max(0, size - 900), size)}[where]
        position = rng.randrange(low, high) if high > low else 0
        kind = rng.randrange(8)
        if kind == 0 and content:
            content[position] ^= 1 << rng.randrange(8)
        elif kind == 1 and content:
            content[position] = rng.randrange(256)
        elif kind == 2:
            piece = rng.choice(INTERESTING)
            content[position:position + len(piece)] = piece
        elif kind == 3:
            piece = rng.choice(INTERESTING)
            content[position:position] = piece
        elif kind == 4:
            del content[position:position + rng.randrange(1, 20)]
        elif kind == 5:
            other = rng.choice(others)
            start = rng.randrange(len(other))
            content[position:position] = other[start:start + rng.randrange(1, 200)]
        elif kind == 6:
            start = rng.randrange(len(content) + 1)
            content[position:position + 8] = content[start:start + 8]
        elif rng.randrange(4) == 0:
            del content[position:]
    return bytes(content)


def fuzz_inputs():
    """The files that are mutated: every format, small."""
    return {name: (FIXTURES / name).read_bytes() for name in
            ("zip.bin", "legacy.bin", "library.safetensors", "led/model.safetensors",
             "led_bin_sharded/pytorch_model-00003-of-00003.bin")}


@pytest.mark.parametrize("name", fuzz_inputs())
def test_mutated_files(tmp_path, name):
    files = fuzz_inputs()
    content, others = files.pop(name), list(files.values())
    rng = random.Random(name)
    path = tmp_path / "x"
    read = refused = 0
    for _ in range(int(400 * SWEEP)):
        path.write_bytes(mutated(content, rng, others))
        try:
            arrays = weights.load(path)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ")
            refused += 1
            continue
        read += 1
        size = path.stat().st_size
        for array in arrays.values():
            assert array.nbytes <= 2 * size  # half precision becomes twice as large
            array.tobytes()  # every element lies in memory
    assert read and refused > read / 20, f"{read} read, {refused} refused"
    print(f"{name}: {read} read, {refused} refused")


SNIPPETS = [  # the instructions of torch.save, and the pieces of which it makes tensors
    *(bytes([code]) for code in b"()]}tTuseabRQN0.\x85\x86\x87\x88\x89"),
    b"q\0", b"h\0", b"q\1", b"h\1", b"K\0", b"K\1", b"K\6",
    b"M\xff\xff", b"J\xff\xff\xff\xff", b"\x8a\x01\x07",
    *map(instructions, ["storage", "0", "cpu", "a", 0.5, (6,), (1,), {},
                        Import("torch FloatStorage"), Import("collections OrderedDict"),
                        Import("torch._utils _rebuild_tensor_v2"),
                        Import("torch._utils _rebuild_tensor_v3"), Import("torch uint16"),
                        Import("torch._utils _rebuild_parameter"), storage("0", 6),
                        storage("0", 24, "torch.storage UntypedStorage"),
                        tensor(storage("0", 6), 0, (2, 3), (3, 1)), Import("os system")])]


@sweep(500)
@given(st.lists(st.sampled_from(SNIPPETS), max_size=30).map(b"".join) | st.binary(max_size=300),
       st.booleans())
def test_random_programs(tmp_path, program, in_a_dict):
    if in_a_dict:
        program = b"}" + instructions("a") + program + b"s"
    path = torch_zip(tmp_path / "x.bin", b"\x80\x02" + program + b".", {"0": FLOATS})
    try:
        arrays = weights.load(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")
        return
    assert all(array.nbytes <= len(FLOATS) for array in arrays.values())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.floats() | st.text(max_size=5)
    | st.sampled_from(["F32", "F16", "I64", "BOOL", 0, 1, 4, 8]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["dtype", "shape", "data_offsets", "a"]), inner, max_size=4), max_leaves=20)
plausible_entries = st.fixed_dictionaries({
    "dtype": st.sampled_from(list(weights.DTYPES)),
    "shape": st.lists(st.integers(0, 3), max_size=3),
    "data_offsets": st.lists(st.integers(0, 40), min_size=2, max_size=2).map(sorted)})


@sweep(200)
@given(st.dictionaries(st.text(max_size=4), json_values | plausible_entries, max_size=3),
       st.integers(0, 40))
def test_random_headers(tmp_path, header, size):
    path = safetensors_file(tmp_path / "x.safetensors", header, bytes(size))
    try:
        arrays = weights.load(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")
        return
    assert set(arrays) == set(header) - {"__metadata__"}


def test_mutated_h5_in_a_process_of_its_own(tmp_path):
    """Of the HDF5 library, which is C, no promise can be made; but so far it has kept its own."""
    pytest.importorskip("h5py", reason="h5 files need h5py: pip install h5py")
    code = """if 1:
        import pathlib, random, sys
        sys.path.insert(0, "tests")
        import test_weights, weights
        content = (test_weights.FIXTURES / "tensorflow" / "tf_model.h5").read_bytes()
        rng, path = random.Random(3), pathlib.Path(sys.argv[1], "x.h5")
        for number in range(int(sys.argv[2])):
            path.write_bytes(test_weights.mutated(content, rng, [content]))
            try:
                for array in weights.load(path).values():
                    array.tobytes()
            except ValueError as error:
                assert str(error).startswith(str(path)), error
            print(number, flush=True)
    """
    count = int(100 * SWEEP)
    output = subprocess.run([sys.executable, "-c", code, tmp_path, str(count)], cwd=ROOT, text=True,
                            capture_output=True)
    assert output.returncode == 0, output.stderr
    assert len(output.stdout.split()) == count


# ------------------------------------------------------------------------------------------------
# Saving in one step, whenever it is interrupted
# ------------------------------------------------------------------------------------------------

def version(number):
    """A checkpoint all of whose 5 tensors (60 bytes each) tell its number."""
    return {f"tensor{n}": np.full((3, 5), number, np.float32) for n in range(5)}


def version_in(folder):
    """The number of the version that is found in a folder; None if there is none."""
    try:
        loaded = weights.load(folder)
    except FileNotFoundError:
        return None
    numbers = {number for array in loaded.values() for number in array.ravel().tolist()}
    assert set(loaded) == set(version(0)) and len(numbers) == 1, "a mixture"
    return numbers.pop()


def killed_at(event, action, also=("write", "fsync")):
    """Run `action` in a child that kills itself before its `event`-th step on files; -> whether.
    Steps are counted, not timed: each opening, renaming and removing, and `also` others."""
    child = os.fork()
    if child == 0:
        steps = 0

        def count(name, _=None):
            nonlocal steps
            if name in ("open", "os.rename", "os.remove", "os.mkdir", "os.truncate", *also):
                steps += 1
                if steps == event:
                    os.kill(os.getpid(), signal.SIGKILL)

        class Counted(io.FileIO):
            def write(self, data):
                count("write")
                return super().write(data)

        def fsync(number, really=os.fsync):
            count("fsync")
            really(number)

        sys.addaudithook(count)
        os.fsync = fsync
        led_files.open = lambda path, mode: Counted(path, mode) if "x" in mode else open(path, mode)
        try:
            action()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


KINDS = {"one file": None, "2 shards": 180, "3 shards": 120}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which this system lacks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("new", KINDS)
@pytest.mark.parametrize("old", ["nothing", "torch", "tidied up badly", *KINDS])
def test_killed_at_every_step_the_old_or_the_new_is_whole(tmp_path, old, new):
    windows = 0
    for event in itertools.count(1):
        folder = tmp_path / str(event)
        if old == "torch":
            folder.mkdir()
            value = {name: tensor(storage("0", 15), 0, (3, 5), (5, 1)) for name in version(1)}
            torch_zip(folder / "pytorch_model.bin", value, {"0": np.ones(15, "<f4").tobytes()})
        elif old == "tidied up badly":  # an index and shards that lose against the one file
            weights.save(folder, version(1))
            shutil.move(folder / "model.safetensors", tmp_path / "x")
            weights.save(folder, version(0), KINDS["2 shards"])
            shutil.move(tmp_path / "x", folder / "model.safetensors")
        elif old != "nothing":
            weights.save(folder, version(1), KINDS[old])
        before = version_in(folder) if folder.exists() else None
        assert before == (None if old == "nothing" else 1)

        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text("1")
        killed = killed_at(event, lambda: weights.save(
            folder, version(2), KINDS[new], beside={"config.json": b"2", "other.json": b"2"}),
            also=())
        found = version_in(folder)
        assert found in ((before, 2) if killed else (2,))
        texts = [path.read_text() if path.exists() else "1"
                 for path in (folder / "config.json", folder / "other.json")]
        if killed:  # the files beside are never newer than the weights, and never partly written
            assert set(texts) == {"1"} or (found == 2 and set(texts) <= {"1", "2"})
            windows += found == 2 and texts != ["2", "2"]
        else:
            assert texts == ["2", "2"]
        # and the next save leaves nothing behind
        weights.save(folder, version(3), KINDS[new], beside={"config.json": b"3"})
        assert version_in(folder) == 3 and (folder / "config.json").read_text() == "3"
        files = {path.name for path in folder.iterdir()} - {"pytorch_model.bin", "other.json"}
        assert len(files) == {"one file": 2, "2 shards": 4, "3 shards": 5}[new], files
        if not killed:
            break
    assert event > 8, "the child is killed before it does anything, and several times later"
    assert windows <= 2, "new weights with an old configuration: only between two renamings"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which this system lacks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_while_one_file_is_replaced(tmp_path):
    path = tmp_path / "x.safetensors"
    for event in itertools.count(1):
        weights.save(path, version(1))
        killed = killed_at(event, lambda: weights.save(path, version(2)))
        assert version_in(path) in ((1, 2) if killed else (2,))
        (tmp_path / ".y.safetensors.0a1b2c3d.tmp").touch()  # of another file's save
        weights.save(path, version(3))
        assert version_in(path) == 3
        assert {file.name for file in tmp_path.iterdir()} == {"x.safetensors",
                                                              ".y.safetensors.0a1b2c3d.tmp"}
        if not killed:
            break
    assert event >= 12, "6 tensors or headers are written"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, which this system lacks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_in_a_long_series_of_saves(tmp_path):
    """A child saves version after version, as one file and as shards, until its kill -9; the next
    child goes on with what that one left."""
    rng, done, kinds = random.Random(5), -1, [None, 120, 180, 120]
    for _ in range(int(20 * SWEEP)):
        progress, report = os.pipe()

        def action():
            for number in itertools.count(done + 1):
                os.write(report, f"{number} begun\n".encode())
                weights.save(tmp_path, version(number), kinds[number % 4], {"config.json": b"{}"})
                os.write(report, f"{number} done\n".encode())

        assert killed_at(rng.randrange(1, 200), action)
        os.close(report)
        with open(progress) as file:
            lines = [line.split() for line in file]
        begun = max(int(number) for number, what in lines if what == "begun")
        done = max([done, *(int(number) for number, what in lines if what == "done")])
        if done >= 0 or version_in(tmp_path) is not None:
            assert done <= version_in(tmp_path) <= begun
    assert done > 10
    weights.save(tmp_path, version(9))
    assert {path.name for path in tmp_path.iterdir()} == {"model.safetensors", "config.json"}


@pytest.mark.parametrize("limit", [None, 2_500_000])
def test_a_full_disk(tmp_path, limit):
    """A write that fails (here, no file may have more than 1 MB) leaves the old checkpoint."""
    weights.save(tmp_path, version(1), KINDS["2 shards"])
    before = sorted(path.name for path in tmp_path.iterdir())
    code = """if 1:
        import numpy, resource, sys, weights
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000,) * 2)
        tensors = {f"tensor{n}": numpy.zeros((1000, 300), "f4") for n in range(5)}
        try:
            weights.save(sys.argv[1], tensors, eval(sys.argv[2]))
        except OSError as error:
            print(error)
    """
    output = subprocess.run([sys.executable, "-c", code, tmp_path, str(limit)], cwd=ROOT, text=True,
                            capture_output=True)
    assert "File too large" in output.stdout, output.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert version_in(tmp_path) == 1


def test_saves_that_fail_do_not_pile_up(tmp_path):
    """Each time the first shard is complete and the second fails: nothing of it is left."""
    weights.save(tmp_path, version(1), KINDS["2 shards"])
    code = """if 1:
        import numpy, resource, sys, weights
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000,) * 2)
        tensors = {"small": numpy.zeros(200_000, "f4"), "large": numpy.zeros(500_000, "f4")}
        for attempt in range(3):
            try:
                weights.save(sys.argv[1], tensors, 1_000_000, beside={"config.json": b"{}"})
            except OSError as error:
                print(error)
    """
    output = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, text=True,
                            capture_output=True)
    assert output.stdout.count("File too large") == 3, output.stderr
    assert version_in(tmp_path) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json"]
    weights.save(tmp_path, version(2))
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("new", KINDS)
@pytest.mark.parametrize("old", KINDS)
def test_a_save_that_fails_at_any_step_leaves_nothing(tmp_path, monkeypatch, old, new, error):
    """Every syncing and renaming fails once: then the files are those of one whole checkpoint."""
    for event in itertools.count(1):
        folder = tmp_path / str(event)
        weights.save(folder, version(1), KINDS[old], beside={"config.json": b"1"})
        (folder / "model-00003-of-00004.safetensors").write_text("mine")
        before, steps = sorted(path.name for path in folder.iterdir()), itertools.count(1)

        def failing(function):
            def call(*arguments):
                if next(steps) == event:
                    raise error
                return function(*arguments)
            return call

        with monkeypatch.context() as patch:
            patch.setattr(weights.os, "fsync", failing(os.fsync))
            patch.setattr(weights.os, "replace", failing(os.replace))
            try:
                weights.save(folder, version(2), KINDS[new], beside={"config.json": b"2"})
            except type(error):
                found = version_in(folder)
                if found == 1:
                    assert sorted(path.name for path in folder.iterdir()) == before
            else:
                found = 2
        assert version_in(folder) == found
        index = folder / "model.safetensors.index.json"
        listed = set(weights.shard_names(index).values()) if index.exists() else set()
        assert {path.name for path in folder.iterdir()} - listed - {
            "model.safetensors", index.name} == {"config.json", "model-00003-of-00004.safetensors"}
        if next(steps) <= event:
            break
    assert event > 6


def test_saving_where_the_index_is_broken(tmp_path):
    """Nothing of value is lost for it: the save succeeds."""
    for limit in (None, 120):
        weights.save(tmp_path, version(1), 180)
        (tmp_path / "model.safetensors.index.json").write_text("{")
        weights.save(tmp_path, version(2), limit)
        assert version_in(tmp_path) == 2


def test_saving_over_what_is_loaded(tmp_path):
    """The arrays of the old file stay what they are: its bytes are replaced, not overwritten."""
    for limit in (None, 120, 120, None):
        weights.save(tmp_path, version(1), limit)
        loaded = weights.load(tmp_path)
        weights.save(tmp_path, {name: array + 1 for name, array in loaded.items()}, limit)
        assert version_in(tmp_path) == 2
        assert all((array == 1).all() for array in loaded.values())
        weights.save(tmp_path, loaded, limit)
        assert version_in(tmp_path) == 1


def test_other_files_of_the_folder_stay(tmp_path):
    others = ["config.json", "pytorch_model.bin", "tf_model.h5", "model.safetensors.bak",
              "my-model-00001-of-00002.safetensors", "model-00001-of-00002.bin", ".hidden.tmp",
              # shards that no index lists, as a download leaves them whose index is yet to come
              "model-00001-of-00002.safetensors", "model-00001-of-00003.safetensors",
              "model-00007-of-00009.safetensors", "model-2-00001-of-00003.safetensors"]
    for name in others:
        (tmp_path / name).write_text("mine")
    for limit in (None, 120, 180, None, 120):
        weights.save(tmp_path, version(1), limit)
        with pytest.raises(ValueError, match="'b' has dtype complex128"):
            weights.save(tmp_path, {"a": np.ones(100), "b": np.ones(2, complex)}, 120)
        assert version_in(tmp_path) == 1
    weights.save(tmp_path, version(1))
    assert {path.name for path in tmp_path.iterdir()} == {*others, "model.safetensors"}
    assert all((tmp_path / name).read_text() == "mine" for name in others)


@pytest.mark.skipif(os.name == "nt", reason="permissions of a POSIX system")
def test_saved_files_have_ordinary_permissions(tmp_path):
    (tmp_path / "ordinary").write_text("")
    weights.save(tmp_path, version(1))
    assert (tmp_path / "model.safetensors").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


# ------------------------------------------------------------------------------------------------
# Finding: against a hub of our own, through the real huggingface_hub
# ------------------------------------------------------------------------------------------------

class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub as it takes to download files of {repository: {file: bytes}}."""

    protocol_version = "HTTP/1.1"

    def answer(self, with_content):
        server, commit = self.server, "0123456789" * 4
        name = r"([\w.-]+(?:/[\w.-]+)?)"
        model = rf"/api/models/{name}"
        if match := re.fullmatch(rf"{model}(?:/revision/([\w.-]+))?(?:\?.*)?", self.path):
            (repository, revision), file = match.groups(), "the list"
            files = server.repositories.get(repository, {})
            listing = {"id": repository, "modelId": repository, "sha": commit, "private": False,
                       "tags": [], "downloads": 0, "likes": 0,
                       "siblings": [{"rfilename": name} for name in files]}
            content = json.dumps(listing).encode() if files else None
        elif match := re.fullmatch(rf"{model}/tree/(\w+)\?.*", self.path):
            (repository, revision), file = match.groups(), "the list"
            content = json.dumps([
                {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
                for name, content in server.repositories[repository].items()]).encode()
        else:
            match = re.fullmatch(rf"/{name}/resolve/([\w.-]+)/([^?]+)", self.path)
            repository, revision, file = match.groups()
            content = server.repositories.get(repository, {}).get(file)
        server.requests.append((self.command, revision, file))
        server.tokens.add(self.headers.get("Authorization"))
        if content is None:
            known = repository in server.repositories
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound" if known else "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int(re.match(r"bytes=(\d+)-", self.headers.get("Range") or "bytes=0-")[1])
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("X-Repo-Commit", commit)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Accept-Ranges", "bytes")
        if "Range" in self.headers:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if with_content:
            if file in server.cut:  # the connection breaks in the middle, once
                server.cut.discard(file)
                self.wfile.write(content[start:len(content) // 2])
                self.close_connection = True
            else:
                self.wfile.write(content[start:])

    def do_HEAD(self):
        self.answer(with_content=False)

    def do_GET(self):
        self.answer(with_content=True)

    def log_message(self, *_):
        pass


def files_of(folder):
    return {path.name: path.read_bytes() for path in (FIXTURES / folder).iterdir()}


@pytest.fixture
def hub():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    bin_file = {"pytorch_model.bin": (FIXTURES / "zip.bin").read_bytes()}
    tokenizer = {"vocab.json": b'{"a": 0}', "merges.txt": b"#version: 0.2\n", "README.md": b"words"}
    server.repositories = {
        "org/official": {"config.json": b"{}", "generation_config.json": b'{"pad_token_id": 1}',
                         **tokenizer, **bin_file, "tf_model.h5": b"not wanted"},
        "org/sharded": files_of("led_sharded"), "org/bin": files_of("led_bin_sharded"),
        "org/words": {"config.json": b"{}", **tokenizer},
        "org/hostile": {"config.json": b"{}", "model.safetensors.index.json":
                        b'{"weight_map": {"a": "../../../secret"}}'},
        "org/incomplete": {"config.json": b"{}", "model.safetensors.index.json":
                           b'{"weight_map": {"a": "model-00001-of-00001.safetensors"}}'},
        "org/adapter": {"README.md": b"", "adapter_config.json": b"{}",
                        "adapter_model.safetensors": b""},
        "org/parts": {"config.json": b"{}", "model.safetensors": b"not wanted",
                      **{f"a/b/{name}": content
                         for name, content in files_of("led_sharded").items()}},
        "plain": {"config.json": b"{}", "model.safetensors":
                  (FIXTURES / "library.safetensors").read_bytes()}}
    server.requests, server.cut, server.tokens = [], set(), set()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def hub_environment(cache, server, **environment):
    """The environment of a process that sees this hub alone, and none of the user's settings."""
    own = {name: value for name, value in os.environ.items()
           if not name.startswith(("HF_", "TRANSFORMERS_", "HUGGING"))
           and not name.lower().endswith("_proxy")}
    return {**own, "HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1", "no_proxy": "127.0.0.1",
            "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "HF_HUB_DISABLE_TELEMETRY": "1", **environment}


def find(cache, server, name, revision=None, file=None, options={}, **environment):
    """weights.find in a process of its own; -> the path it prints, or the OSError's text."""
    code = """if 1:
        import json, sys, weights
        try:
            print("found", weights.find(sys.argv[1], **json.loads(sys.argv[2])))
        except (OSError, ValueError) as error:
            print(type(error).__name__ if isinstance(error, ValueError) else "OSError", error)
    """
    options = {"revision": revision, "file": file} | options
    output = subprocess.run([sys.executable, "-c", code, name, json.dumps(options)], cwd=ROOT,
                            text=True, capture_output=True, timeout=120,
                            env=hub_environment(cache, server, **environment))
    kind, _, text = output.stdout.partition(" ")
    assert kind in ("found", "OSError"), output.stderr
    return Path(text.strip()) if kind == "found" else text


def test_an_official_repository_is_downloaded_once(tmp_path, hub):
    folder = find(tmp_path, hub, "org/official")
    assert {path.name for path in folder.iterdir()} == {
        "config.json", "generation_config.json", "vocab.json", "merges.txt", "pytorch_model.bin"}
    assert set(weights.load(folder)) == set(weights.load(FIXTURES / "zip.bin"))
    fetched = [file for method, _, file in hub.requests if method == "GET" and file != "the list"]
    assert sorted(fetched) == sorted(path.name for path in folder.iterdir())

    hub.requests.clear()
    assert find(tmp_path, hub, "org/official") == folder
    assert {file for method, _, file in hub.requests if method == "GET"} == {"the list"}
    hub.requests.clear()
    assert find(tmp_path, hub, "org/official", HF_HUB_OFFLINE="1") == folder
    assert hub.requests == []
    assert find(tmp_path, hub, "org/official", HF_ENDPOINT="http://127.0.0.1:9") == folder


@pytest.mark.parametrize("name, fixture", [("org/sharded", "led_sharded"),
                                           ("org/bin", "led_bin_sharded")])
def test_a_sharded_repository(tmp_path, hub, name, fixture):
    folder = find(tmp_path, hub, name, "v1.5")
    assert {path.name for path in folder.iterdir()} == set(files_of(fixture))
    assert set(weights.load(folder)) == set(weights.load(FIXTURES / fixture))
    assert {revision for _, revision, _ in hub.requests} <= {"v1.5", "0123456789" * 4}
    assert hub.requests[0] == ("GET", "v1.5", "the list")


def test_a_repository_without_an_owner(tmp_path, hub):
    assert {path.name for path in find(tmp_path, hub, "plain").iterdir()} == {
        "config.json", "model.safetensors"}


def test_a_download_that_breaks_off_is_gone_on_with(tmp_path, hub):
    hub.cut.add("pytorch_model.bin")
    folder = find(tmp_path, hub, "org/official")
    if not isinstance(folder, Path):  # older huggingface_hub gives up; the next call succeeds
        assert "org/official" in folder
        folder = find(tmp_path, hub, "org/official")
    assert (folder / "pytorch_model.bin").read_bytes() == (FIXTURES / "zip.bin").read_bytes()


@pytest.mark.parametrize("name, message", [
    ("org/unknown", "huggingface.co"), ("unknown", "huggingface.co"),
    ("org/words", "it has no weights; looked for model.safetensors, model.safetensors.index.json, "
                  "pytorch_model.bin"),
    ("org/hostile", "'../../../secret', which is not the name of a file"),
    ("org/incomplete", "its model.safetensors.index.json lists model-00001-of-00001.safetensors"),
    ("org/adapter", "adapter_config.json belongs to a LoRA adapter")])
def test_names_that_lead_nowhere(tmp_path, hub, name, message):
    found = find(tmp_path, hub, name)
    assert isinstance(found, str) and message in found
    assert found.startswith(f"{name!r} is no file or folder (looked under {ROOT})")
    assert "Give the folder of a checkpoint" in found and found.count("\n") == 1


@pytest.mark.parametrize("name", ["./chronicels/model", "../model", "C:\\x", "a/b/c", "/missing",
                                  "", "model/", "~/model", "a b", "org/über", "org/x\n"])
def test_names_that_no_repository_can_have(tmp_path, hub, name):
    """They say so at once, without a question to the hub"""
    found = find(tmp_path, hub, name)
    assert found.startswith(f"{name!r} is no file or folder (looked under {ROOT})")
    assert "cannot be the name of a repository" in found
    assert hub.requests == []


NO_NETWORK = """if 1:
    import socket, sys, time
    def nowhere(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")
    def sleep(_):
        sys.exit("nobody waits to try it again")
    if sys.argv[1] == "unknown host":
        socket.getaddrinfo = nowhere
    import weights
    from led_support import hub
    assert hub.PATIENCE < 10
    if sys.argv[1] == "silence":
        hub.PATIENCE = 0.5
    time.sleep = sleep
    for file in (None, "config.json"):
        try:
            weights.find("org/official", file=file)
        except OSError as error:
            print(error)
"""


@pytest.mark.parametrize("kind", ["closed port", "unknown host", "silence"])
def test_nothing_cached_and_no_connection(tmp_path, hub, kind):
    """At once, or after PATIENCE seconds, a line says what to do; huggingface_hub by itself sleeps
    and tries again for 23 s, or waits for 10 s each time."""
    with socket.socket() as silent:  # it takes connections and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = {"closed port": "http://127.0.0.1:9", "unknown host": "http://hub.invalid",
                    "silence": f"http://127.0.0.1:{silent.getsockname()[1]}"}[kind]
        output = subprocess.run([sys.executable, "-c", NO_NETWORK, kind], cwd=ROOT, text=True,
                                capture_output=True,
                                env=hub_environment(tmp_path, hub, HF_ENDPOINT=endpoint))
    lines = output.stdout.splitlines()
    assert len(lines) == 2, output.stderr
    for message in lines:
        assert message.startswith("'org/official' is no file or folder")
        assert f"{endpoint} cannot be reached (" in message and "HF_HUB_OFFLINE=1" in message


def test_offline_at_once(tmp_path, hub):
    """Where no network is wanted none is tried: by the environment or by the argument"""
    for options, environment in (({}, {"HF_HUB_OFFLINE": "1"}), ({}, {"HF_HUB_OFFLINE": "yes"}),
                                 ({"local_files_only": True}, {})):
        for file in (None, "config.json"):
            found = find(tmp_path, hub, "org/official", file=file, options=options, **environment)
            reason = "local_files_only=True" if options else "HF_HUB_OFFLINE=1"
            assert "'org/official' is no file or folder" in found
            assert f"there is no copy of it, and {reason} forbids to fetch one" in found
    assert hub.requests == []
    folder = find(tmp_path, hub, "org/official")
    hub.requests.clear()
    assert find(tmp_path, hub, "org/official", options={"local_files_only": True}) == folder
    assert find(tmp_path, hub, "org/official", file="vocab.json",
                options={"local_files_only": True}) == folder / "vocab.json"
    assert hub.requests == []


def test_offline_that_is_set_late(monkeypatch, tmp_path):
    """huggingface_hub looks at the variable only when it is imported, as it is here before"""
    pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(led_hub, "files_of_repository", None)
    with pytest.raises(OSError, match="HF_HUB_OFFLINE=1 forbids to fetch one"):
        weights.find("org/official", cache_dir=tmp_path)


def test_one_file_alone(tmp_path, hub):
    """A configuration is had without the weights; what is missing is named"""
    path = find(tmp_path, hub, "org/official", "main", "config.json")
    assert [file.name for file in path.parent.iterdir()] == ["config.json"]
    found = find(tmp_path, hub, "org/official", "main", "other.json")
    assert isinstance(found, str) and "it has no other.json" in found


def test_a_part_of_a_repository(tmp_path, hub):
    for subfolder in ("a/b", "a/b/"):
        folder = find(tmp_path, hub, "org/parts", options={"subfolder": subfolder})
        assert folder.parts[-2:] == ("a", "b")
        assert {path.name for path in folder.iterdir()} == set(files_of("led_sharded"))
    assert {path.name for path in folder.parent.parent.iterdir()} == {"a"}
    assert set(weights.load(folder)) == set(official_names(1, 1))
    options = {"subfolder": "a/b", "local_files_only": True}
    assert find(tmp_path, hub, "org/parts", options=options) == folder
    assert find(tmp_path, hub, "org/parts", file="config.json", options=options) == (
        folder / "config.json")
    assert "it has no a/config.json" in find(tmp_path, hub, "org/parts", file="config.json",
                                             options={"subfolder": "a"})
    assert "it has no weights" in find(tmp_path, hub, "org/parts", options={"subfolder": "a"})


def test_arguments_for_the_hub(tmp_path, hub):
    huggingface_hub = pytest.importorskip("huggingface_hub")
    cache = tmp_path / "mine"
    options = {"cache_dir": str(cache), "token": "hf_secret"}
    folder = find(tmp_path, hub, "org/official", options=options)
    assert cache in folder.parents and hub.tokens == {"Bearer hf_secret"}
    hub.tokens.clear()
    assert find(tmp_path, hub, "org/official", options=options | {"token": False}) == folder
    assert hub.tokens == {None}

    def fetched():
        found = {file for method, _, file in hub.requests if method == "GET"} - {"the list"}
        hub.requests.clear()
        return found

    fetched()
    assert find(tmp_path, hub, "org/official", options=options) == folder and fetched() == set()
    options["force_download"] = True
    assert find(tmp_path, hub, "org/official", options=options) == folder
    if not huggingface_hub.__version__.startswith("0.17"):  # whose snapshot_download forgets it
        assert fetched() == {path.name for path in folder.iterdir()}
    fetched()
    assert find(tmp_path, hub, "org/official", file="vocab.json", options=options).exists()
    assert fetched() == {"vocab.json"}
    found = find(tmp_path, hub, "org/official", options=options, HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE=1 forbids" in found  # though there is a copy: it is not wanted
    with pytest.raises(ValueError, match="force_download=True asks for what local_files_only=True"):
        weights.find("org/official", force_download=True, local_files_only=True)


def test_what_is_local_is_found_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org" / "official").mkdir(parents=True)
    file = shutil.copyfile(FIXTURES / "zip.bin", tmp_path / "x.bin")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # it is not needed
    assert weights.find("org/official") == Path("org/official")
    assert weights.find(file) == file and weights.find(str(file)) == file
    assert weights.find("org/official", file="config.json") == Path("org/official/config.json")
    assert weights.find("org", subfolder="official") == Path("org/official")
    assert weights.find("org", "config.json", subfolder="official") == (
        Path("org/official/config.json"))
    with pytest.raises(OSError, match="other: there is no such folder"):
        weights.find("org", subfolder="other")
    # of a file, its folder is what holds the rest; the configuration may have any name
    assert weights.find("x.bin", file="config.json") == Path("config.json")
    (tmp_path / "mine.json").write_text("{}")
    assert weights.find("mine.json", file="config.json") == Path("mine.json")
    assert weights.find("mine.json", file="vocab.json") == Path("vocab.json")
    with pytest.raises(OSError, match="'org/none' is no file .* `pip install huggingface_hub`"):
        weights.find("org/none")


# ------------------------------------------------------------------------------------------------
# Command line
# ------------------------------------------------------------------------------------------------

def run(*arguments, **options):
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"} | options.pop("environment", {})
    return subprocess.run([sys.executable, "weights.py", *map(str, arguments)], cwd=ROOT,
                          **{"text": True, "capture_output": True, "env": environment} | options)


def test_the_list_of_a_checkpoint(tmp_path):
    weights.save(tmp_path, {"a.weight": np.ones((1200, 5), np.float16), "b": np.float64(3),
                            "c": np.ones(0, bool)})
    output = run(tmp_path)
    assert output.returncode == 0 and output.stderr == ""
    assert output.stdout == (
        "b         F64               8  []\n"
        "a.weight  F16          12,000  [1200, 5]\n"
        "c         BOOL              0  [0]\n"
        "3 tensors, 6,001 elements, 12,008 bytes\n")


def test_the_list_of_every_fixture():
    for path, count in ((FIXTURES / "zip.bin", 21), (FIXTURES / "legacy.bin", 19),
                        (FIXTURES / "led_sharded", 56), (FIXTURES / "led_bin_sharded", 59)):
        output = run(path)
        assert output.stdout.splitlines()[-1].startswith(f"{count} tensors, "), output.stderr
        assert len(output.stdout.splitlines()) == count + 1


def test_names_are_not_commands_to_the_terminal(tmp_path):
    weights.save(tmp_path / "x.safetensors", {"\x1b[2J\x1b]0;title\x07": np.ones(2)})
    output = run(tmp_path / "x.safetensors").stdout
    assert "\x1b" not in output and "\x07" not in output and r"'\x1b[2J" in output


def test_errors_on_the_command_line(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"0123456789")
    for arguments, code, message in (
            ([], 2, "usage: python weights.py CHECKPOINT"), (["a", "b"], 2, "usage"),
            (["--unknown"], 2, "usage"), ([tmp_path / "x.bin"], 1, "neither safetensors"),
            ([tmp_path / "nothing"], 1, "is no file or folder"),
            (["org/nothing"], 1, "HF_HUB_OFFLINE=1 forbids"),
            ([tmp_path], 1, "no weights here")):
        output = run(*arguments)
        assert (output.returncode, output.stdout) == (code, "")
        assert message in output.stderr and "Traceback" not in output.stderr
        assert code == 2 or re.fullmatch(r"weights\.py: .*\n", output.stderr)
    output = run("--help")
    assert (output.returncode, output.stderr) == (0, "")
    assert "CHECKPOINT" in output.stdout and "standard input" in output.stdout


@pytest.mark.parametrize("file", ["library.safetensors", "zip.bin", "legacy.bin"])
def test_a_checkpoint_on_standard_input(file):
    content = (FIXTURES / file).read_bytes()
    output = run("-", input=content, text=False)
    assert (output.returncode, output.stderr) == (0, b"")
    assert output.stdout.decode() == run(FIXTURES / file).stdout
    with open(FIXTURES / file, "rb") as opened:
        assert run("-", stdin=opened).stdout == run(FIXTURES / file).stdout
    for content, message in ((b"", "empty or nearly so"), (content[:-1], ""), (bytes(99), "nei")):
        output = run("-", input=content, text=False)
        assert output.returncode == 1 and output.stdout == b""
        assert re.fullmatch(rf"weights\.py: standard input: .*{message}.*\n",
                            output.stderr.decode())


@pytest.mark.skipif(os.name == "nt", reason="the shell of a POSIX system")
def test_streams_that_are_closed(tmp_path):
    weights.save(tmp_path, {f"{n:0200}": np.ones(1) for n in range(1000)})
    for shell, message in (
            (f"weights.py {tmp_path} >&-", "standard output is closed"),
            ("weights.py - <&-", "standard input is closed"),
            (f"weights.py {tmp_path} | head -n 1", "standard output was closed before all was written"),
            (f"weights.py {tmp_path} >/dev/full", r"\[Errno 28\] No space left")):
        if "/dev/full" in shell and not os.path.exists("/dev/full"):
            continue
        shell = f"({sys.executable} {shell.replace(' |', '; echo $? >&2) |')}"
        shell = shell if "|" in shell else shell + "; echo $? >&2)"
        output = subprocess.run(shell, shell=True, cwd=ROOT, text=True, capture_output=True)
        assert re.fullmatch(rf"weights\.py: {message}.*\n1\n", output.stderr), output.stderr
        assert len(output.stdout.splitlines()) == ("head" in shell)


@pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system")
def test_interrupted_on_the_command_line():
    """Ctrl-C while it waits for its input, which it has begun to read"""
    process = subprocess.Popen([sys.executable, "weights.py", "-"], cwd=ROOT, bufsize=0,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(
                                   signal.SIGINT, signal.default_int_handler))
    process.stdin.write(bytes(1 << 20))  # more than the pipe holds: back when most of it is read
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (130, b"weights.py: interrupted\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_names_are_written_in_utf8(tmp_path, encoding):
    path = tmp_path / "ü.safetensors"
    weights.save(path, {"中文.ü": np.ones((2, 3), np.int8)})
    environment = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    output = run(path, text=False, environment=environment)
    assert (output.returncode, output.stderr) == (0, b"")
    name, dtype, *_ = output.stdout.decode().split()
    assert (name, dtype) == ("中文.ü", "I8")
    output = run(tmp_path / "中文", text=False, environment=environment)
    assert output.returncode == 1 and output.stderr.startswith(b"weights.py: ")
    assert b"Traceback" not in output.stderr and output.stderr.count(b"\n") == 1
