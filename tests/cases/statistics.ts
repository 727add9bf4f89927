/** Cases of ops: statistics. */
import { aminmax, bincount, corrcoef, cov, nanmean, ones, tensor } from "../../mod.ts";
import { type Case, type Given, indices, mask, type Table, withArgs } from "./case.ts";
import { cube, dims, empty, integers } from "./reduce.ts";

const holes: Given = { values: [[1, NaN, 3], [NaN, NaN, NaN]] };
const overHoles: Case[] = withArgs([holes], [], [0], [1], [-1, true]).map((c) => ({ ...c, kinks: true }));
const moments: Case[] = [
  ...dims.filter((c) => c.of[0] === cube[0]),
  ...withArgs(cube, [1, false], [[0, 1], true, true], [{ dim: 2, unbiased: false }], [false], [true], [{
    dim: null,
    correction: 0,
    keepdim: true,
  }], [{ dim: 1, correction: 2 }]),
];
const zeros = { values: [[0, 1, -0], [2, 0, 3]] };

export const checks = {
  cov: {
    cases: [
      ...withArgs([[3, 4]], [], [{ correction: 0 }], [{ correction: 2 }]),
      { of: [[4]] },
      { of: [[1, 4]] },
      { of: [[3, 4], indices(1, 2, 0, 3)], args: [{ with: ["fweights"] }] },
      { of: [[2, 4], { values: [0.5, 1, 2, 1.5] }], args: [{ with: ["aweights"] }] },
      {
        of: [[2, 4], indices(1, 2, 1, 3), { values: [0.5, 1, 2, 1.5] }],
        args: [{ with: ["fweights", "aweights"] }],
      },
      { of: [[2, 4], { values: [0.5, 1, 2, 1.5] }], args: [{ with: ["aweights"], correction: 0 }] },
      { of: [{ values: [[1, 2, 3], [1, 5, 2]], dtype: "int32" }] },
      { of: [{ values: [[1], [2]] }], kinks: true },
    ],
    call: ([x, ...weights], [given]) => {
      const { with: names = [], ...options } = { ...given as { with?: string[] } };
      return cov(x, { ...Object.fromEntries(names.map((name, i) => [name, weights[i]])), ...options });
    },
    torch: "torch.cov(a, **dict(zip(kw.pop('with', []), x[1:])), **kw)",
    errors: [
      [() => cov(ones([2, 3, 4])), "Cannot call cov() on [2, 3, 4]: it must be [V, N] or [N]"],
      [
        () => cov(ones([2, 3]), { fweights: ones([3]) }),
        "Cannot call cov() with fweights of dtype float32: it must be an integer dtype",
      ],
      [
        () => cov(ones([2, 3]), { aweights: tensor([1, -1, 1]) }),
        "Cannot call cov() with aweights that have -1: they must not be negative",
      ],
    ],
  },
  corrcoef: {
    cases: [{ of: [[3, 5]] }, { of: [{ values: [[1, 1], [2, 3]] }], kinks: true }, {
      of: [[4]],
      kinks: true,
    }],
    errors: [[
      () => corrcoef(mask(true, false) as never),
      "Cannot call corrcoef(): the input must be a tensor",
    ]],
  },
  varMean: { cases: moments },
  stdMean: { cases: [...moments, { of: [{ values: [[2, 2], [1, 3]] }], args: [1], kinks: true }] },
  nansum: { cases: [...dims, empty, integers, ...overHoles, { of: [mask([true, false])], args: [1] }] },
  nanmean: {
    cases: [...dims, ...overHoles],
    errors: [[
      () => nanmean(tensor([1], { dtype: "int32" })),
      "Cannot take the nanmean of dtype int32: it must be a float dtype; use .float()",
    ]],
  },
  countNonzero: {
    cases: [
      ...withArgs([zeros], [], [0], [-1], [[0, 1]], [{ dim: [1] }]),
      { of: [{ values: [NaN, 0] }] },
      { of: [{ values: 3 }], args: [0] },
      { of: [mask(true, false)] },
      { of: [[2, 0]], args: [1] },
    ],
    gradient: "none",
  },
  aminmax: {
    cases: [
      ...withArgs(cube, [], [{ dim: 0 }], [{ dim: -1, keepdim: true }]),
      { of: [[]] },
      { of: [{ values: [1, 3, 3, 1] }], kinks: true },
      { of: [{ values: [1, NaN, 3] }], kinks: true },
      { ...integers, args: [{ dim: 0 }] },
    ],
    torch: "[torch.amin(a, **kw), torch.amax(a, **kw)]", // PyTorch 1.13's aminmax takes no gradient
    errors: [[
      () => aminmax(ones([2, 0])),
      "Cannot call aminmax() on [2, 0]: there is no element to choose from",
    ]],
  },
  bincount: {
    cases: [
      { of: [indices(1, 5, 1, 0)] },
      { of: [indices(1, 5, 1, 0)], args: [{ minlength: 8 }] },
      { of: [indices(1, 5, 1, 0), { values: [0.5, 1, 2, 3] }] },
      { of: [indices(1, 2), { values: [1, 2], dtype: "int32" }], args: [{ minlength: 2 }] },
      { of: [indices()], args: [{ minlength: 2 }] },
    ],
    call: ([x, weights], [options = {}]) => bincount(x, { weights, ...options as object }),
    torch: "torch.bincount(a, *x[1:], **kw)",
    gradient: "none",
    errors: [
      [
        () => bincount(tensor([1, -1], { dtype: "int32" })),
        "Cannot call bincount() on -1: it must not be negative",
      ],
      [
        () => bincount(ones([2])),
        "Cannot call bincount() on [2] of dtype float32: it must be whole numbers [N]",
      ],
    ],
  },
} satisfies Partial<Table>;
