"""The numerical tests once more, on led.py as it reads: the same files, with LED_PLAIN=1.

    LED_PLAIN=1 python -m pytest        # all tests so

Here with one thread of BLAS: the matrices are small, and the threads of several programs, which
wait awake for their next product, would keep each other waiting for minutes on a busy machine.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from led_support.twins import PLAIN

ROOT = Path(__file__).parent.parent
FILES = ["forward", "gradients", "generation", "edges", "properties", "device",
         "live_parity", "live_gradients", "live_generation"]  # fmt: skip


@pytest.mark.skipif(PLAIN, reason="this is the run with LED_PLAIN=1")
@pytest.mark.parametrize("name", FILES)
def test_as_it_reads(name):
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"tests/test_{name}.py"],
        cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"LED_PLAIN": "1", "OPENBLAS_NUM_THREADS": "1"})  # fmt: skip
    print(run.stdout, run.stderr)
    summary = run.stdout.splitlines()[-1]
    # 5: nothing was collected, as where a whole file is skipped for want of a library
    assert run.returncode in (0, 5), summary
    passed = re.search(r"(\d+) passed", summary)
    if not passed:
        pytest.skip(re.search(r"^SKIPPED.*: (.*)", run.stdout, re.MULTILINE)[1])
