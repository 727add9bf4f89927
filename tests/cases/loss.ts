/** Cases of ops: loss. */
import * as ops from "../../mod.ts";
import { type Case, type Checks, type Given, type Table, withArgs } from "./case.ts";

const { ones } = ops;
export const reductions = [[], [{ reduction: "sum" }], [{ reduction: "none" }]];

/** A loss of two tensors, with each reduction; inputs after the second are named options. */
export function loss(
  name: keyof Table & keyof typeof ops,
  cases: readonly Case[],
  options: readonly string[] = [],
  errors: Checks["errors"] = [],
): Checks {
  const f = ops[name] as unknown as (...args: unknown[]) => unknown;
  const snake = (s: string) => s.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  const named = (x: readonly unknown[]) => Object.fromEntries(x.slice(2).map((t, i) => [options[i], t]));
  return {
    cases,
    call: ([input, target, ...rest], args) =>
      f(input, target, { ...args[0] as object, ...named([0, 0, ...rest]) }),
    torch: `torch.nn.functional.${snake(name)}(a, b, **dict(zip(${
      JSON.stringify(options.map(snake))
    }, x[2:])), **kw)`,
    errors,
    broadcasts: false,
  };
}

export const weight: Given = { values: [0.5, 1, 2], constant: true };
const pairs = withArgs([[2, 3], [2, 3]], ...reductions);
const apart = (by: number): Case[] => [
  { of: [[3], { values: [0.3, -0.2, 0.1] }], from: by, to: by + 1 },
  { of: [[3], { values: [0.3, -0.2, 0.1] }], from: -by - 1, to: -by, args: [{ reduction: "sum" }] },
  { of: [[3], { values: [0.3, -0.2, 0.1] }], from: by, to: by + 1, args: [{ reduction: "none" }] },
];
const near: Case = { of: [[3], { values: [0.3, -0.2, 0.1] }], from: -0.1, to: 0 };
const kink: Case = { of: [{ values: [1, 2, 3, 0] }, { values: [1, 1, 1, -0] }], kinks: true };
export const checks = {
  mseLoss: loss("mseLoss", pairs, [], [
    [
      () => ops.mseLoss(ones([2]), ones([3])),
      "Cannot take mseLoss of input [2] and target [3]: the shapes must be equal",
    ],
    [
      () => ops.mseLoss(ones([2]), ones([2]), { reduction: "average" as "mean" }),
      'Cannot call mseLoss() with reduction "average": it must be "mean" or "sum" or "none"',
    ],
  ]),
  l1Loss: loss("l1Loss", [...apart(0.5), kink]),
  huberLoss: loss("huberLoss", [...apart(1.5), near, kink, { ...near, args: [{ delta: 2.5 }] }], [], [
    [
      () => ops.huberLoss(ones([2]), ones([2]), { delta: 0 }),
      "Cannot take huberLoss with delta 0: it must be above 0",
    ],
  ]),
  smoothL1Loss: loss("smoothL1Loss", [
    ...apart(1.5),
    near,
    kink,
    { ...near, args: [{ beta: 2.5 }] },
    ...apart(0.5).slice(0, 1).map((c) => ({ ...c, args: [{ beta: 0 }] })),
  ]),
  binaryCrossEntropyWithLogits: loss("binaryCrossEntropyWithLogits", [
    ...pairs,
    { of: [[2, 3], [2, 3], weight, weight], from: 0.1, to: 1 },
    { of: [{ values: [1000, -1000, 0] }, { values: [1, 0, 1] }], kinks: true },
  ], ["weight", "posWeight"]),
  binaryCrossEntropy: {
    tolerance: 1e-8,
    ...loss("binaryCrossEntropy", [
      ...pairs.map((c) => ({ ...c, from: 0.1, to: 0.9 })),
      { of: [[2, 3], [2, 3], weight], from: 0.1, to: 0.9 },
      { of: [{ values: [0, 1, 0, 1] }, { values: [0, 1, 1, 0], constant: true }], kinks: true },
    ], ["weight"]),
  }, // PyTorch holds its 1e-12 in single precision
} satisfies Partial<Table>;
