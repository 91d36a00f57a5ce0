"""The way out to PyTorch, run: what notebook 10 shows for torchrun continues a checkpoint of ours
with the losses that we would have, on two processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import led
from tests.common import HAS_TORCH

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"

pytestmark = pytest.mark.skipif(
    not HAS_TORCH, reason="compares with torch: pip install -r requirements-parity.txt")


def test_training_goes_on_with_torchrun(tmp_path, monkeypatch):
    """Three steps in float32 on two processes with different numbers of labels"""
    monkeypatch.syspath_prepend(str(NOTEBOOKS))
    import data_parallel

    source = (NOTEBOOKS / "10_scaling.py").read_text(encoding="utf-8")
    (script,) = re.findall(r"# ```python\n(# # continue\.py.*?)# ```", source, re.DOTALL)
    script = re.sub("^# ?", "", script, flags=re.MULTILINE)
    (tmp_path / "continue.py").write_text(script, encoding="utf-8")

    _, model, batch = data_parallel.reports()
    batch["labels"][1, 9:] = -100
    params = {name: param.astype(np.float32) for name, param in model.params.items()}
    model = led.LEDForConditionalGeneration(model.config, params=params)
    model.save_pretrained(tmp_path / "model")
    np.savez(tmp_path / "batch.npz", **batch)
    ran = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         "continue.py", "model", "batch.npz"], cwd=tmp_path, capture_output=True, text=True,
        timeout=300, env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[:6000]
    theirs = [float(number) for number in re.findall(r"step \d: loss ([\d.]+)", ran.stdout)]

    optimizer, ours = led.AdamW(model.params, lr=1e-3, weight_decay=0.01), []
    for _ in range(3):
        loss, grads = model.value_and_grad(**batch)
        led.clip_gradients(grads, 1.0)
        optimizer.step(grads)
        ours.append(loss)
    assert len(theirs) == 3 and ours[0] - ours[2] > 0.1
    assert np.abs(np.subtract(ours, theirs)).max() < 2e-5, (ours, theirs)
