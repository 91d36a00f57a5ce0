"""What led.py, bpe.py and weights.py stand on, and can wait: speed, files, habits of transformers.

Its first import comes before NumPy's: it refuses old Pythons, and where one of the three files runs
as a program, Ctrl-C ends that from here on in one line.
"""

import os
import sys

if sys.version_info < (3, 10):
    sys.exit("LED in NumPy needs Python 3.10 or newer, this is Python " + sys.version.split()[0])

MAIN = os.path.realpath(getattr(sys.modules["__main__"], "__file__", None) or "")
FOLDER = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

if MAIN in [os.path.join(FOLDER, name) for name in ("led.py", "bpe.py", "weights.py")]:
    import signal

    def interrupted(*_):
        line = os.path.basename(MAIN).encode() + b": interrupted\n"
        try:
            os.write(sys.stderr.fileno(), b"\n" * sys.stderr.isatty() + line)
        finally:
            os._exit(130)

    signal.signal(signal.SIGINT, interrupted)
