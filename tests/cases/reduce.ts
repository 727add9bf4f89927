/** Cases of ops: reduce. */
import { mean, ones, sum, tensor } from "../../mod.ts";
import { type Case, type Checks, specials, type Table, withArgs } from "./case.ts";

export const cube = [[2, 3, 4]];
/** Every way to name dimensions. */
export const dims: Case[] = [
  { of: cube },
  ...withArgs(cube, [0], [-1], [1, true], [[0, 2]], [[-1, 0], { keepdim: true }], [{
    dim: 1,
    keepdim: true,
  }]),
  { of: [[]] },
];
export const oneDim: Case[] = [
  { of: cube },
  ...withArgs(cube, [0], [-1], [1, true], [{ dim: 1, keepdim: true }]),
];
export const empty: Case = { of: [[2, 0]], args: [1] };
export const special: Case[] = specials.map((v) => ({ of: [{ values: [1, v, 2] }], kinks: true }));
export const integers: Case = { of: [{ values: [[1, -2], [3, 4]], dtype: "int32" }], args: [0] };
const truth: Checks = {
  cases: [...oneDim, { of: [{ values: [[0, 1], [0, 0]] }], args: [1] }, {
    of: [{ values: [true, false], dtype: "bool" }],
  }, empty],
  gradient: "none",
};
const spread: Case[] = [
  ...dims.filter((c) => c.of[0] !== undefined && (c.of[0] as number[]).length > 0),
  ...withArgs(cube, [1, false], [[0, 1], true, true], [{ dim: 2, unbiased: false }], [false]),
];

const variance: Checks = { cases: spread, torch: "torch.var(a, *args, **kw)" };

export const checks = {
  sum: {
    cases: [...dims, empty, { of: [[0]] }, integers, ...withArgs(cube, [{ dtype: "float64" }]), ...special],
    laws: { "sums of sums are the sum": ([x]) => [x.sum(-1 as never).sum(), x.sum()] },
    errors: [
      [
        () => sum(ones([2, 3]), 2),
        "Cannot call sum() along dim 2 of a tensor of shape [2, 3]: dim must be a whole number from -2 to 1",
      ],
      [() => sum(ones([2, 3]), [0, 0]), "Cannot call sum() along dims [0, 0]: each dim may appear once"],
      [
        () => sum(ones([2, 3]), { keepDim: true } as never),
        "Cannot call sum() with option keepDim: its options are",
      ],
    ],
  },
  sumToSize: {
    cases: withArgs([[2, 3, 4]], [[1, 3, 1]], [[3, 4]], [[4]], [[]], [[2, 3, 4]]),
    torch: "a.sum_to_size(*args)",
  },
  mean: {
    cases: [...dims, ...special],
    errors: [[
      () => mean(tensor([1], { dtype: "int32" })),
      "Cannot take the mean of dtype int32: it must be a float dtype; use .float()",
    ]],
  },
  prod: {
    except: [Infinity, -Infinity, NaN, 1e300, -1e300].map((x) => [x, "PyTorch divides by the element"]),
    cases: [
      ...oneDim,
      empty,
      integers,
      { of: [{ values: [2, 0, 3] }] },
      { of: [{ values: [0, 0, 3] }] },
      { of: [{ values: [[2, 0], [3, 4], [0, 0]] }], args: [0] },
      ...special,
    ],
  },
  any: truth,
  all: truth,
  variance,
  var: variance,
  std: { cases: spread },
  logsumexp: {
    cases: [...withArgs(cube, [0], [-1], [1, true], [[0, 2]]), {
      of: [{ values: [1000, 1000, -1000] }],
      args: [0],
      kinks: true,
    }, ...specials.map((v) => ({ of: [{ values: [1, v] }], args: [0], kinks: true }))],
    laws: {
      "a shift passes through": ([x], [y], [dim, ...rest]) => [x.add(5).logsumexp(dim, ...rest), y.add(5)],
    },
  },
} satisfies Partial<Table>;
