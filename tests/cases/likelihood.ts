/** Cases of ops: likelihood. */
import * as ops from "../../mod.ts";
import { type Case, type Given, indices, type Table, withArgs } from "./case.ts";
import { functional, reductions } from "./margin.ts";

const { ones, tensor, zeros } = ops;
const triple = [[2, 3], [2, 3], [2, 3]];
const above = { from: 0.2, to: 2 };
const positive = (cases: readonly Case[]) => cases.map((c) => ({ ...c, ...above }));
const counts: Given = { values: [[0, 1, 2], [3, 7, 1.5]], constant: true };

export const checks = {
  gaussianNllLoss: functional("gaussian_nll_loss", [
    ...positive(withArgs(triple, ...reductions, [{ full: true }])),
    ...positive([{ of: [[2, 3], [2, 1], [2, 1]] }, { of: [[2, 3], [3], [2]] }, { of: [[3], [], []] }]),
    { of: [[2], [2], { values: [0.1, 0] }], args: [{ eps: 0.5 }], kinks: true },
  ], {
    errors: [
      [
        () => ops.gaussianNllLoss(ones([2]), ones([2]), tensor([1, -1])),
        "Cannot take gaussianNllLoss with variance -1: variances must not be negative",
      ],
      [
        () => ops.gaussianNllLoss(ones([2, 3]), ones([2, 3]), ones([3])),
        "Cannot take gaussianNllLoss of input [2, 3] with variance [3]: it must be [2, 3], or have size 1 or none",
      ],
    ],
    laws: { "a variance may be a number": ([x, y], [z]) => [ops.gaussianNllLoss(x, y, 2).mul(0).add(z), z] },
  }),
  klDiv: functional("kl_div", [
    ...positive(withArgs([[2, 3], [2, 3]], ...reductions, [{ reduction: "batchmean" }])),
    ...withArgs([[2, 3], [2, 3]], [{ logTarget: true }], [{ logTarget: true, reduction: "batchmean" }]),
    { of: [[], []], args: [{ reduction: "batchmean" }], ...above },
    { of: [[2, 3], [3]], ...above },
    { of: [[3], { values: [0, 0.5, 0.5], constant: true }] },
  ], {
    errors: [[
      () => ops.klDiv(ones([2]), ones([2]), { reduction: "batch" as never }),
      'Cannot call klDiv() with reduction "batch": it must be "mean" or "sum" or "none" or "batchmean"',
    ]],
  }),
  poissonNllLoss: functional("poisson_nll_loss", [
    ...positive(withArgs([[2, 3], [2, 3]], ...reductions, [{ logInput: false, eps: 0.01 }])),
    { of: [[2, 3], counts], args: [{ full: true }] },
    { of: [[2, 3], [2, 3]], args: [{ full: true, logInput: false }], from: 1.1, to: 3 },
  ]),
  ctcLoss: {
    cases: [
      ...withArgs(
        [[5, 2, 4], indices([1, 1, 3], [2, 3, 0])],
        ...reductions.map(([o = {}]) => [[5, 4], [3, 2], o]),
      ),
      { of: [[5, 2, 4], indices(1, 1, 0)], args: [[5, 3], [2, 1], { blank: 3 }] },
      { of: [[4, 3], indices(2, 1)], args: [4, 2] },
      { of: [[6, 3, 4], indices([1, 1, 2], [2, 3, 2], [0, 0, 0])], args: [[6, 4, 5], [3, 3, 0]] },
      { of: [[6, 3, 4], indices(3, 1, 1, 1)], args: [[6, 5, 2], [2, 2, 0], { reduction: "none" }] },
      ...["none", "mean", "sum"].map((reduction) => ({
        of: [[3, 2, 3], indices([1, 1, 1], [2, 0, 0])],
        args: [[3, 3], [3, 1], { reduction, zeroInfinity: true }],
      })),
      { of: [[4, 2, 3], indices(1, 1, 1, 2)], args: [[4, 3], [3, 1], { zeroInfinity: true }] },
      { of: [[3, 1, 3], indices([1, 1])], args: [[3], [0], { reduction: "none" }] },
    ],
    call: ([x, targets], [inputs, lengths, options]) =>
      ops.ctcLoss(ops.logSoftmax(x, -1), targets, inputs, lengths, options),
    torch: "torch.nn.functional.ctc_loss(a.log_softmax(-1), b, *map(torch.tensor, args), **kw)",
    errors: [
      [
        () => ops.ctcLoss(zeros([3, 1, 2]), tensor([[2]], { dtype: "int32" }), [3], [1]),
        "Cannot take ctcLoss with target 2: it is not one of the 2 classes",
      ],
      [
        () => ops.ctcLoss(zeros([3, 1, 2]), tensor([[1]], { dtype: "int32" }), [4], [1]),
        "Cannot take ctcLoss with inputLengths [4]: they must be whole numbers from 0 to 3",
      ],
    ],
  },
} satisfies Partial<Table>;
