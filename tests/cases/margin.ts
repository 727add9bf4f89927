/** Cases of ops: margin and triplet. */
import * as ops from "../../mod.ts";
import { type Case, type Checks, type Given, indices, type Table, withArgs } from "./case.ts";

const { ones, tensor } = ops;
const whole = (x: number[] | number[][]) => tensor(x, { dtype: "int32" });
export const reductions = [[], [{ reduction: "sum" }], [{ reduction: "none" }]];
const old = [[{ reduce: false }], [{ sizeAverage: false }], [{ sizeAverage: true, reduction: "sum" }]];
const signs: Given = { values: [1, -1, 1], constant: true };
const rows = withArgs([[3, 4], [3, 4], signs], ...reductions, [{ margin: -0.5, reduction: "none" }]);

/** Checks of a function of nn.functional whose tensors come first. */
export function functional(name: string, cases: readonly Case[], more: Partial<Checks> = {}): Checks {
  return { cases, torch: `torch.nn.functional.${name}(*x, **kw)`, ...more };
}

/** With a weight as the last input. */
function weighted(
  name: "multi_margin_loss" | "multilabel_soft_margin_loss",
  f: (...x: never[]) => unknown,
): Partial<Checks> {
  return {
    call: ([x, y, weight], [options]) => f(...[x, y, { weight, ...options as object }] as never[]),
    torch: `torch.nn.functional.${name}(a, b, weight=x[2] if len(x) > 2 else None, **kw)`,
  };
}

const classWeight: Given = { values: [0.5, 1, 2, 1.5], constant: true };
const classes = indices(1, 0, 3), labels = indices([3, 0, -1, 1], [-1, 2, 2, 2], [0, 1, 2, 3]);
const triplets = withArgs([[2, 3], [2, 3], [2, 3]], ...reductions, [{ margin: 2.5, p: 3, eps: 1e-3 }], [{
  swap: true,
  margin: 3,
}]);

