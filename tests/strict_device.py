"""A stand-in for CuPy on machines without a GPU: arrays that NumPy's own functions refuse.

CuPy's arrays cannot be turned into NumPy arrays without being asked to (`.get()`), and its
functions take CuPy arrays alone. `StrictArray` keeps these rules over memory of the host, so that
a function which would only run with NumPy fails here as it would on a GPU. It says nothing about
CuPy's own numbers or speed.
"""

import types

import numpy as np

# The functions of CuPy 13 that led.py may use; test_device.py compares them with an installed CuPy.
FUNCTIONS = """abs arange asarray broadcast_to clip concatenate empty_like exp flatnonzero full
    log log1p maximum ones pad sqrt tanh where zeros zeros_like""".split()
TYPES = "float32 float64 int64 uint32".split()


def unwrap(value):
    """Host values of the arguments of a device function; a NumPy array among them is refused."""
    if isinstance(value, StrictArray):
        return value.values
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError("a NumPy array reached a function of the device")
    if isinstance(value, (list, tuple)):
        return type(value)(unwrap(item) for item in value)
    if isinstance(value, slice):
        return slice(unwrap(value.start), unwrap(value.stop), unwrap(value.step))
    return value


def wrap(value):
    """Arrays, and numbers with them, belong to the device."""
    return StrictArray(value) if isinstance(value, (np.ndarray, np.generic)) else value


class StrictArray:
    """A device array: methods and operators take and give StrictArrays."""

    __array_ufunc__ = None  # NumPy's functions and operators refuse it

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, *args, **kwargs):
        raise TypeError("implicit conversion of a device array to NumPy")

    def get(self):
        return self.values.copy()

    def __getattr__(self, name):
        if name.startswith("__"):  # NumPy's own ways to an array's memory
            raise AttributeError(name)
        attribute = getattr(self.values, name)
        if not callable(attribute):
            return wrap(attribute) if name == "T" else attribute
        return lambda *args, **kwargs: wrap(
            attribute(*unwrap(args), **{key: unwrap(value) for key, value in kwargs.items()})
        )

    def __getitem__(self, index):
        return wrap(self.values[unwrap(index)])

    def __setitem__(self, index, value):
        self.values[unwrap(index)] = unwrap(value)

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return (wrap(row) for row in self.values)

    def __float__(self):
        return float(self.values)

    def __int__(self):
        return int(self.values)

    def __bool__(self):
        return bool(self.values)


def add_operators():
    for name in """add sub mul truediv pow matmul and or xor rshift mod floordiv""".split():
        for form in (f"__{name}__", f"__r{name}__"):
            setattr(StrictArray, form, operator(form))
        setattr(StrictArray, f"__i{name}__", in_place(f"__{name}__"))
    for name in "lt le gt ge eq ne neg invert".split():
        setattr(StrictArray, f"__{name}__", operator(f"__{name}__"))


def operator(form):
    def apply(self, *other):
        return wrap(getattr(self.values, form)(*unwrap(other)))

    return apply


def in_place(form):
    def apply(self, other):
        result = getattr(self.values, form)(unwrap(other))
        self.values[...] = result.astype(self.values.dtype, casting="same_kind")
        return self

    return apply


add_operators()


def module():
    """The stand-in for `import cupy`."""
    cupy = types.ModuleType("cupy")

    def device_function(name):
        def call(*args, out=None, **kwargs):
            kwargs = {key: unwrap(value) for key, value in kwargs.items()}
            if out is not None:
                getattr(np, name)(*unwrap(args), out=out.values, **kwargs)
                return out
            return wrap(getattr(np, name)(*unwrap(args), **kwargs))

        return call

    for name in FUNCTIONS:
        setattr(cupy, name, device_function(name))
    for name in TYPES:
        setattr(cupy, name, getattr(np, name))
    # The three that bring host values over, and what is not a plain function
    cupy.asarray = lambda value, dtype=None: StrictArray(
        np.array(value.values if isinstance(value, StrictArray) else value, dtype=dtype)
    )
    cupy.finfo = np.finfo
    cupy.get_array_module = lambda *arrays: (
        cupy if any(isinstance(array, StrictArray) for array in arrays) else np
    )
    cupy.add = types.SimpleNamespace(
        at=lambda array, index, values: np.add.at(array.values, unwrap(index), unwrap(values))
    )

    def as_strided(array, shape=None, strides=None):
        return wrap(np.lib.stride_tricks.as_strided(array.values, shape, strides))

    cupy.lib = types.SimpleNamespace(stride_tricks=types.SimpleNamespace(as_strided=as_strided))
    return cupy
