"""What a reader of led.py, bpe.py and weights.py may skip: speed, files, habits of transformers."""
