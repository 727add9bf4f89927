/** Cases of ops: softmax. */
import { ones, softmax } from "../../mod.ts";
import { type Case, specials, type Table, withArgs } from "./case.ts";

const cases: Case[] = [
  ...withArgs([[3, 4]], [0], [1], [-1], [{ dim: 1 }]),
  { of: [[2, 3, 4]], args: [1] },
  { of: [[]], args: [0] },
  { of: [[0, 3]], args: [1] },
  { of: [[2, 3]], args: [1, { dtype: "float64" }] },
  { of: [[2, 3]], args: [1], from: 800, to: 1000 },
  ...specials.map((v) => ({ of: [{ values: [1, v, 2] }], args: [0], kinks: true })),
  { of: [{ values: [-Infinity, -Infinity] }], args: [0], kinks: true },
];

export const checks = {
  softmax: {
    cases,
    laws: {
      "a shift changes nothing": ([x], [y], args) => [softmax(x.add(3), ...args as unknown as [number]), y],
    },
    errors: [
      [
        () => softmax(ones([2, 3]), 2),
        "Cannot take softmax along dim 2 of a tensor of shape [2, 3]: dim must be a whole number from -2 to 1",
      ],
      [() => softmax(ones([2, 3]), undefined as never), "Cannot take softmax along dim undefined"],
    ],
  },
  softmin: { cases },
  logSoftmax: {
    cases,
    laws: {
      "exp of it is softmax": ([x], [y], args) => [y.exp(), softmax(x, ...args as unknown as [number])],
    },
  },
} satisfies Partial<Table>;
