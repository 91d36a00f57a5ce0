"""Where the files of a model are: in a folder, or in a repository of huggingface.co.

`find` gives the local path of what is asked for, and fetches it before if need be. What a folder
holds that has none of it is said in the error (`without`, `hint`).
"""

import os
import queue
import re
import threading
from pathlib import Path

from led_support.files import shard_names

# The files of weights in a folder: the first that is there holds them, or lists the files that do.
WEIGHTS = ("model.safetensors", "model.safetensors.index.json",
           "pytorch_model.bin", "pytorch_model.bin.index.json",
           "tf_model.h5", "tf_model.h5.index.json")
TOKENIZER_FILES = ("tokenizer_config.json", "tokenizer.json", "vocab.json", "merges.txt",
                   "special_tokens_map.json", "added_tokens.json")
CONFIG_FILES = ("config.json", "generation_config.json", *TOKENIZER_FILES)

PATIENCE = 8  # seconds for the hub's first answer; by itself huggingface_hub tries for minutes
CONNECTION_ERRORS = {"ConnectionError", "Timeout", "TransportError", "TimeoutError"}


# ------------------------------------------------------------------------------------------------
# Folders
# ------------------------------------------------------------------------------------------------

# What other folders hold: the name of a file in them, and what to do about it.
FOREIGN = (
    (r"adapter_(config\.json|model\..*)",
     "a LoRA adapter, which changes a model and is none: merge it in PEFT, "
     "model.merge_and_unload().save_pretrained(folder), and give that folder"),
    (r"zero_to_fp32\.py|.*_model_states\.pt",
     "a checkpoint of DeepSpeed, in pieces: make one file of them with "
     "`python zero_to_fp32.py . pytorch_model.bin`, run in it"),
    (r".*\.distcp|pytorch_model_fsdp_\d+/",
     "a distributed checkpoint of FSDP, in pieces: make one file of them with "
     "`accelerate merge-weights`"),
    (r"flax_model\.msgpack.*",
     "weights for Flax: load them in transformers with from_flax=True and save them again"),
    (r".*-\d{5}-of-\d{5}\.(safetensors|bin|h5)",
     "shards without the index that lists them, such as model.safetensors.index.json"))
OF_WEIGHTS = r".*\.(safetensors|bin|pt|pth|ckpt|h5)"
OF_TRAINING = r"(optimizer|scheduler|scaler|rng_state.*|random_states.*|training_args)\.\w+"


def hint(names):
    """What these files and folders/ are, none of them one of `WEIGHTS`, for a message's end."""
    for pattern, text in FOREIGN:
        for name in names:
            if re.fullmatch(pattern, name):
                return f"; {name} belongs to {text}"
    for name in names:
        if re.fullmatch(OF_WEIGHTS, name) and not re.fullmatch(OF_TRAINING, name):
            return f"; if {name} holds the weights, give its path"
    return ""


def without_weights(folder):
    """What a folder is that has none of `WEIGHTS`, for the end of a message."""
    paths = sorted(folder.iterdir())
    if not paths:
        return "; the folder is empty, without even a config.json"
    for path in paths:  # of the hub's cache, from which the file itself was deleted
        if path.is_symlink() and not path.exists():
            return (f"; {path.name} is a link to {os.readlink(path)}, and nothing is there: fetch "
                    "the model again, with force_download=True")
    within = [path for path in [*paths, *folder.glob("snapshots/*")]  # of the hub's cache
              if any((path / name).is_file() for name in WEIGHTS)]
    if within:
        return f"; but {within[-1]} has weights"
    return hint([path.name + "/" * path.is_dir() for path in paths])


# ------------------------------------------------------------------------------------------------
# Repositories
# ------------------------------------------------------------------------------------------------

