/** Where we knowingly differ from PyTorch's tables, and why; a key may end in " in float64". A test holds the rest. */
export const known: Readonly<Record<string, string>> = {
  "op as_strided_scatter":
    "PyTorch 1.13's gradient of the input is wrong: it is not 0 where src replaces the input, and 0 or unset elsewhere",
  "op sgn":
    "PyTorch's gradient is 0, as ours, but has no storage in 1.13: the table holds what its bytes happened to be",
  "op zero_":
    "the row changes a leaf that requires grad in place, which PyTorch refuses as we do; its table clones first",
  "op special.bessel_j0 in float64":
    "PyTorch 1.13 is off by some 1e-7 absolute; we agree with SciPy and mpmath",
  "op special.bessel_y1 in float64":
    "PyTorch 1.13 is off by some 1e-7 absolute; we agree with SciPy and mpmath",
};
