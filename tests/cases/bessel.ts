/** Cases of ops: bessel. */
import { i0, i1, modifiedBesselK0, modifiedBesselK1 } from "../../ops/bessel.ts";
import type { Tensor } from "../../lib/tensor.ts";
import { type Checks, type Table, unary } from "./case.ts";

/** PyTorch 1.13 leaves out the leading coefficients of the denominators in J, Y and Ai, which costs ten digits. */
const tolerance = 3e-6;
/** Both sides of the places where formulas change. */
const even = { cases: [{ of: [[4]], from: 5, to: 12 }, { of: [[2]], from: 20, to: 60 }] };
const onRight = { cases: [{ of: [[4]], from: 1.5, to: 12 }] };

/** Of a function that grows like eˣ. */
const modified = unary(-3, 3, { ...even, except: [[710, "PyTorch overflows before the result does"]] });
const wronskian = (x: Tensor) => i0(x).mul(modifiedBesselK1(x)).add(i1(x).mul(modifiedBesselK0(x))).mul(x);
const second: Checks = unary(0.2, 1.5, {
  ...onRight,
  laws: { "x (I₀ K₁ + I₁ K₀) = 1": ([x]) => [wronskian(x), x.onesLike()] },
});

export const checks = {
  i0: modified,
  "special.i0e": unary(0.2, 3, {
    ...even,
    laws: { "i0e is scaled i0": ([x], [y]) => [y, i0(x).mul(x.neg().exp())] },
  }),
  "special.i1": modified,
  "special.i1e": unary(0.2, 3, {
    ...even,
    laws: { "i1e is scaled i1": ([x], [y]) => [y, i1(x).mul(x.neg().exp())] },
  }),
  "special.besselJ0": unary(-3, 3, { ...even, tolerance }),
  "special.besselJ1": unary(-3, 3, { ...even, tolerance }),
  "special.besselY0": unary(0.3, 3, { ...even, tolerance }),
  "special.besselY1": unary(0.3, 3, { ...even, tolerance }),
  "special.modifiedBesselI0": modified,
  "special.modifiedBesselI1": modified,
  "special.modifiedBesselK0": second,
  "special.modifiedBesselK1": second,
  "special.scaledModifiedBesselK0": second,
  "special.scaledModifiedBesselK1": second,
  "special.sphericalBesselJ0": unary(-3, 3, {
    ...even,
    laws: { "x j₀(x) = sin x": ([x], [y]) => [x.mul(y), x.sin()] },
  }),
  "special.airyAi": {
    cases: [
      { of: [[2, 3]], from: -3, to: 3 },
      { of: [[5]], from: -30, to: -3 },
      { of: [[5]], from: 2, to: 30 },
      { of: [{ values: [0, 1e-300, -4, 2, 200, Infinity, -Infinity, NaN] }] },
    ],
    gradient: "none",
    tolerance,
  },
} satisfies Partial<Table>;
