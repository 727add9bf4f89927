/** Cases of ops: normalize. */
import { localResponseNorm, normalize, ones, renorm } from "../../mod.ts";
import { type Table, withArgs } from "./case.ts";

export const checks = {
  normalize: {
    cases: [
      ...withArgs([[2, 3]], [], [1], [3, 0], [{ dim: -1 }], [{ dim: [0, 1] }], [{ eps: 9 }]),
      { of: [[2, 3, 2]], args: [1.5] },
      { of: [{ values: [[0, 0], [3, 4]] }], kinks: true },
    ],
    laws: {
      "a factor changes nothing": ([x], [y], args) => {
        const [p, dim, eps] = args as unknown as [number?, number?, number?];
        return eps === undefined && typeof p !== "object" ? [normalize(x.mul(3), p, dim), y] : [y, y];
      },
    },
    errors: [[
      () => normalize(ones([2]), 2, 1),
      "Cannot call normalize() along dim 1 of a tensor of shape [2]: dim must be a whole number from -1 to 0",
    ]],
  },
  renorm: {
    cases: [
      ...withArgs([[3, 4]], [2, 0, 1.5], [1, 1, 2], [3, -1, 1], [2, 0, 100]),
      { of: [[2, 3, 2]], args: [{ p: 2, dim: 1, maxnorm: 0.5 }] },
      { of: [[3, 4]], args: [Infinity, 0, 1], kinks: true },
    ],
    torch: "torch.renorm(a, *[float('inf') if v is None else v for v in args], **kw)",
    errors: [
      [() => renorm(ones([2]), 2, 0, 1), "Cannot call renorm() on [2]: it must have at least 2 dimensions"],
      [
        () => renorm(ones([2, 2]), 0, 0, 1),
        "Cannot call renorm() with p 0 and maxnorm 1: p must be above 0, maxnorm at least 0",
      ],
    ],
  },
  localResponseNorm: {
    cases: [
      ...withArgs([[2, 5, 3]], [2], [3, 0.5, 0.6, 1.5], [{ size: 1 }], [9]),
      { of: [[1, 4, 2, 2]], args: [3, { alpha: 0.3 }] },
      { of: [[0, 4, 2]], args: [2] },
    ],
    errors: [[
      () => localResponseNorm(ones([2, 3]), 2),
      "Cannot call localResponseNorm() on [2, 3]: it must be [n, channels, ...] with 3 dimensions or more",
    ]],
  },
} satisfies Partial<Table>;
