"""What a reader of led.py, bpe.py and weights.py may skip: speed, files, habits of transformers.

The first import of it comes before that of NumPy: it refuses old Pythons, and where one of the
three is run as a program, Ctrl-C from then on ends the program in one line.
"""

import os
import sys

PROGRAM = os.path.basename(getattr(sys.modules["__main__"], "__file__", None) or "")

if sys.version_info < (3, 10):
    sys.exit("LED in NumPy needs Python 3.10 or newer, this is Python " + sys.version.split()[0])

if PROGRAM in ("led.py", "bpe.py", "weights.py"):
    import signal

    def interrupted(*_):
        newline = b"\n" * sys.stderr.isatty()
        try:
            os.write(sys.stderr.fileno(), newline + PROGRAM.encode() + b": interrupted\n")
        finally:
            os._exit(130)

    signal.signal(signal.SIGINT, interrupted)