def files_of_repository(name, revision, token):
    """The names of the files that a repository of the hub has, if it answers in time."""
    from huggingface_hub import HfApi

    answers = queue.SimpleQueue()

    def ask():
        try:
            info = HfApi().model_info(name, revision=revision, token=token, timeout=PATIENCE)
            answers.put([file.rfilename for file in info.siblings])
        except Exception as error:
            answers.put(error)

    # A time limit of the library holds for each of several attempts: this one holds for all.
    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE)
    except queue.Empty:
        raise TimeoutError(f"no answer within {PATIENCE} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def download(name, folder, files, needed, wanted, options):
    """The local path of the first of the `needed` files, after fetching what of it and of the
    `wanted` ones is not there yet; `folder` is the part of the repository, "" or like "a/b/",
    `files` the names of all its files."""
    from huggingface_hub import hf_hub_download, snapshot_download

    files = [path.removeprefix(folder) for path in files if path.startswith(folder)]
    found = next((file for file in needed if file in files), None)
    if found is None:
        what = "weights" if needed == WEIGHTS else folder + needed[0]
        raise OSError(f"it has no {what}; looked for {', '.join(needed)}{hint(files)}")
    if not wanted:
        return Path(hf_hub_download(name, folder + found, **options))
    wanted = {*wanted, found}
    if found.endswith(".index.json"):
        shards = set(shard_names(hf_hub_download(name, folder + found, **options)).values())
        if not shards <= set(files):
            raise OSError(f"its {found} lists {min(shards - set(files))}, which it lacks")
        wanted |= shards
    patterns = sorted(folder + file for file in wanted)
    return Path(snapshot_download(name, allow_patterns=patterns, **options), folder, found)


def from_cache(name, folder, needed, options):
    """The local path of the first of the `needed` files that was fetched before, or else None."""
    from huggingface_hub import try_to_load_from_cache

    for file in needed:
        path = try_to_load_from_cache(name, folder + file, cache_dir=options["cache_dir"],
                                      revision=options["revision"])
        if isinstance(path, str):
            return Path(path)
    return None


def find_in_hub(name, folder, needed, wanted, local_files_only, options):
    """The local path of the first of the `needed` files of a repository. The error says why it
    could not be had. options: for huggingface_hub."""
    try:
        from huggingface_hub import constants
    except ImportError:
        raise OSError("models of huggingface.co need `pip install huggingface_hub`") from None

    offline = "local_files_only=True" if local_files_only else "HF_HUB_OFFLINE=1"
    online = not (local_files_only or constants.HF_HUB_OFFLINE or os.environ.get(
        "HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"))
    try:
        if not online:
            raise OSError(f"there is no copy of it, and {offline} forbids to fetch one")
        files = files_of_repository(name, options["revision"], options["token"])
    except Exception as error:  # of huggingface_hub, requests or httpx, as its version has it
        # Whatever the reason is, a missing connection for one, it may have been fetched before.
        path = from_cache(name, folder, needed, options)
        if path is not None and not options["force_download"]:
            return path
        if CONNECTION_ERRORS & {kind.__name__ for kind in type(error).__mro__}:
            raise OSError(
                f"{constants.ENDPOINT} cannot be reached ({error}). To work offline give a folder, "
                "or fetch the model once with a connection; with HF_HUB_OFFLINE=1 that copy is "
                "used without asking") from error
        raise
    return download(name, folder, files, needed, wanted, options)


def find(folder_or_hub_name, file=None, revision=None, cache_dir=None, local_files_only=False,
         token=None, force_download=False, subfolder="", *, needed=WEIGHTS, wanted=CONFIG_FILES):
    """The local path of a checkpoint: a file or folder as it is, or else a repository of the hub;
    or with `file`, such as "config.json", the path of that file in it, and no other is fetched.

    Of a repository, the configuration, the tokenizer and one kind of weights are fetched (the
    `wanted` files, and the first of the `needed` ones that is there) into the cache that
    huggingface_hub shares with transformers; what is there already is not fetched again, and
    without a connection (or with HF_HUB_OFFLINE=1) it is used as it is. What belongs to a local
    file of weights stands beside it.

    As in the reference (`PreTrainedModel.from_pretrained`): `subfolder` is the part of the folder
    or repository that is meant; the others are for the hub alone. `revision` is a branch, tag or
    commit, `cache_dir` another cache than the usual one, `token` the key to a private repository
    (True, or None: as `hf auth login` left it; False: none). local_files_only=True forbids any
    download, force_download=True any use of the cache. OSError if nothing is found, and within ten
    seconds if the hub cannot be reached; ValueError for arguments that contradict each other.
    """
    if force_download and local_files_only:
        raise ValueError("force_download=True asks for what local_files_only=True forbids")
    if not isinstance(folder_or_hub_name, (str, os.PathLike)):
        raise ValueError("expected the path of a folder or the name of a model on huggingface.co, "
                         f"found {folder_or_hub_name!r:.99}")
    name = os.fspath(folder_or_hub_name)
    path = Path(name)
    if name and path.exists():
        if path.is_file() and not subfolder:
            is_config = path.suffix == ".json" and not path.name.endswith(".index.json")
            if file is None or file == "config.json" and is_config:
                return path
            return path.parent / file
        path = path / (subfolder or "")
        if not path.is_dir():
            raise FileNotFoundError(f"{path}: there is no such folder")
        return path if file is None else path / file
    nowhere = f"{name!r} is no file or folder (looked under {Path.cwd()}), and"
    advice = ("Give the folder of a checkpoint, or the name of a model, such as "
              "allenai/led-base-16384")
    if not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", name, re.ASCII):
        raise OSError(f"{nowhere} it cannot be the name of a repository of huggingface.co. "
                      + advice)
    folder = subfolder.strip("/") + "/" if subfolder else ""
    if file is not None:
        needed, wanted = (file,), ()
    options = {"revision": revision, "cache_dir": cache_dir, "token": token,
               "force_download": force_download}
    try:
        path = find_in_hub(name, folder, needed, wanted, local_files_only, options)
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise OSError(f"{nowhere} could not be had as a model of huggingface.co or from its local "
                      f"cache: {reason}. {advice}, with a connection at the first use (and `hf "
                      "auth login` if it is private).") from error
    return path if file is not None else path.parent
