/** Cases of ops: scan. */
import { cummax, cumprod, cumsum, ones } from "../../mod.ts";
import { type Case, type Checks, specials, type Table, withArgs } from "./case.ts";
import { cube } from "./reduce.ts";

const alongEach: Case[] = [
  ...withArgs(cube, [0], [1], [-1], [{ dim: 1 }]),
  { of: [[]], args: [-1] },
  { of: [[1]], args: [0] },
  { of: [[0]], args: [0] },
  { of: [[2, 0]], args: [1] },
  { of: [[0, 2]], args: [1] },
];
const integers: Case[] = [
  { of: [{ values: [[3, -2], [3, 4]], dtype: "int32" }], args: [0] },
  { of: [{ values: [200, 100], dtype: "uint8" }], args: [0] },
  { of: [{ values: [true, false, true], dtype: "bool" }], args: [0] },
];
const special: Case[] = specials.map((v) => ({ of: [{ values: [1, v, 2] }], args: [0], kinks: true }));
const sums: Case[] = [...alongEach, ...integers, ...special, ...withArgs([[3]], [0, { dtype: "float64" }]), {
  of: [{ values: [1.7, 2.7], dtype: "float32" }],
  args: [0, { dtype: "int32" }],
}];
const inf = Infinity;
const ties: Case[] = [
  { of: [{ values: [[1, 3, 3], [1, 2, 1], [0, 3, -1]] }], args: [0], kinks: true },
  { of: [{ values: [2, 1, 1, 2, 3, 3] }], args: [0], kinks: true },
  { of: [{ values: [1, NaN, 3, NaN, 2] }], args: [0], kinks: true },
  { of: [{ values: [-inf, inf, -inf, inf] }], args: [0], kinks: true },
];
const extreme: Checks = { cases: [...alongEach, ...ties, ...integers, ...special] };

export const checks = {
  cumsum: {
    cases: sums,
    errors: [
      [() => cumsum(ones([2]), 1), "Cannot call cumsum() along dim 1 of a tensor of shape [2]"],
      [() => cumsum(ones([2]), {}), "Cannot call cumsum() along dim undefined of a tensor of shape [2]"],
      [
        () => cumsum(ones([2]), 0, { dtype: "bool" }),
        "Cannot call cumsum() with dtype bool: it must be one of",
      ],
    ],
  },
  cumprod: {
    except: [Infinity, -Infinity, NaN].map((x) => [x, "PyTorch divides by the element"]),
    cases: [
      ...sums,
      { of: [{ values: [2, 0, 3, 4] }], args: [0] },
      { of: [{ values: [[2, 0, 3], [0, 1, 0], [0, 2, 5]] }], args: [0] },
      { of: [{ values: [[2, 0, 3], [0, 1, 0]] }], args: [1] },
    ],
    errors: [[() => cumprod(ones([2]), 1), "Cannot call cumprod() along dim 1 of a tensor of shape [2]"]],
  },
  logcumsumexp: {
    except: [1e300, -1e300, Infinity, -Infinity].map((
      x,
    ) => [x, "PyTorch adds it to logarithms, which are lost in it"]),
    cases: [
      ...alongEach,
      ...special,
      { of: [{ values: [1000, 1000, -1000] }], args: [0] },
      { of: [{ values: [-800, 0, 800] }], args: [0] },
      { of: [{ values: [-inf, -inf, 1, 2] }], args: [0], kinks: true },
      { of: [{ values: [1, inf, 2, -inf, inf] }], args: [0], kinks: true },
    ],
    laws: { "a shift passes through": ([x], [y], [dim]) => [x.add(5).logcumsumexp(dim), y.add(5)] },
  },
  cummax: {
    ...extreme,
    errors: [[() => cummax(ones([2]), 1), "Cannot call cummax() along dim 1 of a tensor of shape [2]"]],
  },
  cummin: extreme,
} satisfies Partial<Table>;
