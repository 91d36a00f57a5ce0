"""Reading, checking and writing what led.py, bpe.py and weights.py all read, check and write.

Values become Python's own (`plain`), are checked (`check_number`, `check_flag`, `one_of`), come
from JSON files (`read_json`) and go into files that are there as a whole or not at all
(`replacing`, `write_checkpoint`). Commands read a document (`read_input`) and end in one line
(`exit_status`).
"""

import codecs
import contextlib
import errno
import io
import json
import numbers
import os
import re
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


def expect(holds, name, expected, found):
    """Raises ValueError unless it `holds`: what was expected of `name`, and what was found."""
    if not holds:
        raise ValueError(f"{name}: expected {expected}, found {found!r:.80}")


def check_number(name, value, low, high, whole=True):
    """Raises ValueError unless `value` is a finite number in low..high."""
    kind = numbers.Integral if whole else numbers.Real
    is_number = isinstance(value, kind) and not isinstance(value, bool)
    expected = "an integer" if whole else "a number"
    expect(is_number and low <= value <= high, name, f"{expected} in {low}..{high}", value)


def check_type(name, value, kinds, expected):
    """Raises ValueError unless `value` is of one of the `kinds`, which is called `expected`."""
    expect(isinstance(value, kinds), name, expected, value)


def check_flag(name, value):
    """Raises ValueError unless `value` is True, False or, which is off, None."""
    expect(plain(value) in (True, False, None), name, "True or False", value)


def one_of(name, value, allowed):
    """The one of the `allowed` values that `value` is; ValueError if it is none. 1 is not True."""
    value = plain(value)
    for choice in allowed:
        if type(value) is type(choice) and value == choice:
            return choice
    expect(False, name, " or ".join(map(repr, allowed)), value)


@contextlib.contextmanager
def naming(source):
    """Puts the name of a file or option in front of what a ValueError within it says."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


# ------------------------------------------------------------------------------------------------
# Reading
# ------------------------------------------------------------------------------------------------


def parse_json(data, what):
    """The object in the bytes of a JSON text. ValueError says what is wrong with `what`, as it may
    come from a stranger. A name that stands twice is wrong, too: which one would hold?"""
    def unique(pairs):
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError("a name stands twice in one JSON object")
        return result

    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=unique)
    except RecursionError:
        raise ValueError(f"{what}: nested too deeply") from None
    except ValueError as error:  # not UTF-8, no JSON, or a number of too many digits
        raise ValueError(f"{what}: not JSON as expected ({error})") from None
    if not isinstance(value, dict):
        raise ValueError(f"{what}: should be a JSON object, not {type(value).__name__}")
    return value


def read_json(path):
    """The object in a JSON file. OSError names the file if it cannot be read as one."""
    data = Path(path).read_bytes()
    try:
        return parse_json(data, path)
    except ValueError as error:
        raise OSError(str(error)) from None


def read_text(path):
    """The text of a UTF-8 file, with "\n" for every end of line and no byte order mark. OSError
    names the file if it cannot be read as one."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(f"{path}: not UTF-8 ({error})") from None


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


def json_bytes(value, **layout):
    """A JSON file's content, as the reference lays it out, but for what `layout` (arguments of
    json.dumps) says."""
    return (json.dumps(plain(value), **{"indent": 2, "sort_keys": True, **layout}) + "\n").encode()


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
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
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


def write_file(path, content):
    """Writes the bytes of a file, which is there as a whole or not at all."""
    with replacing(path) as file:
        file.write(content)


# ------------------------------------------------------------------------------------------------
# The folder of a checkpoint
# ------------------------------------------------------------------------------------------------

# What a file says about its tensors (a JSON header, an index, a pickle, a zip directory) takes 100
# to 200 bytes for each: this is room for thousands of tensors, where LED has some hundreds. It
# bounds what a hostile description can cost: half a second, and some 50 MB.
MAX_DESCRIPTION = 1 << 19
SHARD = r"model(-\d+)?-\d{5}-of-\d{5}\.safetensors"


