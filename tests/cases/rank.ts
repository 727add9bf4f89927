/** Cases of ops: rank. */
import { kthvalue, median, mode, ones, quantile, tensor } from "../../mod.ts";
import { type Case, type Checks, type Input, type Table, withArgs } from "./case.ts";
import { cube } from "./reduce.ts";

const shapes = withArgs(cube, [0], [-1], [1, true], [{ dim: 1, keepdim: true }]);
const ranked: Case[] = [
  ...shapes,
  { of: [[]], args: [0] },
  { of: [[]], args: [-1, true] },
  { of: [[0, 2]], args: [1] },
  { of: [[5, 3]], args: [0] },
];
const nan: Case[] = [
  { of: [{ values: [NaN, 1, NaN, 2] }], args: [0], kinks: true },
  { of: [{ values: [[NaN, 3], [1, 2], [4, Infinity]] }], args: [0], kinks: true },
  { of: [{ values: [NaN, NaN] }], args: [0], kinks: true },
];
const middle: Checks = {
  cases: [
    { of: cube },
    { of: [[5]] },
    { of: [[]] },
    { of: [[0]], kinks: true },
    ...ranked,
    ...nan,
    ...nan.map((c) => ({ ...c, args: [] })),
    { of: [{ values: [1, 2, 2, 3, 2, 2] }], kinks: true }, // equal ones share the gradient
    { of: [{ values: [3, -2, 4, 1], dtype: "int32" }] },
    { of: [{ values: [3, -2, 4, 1], dtype: "int32" }], args: [0] },
  ],
};

const levels: Input = { values: [0, 0.3, 1], constant: true };
const between = ["linear", "lower", "higher", "midpoint", "nearest"];
const shares: Checks = {
  cases: [
    ...withArgs(cube, [0.4], [0.3, 0], [1, -1], [0.35, 1, true], [0.6, { keepdim: true }], [0, null, true]),
    ...between.map((interpolation): Case => ({ of: [[6]], args: [0.33, { dim: 0, interpolation }] })),
    // the level takes a gradient where it is interpolated linearly
    { of: [[2, 4], []], args: [1], from: 0.1, to: 0.9 },
    { of: [[5], [2]], from: 0.1, to: 0.9 },
    { of: [[2, 4], [3]], args: [1, true, { interpolation: "midpoint" }], from: 0.1, to: 0.9, kinks: true },
    { of: [[2, 4], levels], args: [0] },
    { of: [[2, 3, 4], levels], args: [{ dim: 1, keepdim: true, interpolation: "nearest" }] },
    { of: [[2, 4], levels], args: [null, true] },
    { of: [[]], args: [0.5] },
    { of: [[], levels], args: [0, true] },
    { of: [{ values: [1, NaN, 3] }, levels], kinks: true },
    { of: [{ values: [[1, NaN, 3, 7], [NaN, NaN, NaN, NaN]] }, levels], args: [1], kinks: true },
    { of: [{ values: [1, Infinity, -Infinity, 2] }, levels], args: [0], kinks: true },
  ],
  torch: "torch.{}(a, *(x[1:] or [args.pop(0)]), *args, **kw)",
};
const quantiles = (name: string): Checks => ({ ...shares, torch: shares.torch!.replace("{}", name) });

export const checks = {
  kthvalue: {
    cases: [
      ...shapes.map((c) => ({ ...c, args: [2, ...c.args!] })),
      { of: cube, args: [1] },
      { of: [[9]], args: [9, { keepdim: true }] },
      { of: [[200]], args: [77] },
      { of: [[]], args: [1, 0, true] },
      { of: [[0, 2]], args: [1] },
      { of: [{ values: [NaN, 1, 3, 2] }], args: [3], kinks: true },
      { of: [{ values: [NaN, 1, 3, 2] }], args: [4], kinks: true },
      { of: [{ values: [3, -2, 4, 1], dtype: "int32" }], args: [2] },
    ],
    errors: [
      [() => kthvalue(ones([3]), 4), "Cannot call kthvalue() with k 4 on [3]: there are 3 along dim -1"],
      [
        () => kthvalue(ones([3]), 0),
        "Cannot call kthvalue() with k 0: it must be a whole number of at least 1",
      ],
    ],
  },
  median: {
    ...middle,
    errors: [[
      () => median(ones([2, 0]), 1),
      "Cannot call median() on [2, 0]: there is no element along dim 1",
    ]],
  },
  nanmedian: middle,
  mode: {
    cases: [
      { of: cube },
      ...ranked,
      { of: [{ values: [[2, 1, 2, 3], [3, 1, 3, 1]] }], kinks: true },
      { of: [{ values: [[2, 1, 2, 3], [3, 1, 3, 1]], dtype: "int32" }], args: [0, true] },
      { of: [{ values: [true, false, true], dtype: "bool" }] },
    ],
    errors: [[() => mode(ones([0])), "Cannot call mode() on [0]: there is no element along dim 0"]],
  },
  quantile: {
    ...quantiles("quantile"),
    errors: [
      [() => quantile(ones([2]), 1.5), "Cannot call quantile() with q 1.5: it must be from 0 to 1"],
      [
        () => quantile(ones([0]), 0.5),
        "Cannot call quantile() on [0] of dtype float32: it must be float32 or",
      ],
      [
        () => quantile(ones([2]), ones([1, 1])),
        "Cannot call quantile() with q of shape [1, 1]: it must be one",
      ],
      [
        () => quantile(tensor([1, 2]), 0.5, 0, false, "cubic" as never),
        'Cannot call quantile() with interpolation "cubic": it must be "linear" or',
      ],
    ],
  },
  nanquantile: quantiles("nanquantile"),
} satisfies Partial<Table>;
