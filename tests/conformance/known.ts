/** Where we knowingly differ from PyTorch's tables, and why; a key may end in " in float64". A test holds the rest. */
export const known: Readonly<Record<string, string>> = {
  "op as_strided_scatter": "PyTorch 1.13 gives uninitialised memory as the gradient of its input",
  "op sgn": "PyTorch 1.13 gives uninitialised memory as its gradient, which is 0",
  "op zero_":
    "the row changes a leaf that requires grad in place, which PyTorch refuses as we do; its table clones first",
  "op special.bessel_j0 in float64":
    "PyTorch 1.13 is off by 1e-6; we agree with mpmath and SciPy to a few ulp",
  "op special.bessel_y1 in float64":
    "PyTorch 1.13 is off by 1e-6; we agree with mpmath and SciPy to a few ulp",
};