def shard_names(index_path):
    """{tensor name: file name} of an index: the files stand beside it, and nowhere else.

    ValueError for an index that says anything else, or is no index.
    """
    with open(index_path, "rb") as file:
        text = file.read(MAX_DESCRIPTION + 1)
    if len(text) > MAX_DESCRIPTION:
        raise ValueError(f"{index_path}: an index of more than {MAX_DESCRIPTION} bytes is not read")
    weight_map = parse_json(text, index_path).get("weight_map")
    check_type(f"{index_path}: weight_map", weight_map, dict, "an object")
    for name, file in weight_map.items():
        # A plain name. That the file of this name may be a symbolic link is the user's, or the hub
        # cache's, own doing: a checkpoint does not choose where it leads.
        if not isinstance(file, str) or file in ("", ".", "..") or re.search(r"[/\\:\0]", file):
            raise ValueError(f"{index_path}: {name!r:.80} is said to be in {file!r:.80}, which is "
                             "not the name of a file in this folder")
    return weight_map


def index_bytes(content, indent=None):
    """A header or index as JSON: no longer than what is read."""
    text = json_bytes(content, sort_keys=False, indent=indent)
    if len(text) > MAX_DESCRIPTION:
        raise ValueError(f"the names and shapes of the tensors take {len(text)} bytes, "
                         f"{MAX_DESCRIPTION} are allowed")
    return text


def leftover(name):
    """The pattern of the temporary files that an interrupted save of `name` (a pattern) leaves."""
    return rf"\.{name}\.[0-9a-f]{{8}}\.tmp"


def remove_files(folder, pattern):
    """Remove the files of a folder whose name matches."""
    for path in folder.iterdir():
        if re.fullmatch(pattern, path.name):
            path.unlink(missing_ok=True)


def listed_shards(folder):
    """The names of the shards that the index of a folder lists, if it has one."""
    index = folder / "model.safetensors.index.json"
    return set(shard_names(index).values()) if index.exists() else set()


def note_shards(folder, names):
    """Note down which shards a save is about to write or to replace, for `remove_stale`. The note
    is a temporary file like the others; a name that was only partly written matches nothing."""
    with writing(folder / "shards.json") as file:
        file.write("\n".join(names).encode())


def remove_stale(folder):
    """Remove what saves have left, finished, failed or killed: temporary files, and those shards
    which they noted down and the index does not list. A shard in no note is somebody else's."""
    noted = set()
    for note in folder.iterdir():
        if re.fullmatch(leftover(r"shards\.json"), note.name):
            noted |= set(note.read_text(encoding="utf-8", errors="replace").split("\n"))
    try:
        noted -= listed_shards(folder)
    except ValueError:
        noted = set()  # no index that could be read: no shard is known to be stale
    for name in noted:
        if re.fullmatch(SHARD, name):
            (folder / name).unlink(missing_ok=True)
    remove_files(folder, leftover(r"[\w.-]+\.(safetensors|json)"))


def save_shards(folder, shards, write, beside):
    """Write a list of {name: array} to a folder's files, and rename the files `beside` after the
    decisive step."""
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    try:
        old = listed_shards(folder)
    except ValueError:
        old = set()  # the index is broken: which shards were of it is not known
    if len(shards) == 1:
        note_shards(folder, old)
        write(single, shards[0], beside)  # the decisive step: before any index
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
        text = index_bytes({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=2)
        note_shards(folder, [*old, *files])
        for file, shard in files.items():
            write(folder / file, shard)
        was_single = single.exists()  # it comes before an index, so that its removal decides
        try:
            with replacing(index, None if was_single else beside) as file:
                file.write(text)
            if was_single:
                single.unlink()
        except BaseException:
            if was_single and single.exists():
                index.unlink(missing_ok=True)  # of shards that nobody is going to find
            raise
        if was_single:
            rename(beside)
    sync_folder(folder)


def write_checkpoint(folder, shards, write, beside):
    """Writes a list of {name: array} to a folder's files, which is made if need be: of safetensors,
    each by `write(path, tensors, beside)`, and an index if there are several. `beside`, {file name:
    bytes}, as in weights.save, where the promises stand."""
    folder.mkdir(parents=True, exist_ok=True)
    remove_stale(folder)
    try:
        renames = {}
        for name, content in beside.items():
            with writing(folder / name) as file:
                file.write(content)
            renames[Path(file.name)] = folder / name
        save_shards(folder, shards, write, renames)
    finally:
        remove_stale(folder)


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
