"""Makes test/goldens/features/: one array of features as numpy and safetensors write it.

Made with Python 3.11, numpy 2.4.6, safetensors 0.8.0. Run from anywhere: python features.py
The numbers -3, -2.5, ..., 8.5 as (2 items, 3 vectors, width 4). They are exact in float16, so the test has no tolerance.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

OUT = Path(__file__).parent.parent / "features"
OUT.mkdir(exist_ok=True)
array = (np.arange(24, dtype=np.float32) / 2 - 3).reshape(2, 3, 4)
np.save(OUT / "f4.npy", array)
np.save(OUT / "f2.npy", array.astype(np.float16))
save_file({"anvil.wav": array[0], "bell.wav": array[1]}, OUT / "items.safetensors")
