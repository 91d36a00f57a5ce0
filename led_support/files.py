"""Reading, checking and writing what led.py, bpe.py and weights.py all read, check and write.

Values become Python's own (`plain`), are checked (`check_number`, `check_flag`, `one_of`), come from
JSON files (`read_json`) and go into files that are there as a whole or not at all (`replacing`).
Commands read a document (`read_input`) and end in one line (`exit_status`).
"""

import codecs
import contextlib
import errno
import io
import json
import numbers
import os
import secrets
import sys
from pathlib import Path

# ------------------------------------------------------------------------------------------------
# Values
# ------------------------------------------------------------------------------------------------


def plain(value):
    """A value as JSON can hold it: numbers, strings and arrays of NumPy (or of torch) as Python's
    own numbers, strings and lists, also within dicts, lists and tuples; the tuples as lists.

    So settings can be saved, and a float64 cannot turn the float32 that it meets into float64.
    """
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {plain(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def check_number(name, value, low, high, whole=True):
    """Raises ValueError unless `value` is a finite number in low..high."""
    kind = numbers.Integral if whole else numbers.Real
    if not isinstance(value, kind) or isinstance(value, bool) or not low <= value <= high:
        expected = "an integer" if whole else "a number"
        raise ValueError(f"{name}: expected {expected} in {low}..{high}, found {value!r:.80}")


def check_flag(name, value):
    """Raises ValueError unless `value` is True, False or, which is off, None."""
    if plain(value) not in (True, False, None):
        raise ValueError(f"{name}: expected True or False, found {value!r:.80}")


def one_of(name, value, allowed):
    """The one of the `allowed` values that `value` is; ValueError if it is none. 1 is not True."""
    value = plain(value)
    for choice in allowed:
        if type(value) is type(choice) and value == choice:
            return choice
    expected = " or ".join(map(repr, allowed))
    raise ValueError(f"{name}: expected {expected}, found {value!r:.80}")


# ------------------------------------------------------------------------------------------------
# Reading
# ------------------------------------------------------------------------------------------------


def parse_json(text, what):
    """The object in a JSON text. ValueError says what is wrong with `what`: it may come from a
    stranger. A name that stands twice is wrong, too: which one would hold?"""
    def unique(pairs):
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError("a name stands twice in one JSON object")
        return result

    try:
        value = json.loads(text, object_pairs_hook=unique)
    except RecursionError:
        raise ValueError(f"{what} is nested too deeply") from None
    except ValueError as error:  # no JSON, or a number of too many digits
        raise ValueError(f"{what} is not JSON as expected: {error}") from None
    if not isinstance(value, dict):
        raise ValueError(f"{what} should be a JSON object, not {type(value).__name__}")
    return value


def read_text(path):
    """The text of a UTF-8 file, with "\\n" for every end of line and no byte order mark. OSError
    names the file if it cannot be read as one."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(f"{path} is not UTF-8: {error}") from None


def read_json(path):
    """The object in a JSON file. OSError names the file if it cannot be read as one."""
    text = read_text(path)
    try:
        return parse_json(text, path)
    except ValueError as error:
        raise OSError(str(error)) from None


def read_input(name):
    """The text of a file, or of standard input where `name` is -, without a byte order mark.

    ValueError names what cannot be read as a text in UTF-8.
    """
    try:
        if name != "-":
            data = Path(name).read_bytes()
        elif sys.stdin is not None:
            data = sys.stdin.buffer.read()
        else:
            raise ValueError("-: standard input is closed")
    except OSError as error:
        raise ValueError(f"{name}: {error.strerror}") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data:
        raise ValueError(f"{name}: not UTF-8 but UTF-16, or no text at all; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: not UTF-8 (byte {error.start}: {error.reason})") from error


# ------------------------------------------------------------------------------------------------
# Writing
# ------------------------------------------------------------------------------------------------

# What file systems answer that cannot sync a file or a folder (CIFS, VirtualBox's, many in user
# space) or will not open a folder: what was written is in their hands then. A disk that is full or
# broken answers otherwise.
CANNOT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF,
               errno.EACCES, errno.EISDIR}


def json_bytes(value):
    """A JSON file's content, as the reference lays it out."""
    return (json.dumps(plain(value), indent=2, sort_keys=True) + "\n").encode()


def sync(handle):
    """Has what was written to an open file, or the names in a folder, on the disk before going on,
    if the file system can."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in CANNOT_SYNC:
            raise


def sync_folder(folder):
    """`sync` for the names in a folder."""
    if os.name == "nt":
        return  # Windows opens no folders
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in CANNOT_SYNC:
            raise
        return
    try:
        sync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing(path):
    """A file to write, under a temporary name beside `path`, which is the file's `name`."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            sync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def rename(renames):
    """Gives each written file, {temporary: path}, the name that it is for, in one breath."""
    for temporary, path in renames.items():
        os.replace(temporary, path)


@contextlib.contextmanager
def replacing(path, beside=None):
    """A file to write, under a temporary name; once complete it becomes `path` in one step. Files
    `beside`, {temporary: path}, get their names right after it."""
    path = Path(path)
    with writing(path) as file:
        yield file
    try:
        rename({Path(file.name): path} | (beside or {}))
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


# ------------------------------------------------------------------------------------------------
# Command lines
# ------------------------------------------------------------------------------------------------


def exit_status(program, command, *arguments):
    """Runs a command. What its user can cause ends it in one line on stderr -> 0 or 1"""
    if sys.stderr is None:  # closed: what is said there must not go to the result instead
        sys.stderr = open(os.devnull, "w", encoding="utf-8")
    try:
        if sys.stdout is None:
            raise OSError("standard output is closed")
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a notebook's is something else
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        try:
            command(*arguments)
        finally:  # also after --help, which leaves by SystemExit
            try:
                sys.stdout.flush()
            except OSError:  # Python flushes once more at its end, and would say more
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise
    except (ImportError, MemoryError, OSError, RuntimeError, ValueError) as error:
        message = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, BrokenPipeError):
            message = "standard output was closed before all was written"
        print(f"{program}: {message}", file=sys.stderr)
        return 1
    return 0
