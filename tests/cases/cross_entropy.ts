/** Cases of ops: cross entropy. */
import * as ops from "../../mod.ts";
import { type Case, type Checks, indices, type Table, withArgs } from "./case.ts";
import { loss, reductions, weight } from "./loss.ts";

const { ones, tensor } = ops;
const classes = indices(2, 0, 1, 2),
  ignoring = indices(2, -100, 1, 2);
const byClass: Case[] = [
  ...withArgs([[4, 3], classes], ...reductions),
  ...withArgs([[4, 3], ignoring], ...reductions),
  ...withArgs([[4, 3], ignoring, weight], ...reductions),
  { of: [[4, 3], classes], args: [{ ignoreIndex: 2 }] },
  { of: [[3], { values: 1, dtype: "int32" }] },
  { of: [[1, 3, 2, 2], indices([[0, 2], [1, 1]])], args: [{ reduction: "none" }] },
];
const badClass = (name: "nllLoss" | "crossEntropy"): Checks["errors"] => [
  [
    () => ops[name](ones([4, 3]), tensor([0, 1, 2, 3], { dtype: "int32" })),
    `Cannot take ${name}: target 3 at position 3 is not one of the 3 classes 0..2`,
  ],
];

export const checks = {
  nllLoss: loss("nllLoss", byClass, ["weight"], badClass("nllLoss")),
  crossEntropy: loss(
    "crossEntropy",
    [
      ...byClass,
      { of: [[4, 3], classes, weight], args: [{ labelSmoothing: 0.1 }] },
      { of: [[2, 3], { values: [[0.2, 0.3, 0.5], [1, 0, 0]] }] },
      { of: [{ values: [[1000, 0, -1000], [0, Infinity, 0]] }, indices(2, 1)], kinks: true },
    ],
    ["weight"],
    badClass("crossEntropy"),
  ),
} satisfies Partial<Table>;