export const checks = {
  cosineEmbeddingLoss: functional("cosine_embedding_loss", [
    ...rows,
    { of: [[4], [4], { values: -1, constant: true }], args: [{ margin: -1 }] },
  ], {
    errors: [[
      () => ops.cosineEmbeddingLoss(ones([2, 3]), ones([2, 3]), ones([])),
      "Cannot take cosineEmbeddingLoss of [2, 3] with target []: inputs must be [N, D] with target [N], or [D] with",
    ]],
  }),
  hingeEmbeddingLoss: functional("hinge_embedding_loss", [
    ...withArgs([[2, 3], signs], ...reductions, ...old, [{ margin: 0.1 }]),
    { of: [[], { values: -1, constant: true }] },
    { of: [{ values: [1, 1, 2] }, { values: [-1, 0, 1], constant: true }], kinks: true },
  ], {
    errors: [[
      () => ops.hingeEmbeddingLoss(ones([2]), ones([2]), { margin: "1" as never }),
      'Cannot call hingeEmbeddingLoss() with margin "1": it must be a number',
    ]],
  }),
  marginRankingLoss: functional("margin_ranking_loss", [
    ...withArgs([[3], [3], signs], ...reductions, [{ margin: 2 }]),
    { of: [[2, 3], [2, 3], [2, 3]], args: [{ margin: 1 }] },
    { of: [{ values: [1, 2] }, { values: [1, 1] }, { values: [1, -1] }], kinks: true },
  ], {
    errors: [[
      () => ops.marginRankingLoss(ones([2]), ones([2]), ones([])),
      "Cannot take marginRankingLoss of [2], [2], []: input1, input2, target must have as many dimensions",
    ]],
  }),
  multiMarginLoss: functional("multi_margin_loss", [
    ...withArgs([[3, 4], classes], ...reductions, [{ p: 2 }], [{ margin: 0.3 }], [{ p: 2, margin: 2 }]),
    ...withArgs([[3, 4], classes, classWeight], [], [{ p: 2, reduction: "sum" }]),
    { of: [[4], { values: 2, dtype: "int32" }] },
    { of: [[4], indices(2)], args: [{ reduction: "none" }] },
  ], {
    ...weighted("multi_margin_loss", ops.multiMarginLoss),
    errors: [
      [
        () => ops.multiMarginLoss(ones([2, 3]), whole([0, 3])),
        "Cannot take multiMarginLoss with target 3: it must be from 0 to 2",
      ],
      [
        () => ops.multiMarginLoss(ones([2, 3]), whole([0, 1]), 3),
        "Cannot take multiMarginLoss with p 3: it must be 1 or 2",
      ],
      [
        () => ops.multiMarginLoss(ones([2, 3]), whole([0])),
        "Cannot take multiMarginLoss of scores [2, 3] and targets [1]: targets must be [2]",
      ],
    ],
  }),
  multilabelMarginLoss: functional("multilabel_margin_loss", [
    ...withArgs([[3, 4], labels], ...reductions),
    { of: [[4], indices(1, -1, 0, 0)] },
    { of: [{ values: [1, 1, 2, 0] }, indices(1, 2, -1, 0)], kinks: true },
  ], {
    errors: [[
      () => ops.multilabelMarginLoss(ones([2, 3]), whole([[0, 1]])),
      "Cannot take multilabelMarginLoss of input [2, 3] and target [1, 2]: the shapes must be equal",
    ]],
  }),
  multilabelSoftMarginLoss: functional("multilabel_soft_margin_loss", [
    ...withArgs([[2, 4], [2, 4]], ...reductions),
    { of: [[2, 4], { values: [1, 0, 0, 1], constant: true }, classWeight] },
    { of: [[4], [4]] },
    { of: [{ values: [[100, -100]] }, { values: [[0, 1]] }], kinks: true },
  ], weighted("multilabel_soft_margin_loss", ops.multilabelSoftMarginLoss)),
  softMarginLoss: {
    cases: [
      ...withArgs([[3], signs], ...reductions),
      { of: [[2, 3], [2, 3]] },
      { of: [{ values: [800, -800] }, { values: [1, 1] }], args: [{ reduction: "none" }], kinks: true },
    ],
    // PyTorch's target takes no gradient, and its exp overflows
    torch: "(lambda y: y.relu() + (-y.abs()).exp().log1p())(-a * b)" +
      ".__getattribute__({'none': 'clone'}.get(kw.get('reduction', 'mean'), kw.get('reduction', 'mean')))()",
    broadcasts: false,
    errors: [[
      () => ops.softMarginLoss(ones([2]), ones([3])),
      "Cannot take softMarginLoss of input [2] and target [3]: the shapes must be equal",
    ]],
  },
  tripletMarginLoss: functional("triplet_margin_loss", triplets, {
    errors: [
      [
        () => ops.tripletMarginLoss(ones([2, 3]), ones([2, 3]), ones([3])),
        "Cannot take tripletMarginLoss of [2, 3], [2, 3], [3]: anchor, positive, negative must have as many dimensions",
      ],
      [
        () => ops.tripletMarginLoss(ones([2]), ones([2]), ones([2]), 0),
        "Cannot take tripletMarginLoss with margin 0: it must be above 0",
      ],
    ],
  }),
  tripletMarginWithDistanceLoss: functional("triplet_margin_with_distance_loss", [
    ...withArgs([[2, 3], [2, 3], [2, 3]], ...reductions, [{ swap: true, margin: 3 }]),
    { of: [[3], [3], [3]] },
  ], {
    errors: [[
      () =>
        ops.tripletMarginWithDistanceLoss(ones([2]), ones([2]), ones([2]), { distanceFunction: 2 as never }),
      "Cannot take tripletMarginWithDistanceLoss with distanceFunction 2: it must be a function of two tensors",
    ]],
  }),
} satisfies Partial<Table>;
