/** Cases of ops: distance. */
import * as ops from "../../mod.ts";
import { type Case, type Table, withArgs } from "./case.ts";

const { cdist, ones, pdist } = ops;
const vectors = [[2, 3], [2, 3]];
/** Norms; JSON has no Infinity. */
const norms = [0, 0.5, 1, 1.5, 2, 3, "inf"];
const asNumber = (p: number | "inf") => p === "inf" ? Infinity : p;
/** Rows that are equal, and coordinates that are. */
const twins: Case[] = norms.map((p) => ({
  of: [{ values: [[1, 2], [3, 4]] }, { values: [[1, 2], [1, 4], [1, 0]] }],
  args: [p],
  kinks: true,
}));
const modes = ["use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"];

export const checks = {
  cosineSimilarity: {
    cases: [
      ...withArgs(vectors, [], [0], [-1], [{ dim: 1, eps: 1e-3 }]),
      { of: [[1, 2, 3], [2, 1, 3]], args: [{ dim: -2 }] },
      { of: [[2, 3], [2, 1, 3]], args: [-1] },
      { of: [[], []], args: [0] },
      // PyTorch 1.13 has other gradients where a length is below eps
      {
        of: [{ values: [[0, 0], [0.1, 0.2]], constant: true }, { values: [[1, 2], [1, 0]], constant: true }],
        args: [1, 0.5],
      },
    ],
    laws: { "lengths do not matter": ([a, b], [y], args) => [ops.cosineSimilarity(a.mul(3), b, ...args), y] },
    errors: [
      [
        () => ops.cosineSimilarity(ones([2, 3]), ones([2, 4])),
        "Cannot take cosineSimilarity of [2, 3] and [2, 4]: dimension -1 is 3 on the left and 4 on the right",
      ],
      [
        () => ops.cosineSimilarity(ones([2, 3]).int(), ones([2, 3]).int()),
        "Cannot take cosineSimilarity of dtype int32: it must be a float dtype; use .float()",
      ],
    ],
  },
  pairwiseDistance: {
    cases: [
      ...withArgs(vectors, [], [1], [3, 0.1], [-1], [{ keepdim: true }], [{ p: 0, eps: 0 }]),
      { of: [[3], [3]] },
      { of: [[2, 3], [3]] },
    ],
  },
  dist: {
    cases: [
      ...withArgs(vectors, [], [1], [4]),
      { of: [{ values: [1, 2], constant: true }, { values: [1, 3], constant: true }], args: [0] },
      { of: [[2, 1, 3], [2, 1]] },
      { of: [[], [2]] },
    ],
  },
  cdist: {
    cases: [
      ...norms.map((p) => ({ of: [[2, 3], [4, 3]], args: [p] })),
      ...norms.map((p) => ({ of: [[2, 20], [3, 20]], args: [p] })),
      ...modes.map((computeMode) => ({ of: [[3, 17], [2, 17]], args: [2, { computeMode }] })),
      { of: [[30, 16], [2, 16]], args: [2] },
      { of: [[2, 1, 2, 3], [3, 4, 3]], args: [2] },
      { of: [[2, 0], [3, 0]], args: [1] },
      { of: [[0, 2], [3, 2]], args: [2] },
      ...twins,
      { ...twins[4], args: [2, { computeMode: modes[0] }] },
    ],
    call: ([a, b], [p, ...rest]) => cdist(a, b, asNumber(p), ...rest),
    torch: "torch.cdist(a, b, float(args[0]), **kw)",
    laws: {
      "swapping turns": (
        [a, b],
        [y],
        [p, ...rest],
      ) => [cdist(b, a, asNumber(p), ...rest).transpose(-2, -1), y],
      "a shift changes nothing": (
        [a, b],
        [y],
        [p, ...rest],
      ) => [cdist(a.add(1), b.add(1), asNumber(p), ...rest), y],
    },
    errors: [
      [
        () => cdist(ones([2, 3]), ones([2, 4])),
        "Cannot take cdist of [2, 3] and [2, 4]: they must be [..., P, M] and [..., R, M]",
      ],
      [
        () => cdist(ones([2, 3]), ones([2, 3]), -1),
        "Cannot take cdist with p -1: it must be from 0 to Infinity",
      ],
    ],
  },
  pdist: {
    cases: [
      ...norms.map((p) => ({ of: [[4, 3]], args: [p] })),
      ...withArgs([[1, 3]], [2]),
      { of: [{ values: [[1, 2], [1, 2], [3, 4]] }], args: [2], kinks: true },
    ],
    call: ([x], [p]) => pdist(x, asNumber(p)),
    torch: "torch.nn.functional.pdist(a, float(args[0]))",
    laws: { "each is twice among all": ([x], [y], [p]) => [y.sum().mul(2), cdist(x, x, asNumber(p)).sum()] },
    errors: [[() => pdist(ones([2, 3, 4])), "Cannot take pdist of [2, 3, 4]: it must be [N, M]"]],
  },
} satisfies Partial<Table>;
