"""Weights that need no file: every number is k / 128 * 2^e + added, k from a generator that test/helpers/numbered-weights.ts has too."""

import numpy as np


def numbers(count, start):
    """`count` whole numbers from -128 to 127: the generator of src/tensor/random.ts (mulberry32) from its `start`-th number on."""
    state = ((np.arange(start + 1, start + count + 1, dtype=np.uint64) * 0x6D2B79F5) & 0xFFFFFFFF).astype(np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    mixed = ((state ^ (state >> np.uint64(15))) * (state | np.uint64(1))) & mask
    mixed ^= (mixed + (((mixed ^ (mixed >> np.uint64(7))) * (mixed | np.uint64(61))) & mask)) & mask
    return (((mixed ^ (mixed >> np.uint64(14))) & mask) >> np.uint64(24)).astype(np.int64) - 128


def values(shape, exponent, added, start):
    """A tensor's numbers as float32."""
    count = int(np.prod(shape))
    return (numbers(count, start).reshape(shape) / 128 * 2.0**exponent + added).astype(np.float32)
