/** Cases of ops: gamma. */
import { polygamma } from "../../ops/gamma.ts";
import { ones } from "../../ops/create.ts";
import { type Checks, type Table, unary, withArgs } from "./case.ts";

const lgamma = unary(0.3, 3, {
  cases: [{ of: [[4]], from: -2.9, to: -2.1 }, { of: [[4]], from: 3, to: 30 }],
  laws: { "Γ(x + 1) = x Γ(x)": ([x], [y]) => [x.add(1).lgamma(), y.add(x.abs().log())] },
});

/** PyTorch's trigamma has four terms of a series. */
const tolerance = 2e-8;

const digamma = unary(0.3, 3, {
  cases: [{ of: [[4]], from: -1.9, to: -1.1 }, { of: [[4]], from: 3, to: 30 }],
  laws: { "ψ(x + 1) = ψ(x) + 1/x": ([x], [y]) => [x.add(1).digamma(), y.add(x.reciprocal())] },
  tolerance,
  except: [-1, -30, -745.2, -1e300, -Infinity, 0, -0].map((x) => [x, "PyTorch's ψ′ has no poles"] as const),
});

const derivatives: Checks = {
  cases: [
    ...withArgs([[2, 3]], [0], [1], [2], [5]).map((c) => ({ ...c, from: 0.3, to: 4 })),
    ...withArgs([[3]], [1], [2], [3]).map((c) => ({ ...c, from: -2.9, to: -2.1 })),
    { of: [[]], args: [{ n: 1 }], from: 4, to: 12 },
    ...withArgs([{ values: [-1.5, 0, 0.5, 1, 30, NaN] }], [1], [2], [3]).map((c) => ({ ...c, kinks: true })),
    { of: [{ values: [1, 2], dtype: "int32" }], args: [2], gradient: "none" },
  ],
  torch: "torch.polygamma(kw.get('n', args[0] if args else None), a)",
  tolerance,
  laws: {
    "ψₙ(x + 1) = ψₙ(x) + (−1)ⁿ n! / xⁿ⁺¹": ([x], [y], [n]) => {
      const order = typeof n === "number" ? n : 1;
      const step = x.pow(-order - 1).mul([1, -1, 2, -6, 24, -120][order]);
      return [x.add(1).polygamma(order), y.add(step)];
    },
  },
  errors: [
    [
      () => polygamma(-1, ones([2])),
      "Cannot call polygamma() with n -1: it must be a whole number of at least 0",
    ],
    [
      () => ones([2]).polygamma(1.5),
      "Cannot call polygamma() with n 1.5: it must be a whole number of at least 0",
    ],
  ],
};

const multivariate: Checks = {
  cases: [
    ...withArgs([[2, 3]], [1], [2], [5]).map((c) => ({ ...c, from: 2.5, to: 6 })),
    { of: [[]], args: [{ p: 3 }], from: 2.5, to: 6 },
    { of: [{ values: [0, 0.5, 1, -1.3, Infinity, NaN] }], args: [3], kinks: true },
    { of: [{ values: [1, 2], dtype: "int32" }], args: [1], gradient: "none" },
  ],
  errors: [
    [() => ones([2]).mvlgamma(0), "Cannot call mvlgamma() with p 0: it must be a whole number of at least 1"],
  ],
};

/** Of both kinds of incomplete gamma functions: small, large and near arguments. */
const incomplete: Checks = {
  tolerance: 1e-9, // PyTorch's expansion for a near x has that many digits
  cases: [
    { of: [{ values: [[0.3], [1.5], [6]], constant: true }, [2, 1, 4]], from: 0.1, to: 9 },
    { of: [{ values: [25, 60, 150], constant: true }, [3]], from: 20, to: 170 },
    {
      of: [{ values: [[-1], [0], [1e-10], [0.5], [1], [30], [1e3], [Infinity], [NaN]], constant: true }, {
        values: [-1, 0, 1e-10, 0.2, 0.7, 1.2, 25, 31, 980, 1e10, Infinity, NaN],
      }],
      kinks: true,
    },
  ],
};

export const checks = {
  lgamma,
  "special.gammaln": lgamma,
  digamma,
  "special.psi": digamma,
  polygamma: derivatives,
  mvlgamma: multivariate,
  "special.multigammaln": multivariate,
  igamma: incomplete,
  "special.gammainc": incomplete,
  igammac: incomplete,
  "special.gammaincc": incomplete,
} satisfies Partial<Table>;
