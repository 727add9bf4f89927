/** Cases of ops: sort. */
import { arange, ones, sort, topk } from "../../mod.ts";
import { type Case, type Checks, specials, type Table, withArgs } from "./case.ts";
import { cube } from "./reduce.ts";

const ties: Case[] = [
  { of: [{ values: [3, 1, 3, 2, 1, 2, 1] }], kinks: true },
  {
    of: [{ values: [3, 1, 3, 2, 1, 2, 1] }],
    args: [{ dim: 0, descending: true, stable: true }],
    kinks: true,
  },
  { of: [{ values: [[0, -0], [-0, 0]] }], args: [{ dim: 0, stable: true }], kinks: true },
];
const special: Case[] = [
  { of: [{ values: specials.filter((v) => v !== 0) }], kinks: true },
  { of: [{ values: specials.filter((v) => v !== 0) }], args: [-1, true], kinks: true },
  {
    of: [{ values: [NaN, 2, NaN, Infinity, 1] }],
    args: [{ dim: 0, descending: true, stable: true }],
    kinks: true,
  },
];
const typed: Case[] = [
  { of: [{ values: [[3, -2], [1, 4]], dtype: "int32" }], args: [0] },
  { of: [{ values: [200, 1, 7], dtype: "uint8" }] },
  { of: [{ values: [true, false, true], dtype: "bool" }], args: [{ stable: true }] },
];
const sorted: Checks = {
  cases: [
    { of: cube },
    ...withArgs(cube, [0], [1, true], [-1, false], [{ dim: -2, descending: true }]),
    { of: [[]] },
    { of: [[]], args: [-1, true] },
    { of: [[0]] },
    { of: [[2, 0]] },
    { of: [[0, 2]] },
    { of: [[40]] }, // merges
    { of: [[130, 2]], args: [0, true], kinks: true },
    ...ties,
    ...special,
    ...typed,
  ],
};

export const checks = {
  sort: {
    ...sorted,
    laws: {
      "the indices gather the values": ([x], [values, indices]) => [
        x.shape.length < 2 ? x.gather(0, indices) : values.sum(),
        x.shape.length < 2 ? values : x.sum(),
      ],
    },
    errors: [
      [() => sort(ones([2]), 1), "Cannot call sort() along dim 1 of a tensor of shape [2]"],
      [
        () => sort(ones([2]), { descending: 1 } as never),
        "Cannot call sort() with descending 1: it must be true or false",
      ],
    ],
  },
  argsort: { ...sorted, gradient: "none" },
  msort: {
    cases: [{ of: cube }, { of: [[]] }, { of: [[3, 0]] }, { of: [{ values: [3, NaN, 1] }], kinks: true }],
  },
  topk: {
    cases: [
      ...withArgs([[3, 7, 2]], [1], [2, 0], [7, 1], [0, 1], [3, -2, false], [2, { dim: 1, largest: false }]),
      ...withArgs([[2, 9]], [3, 1, true, false], [3, 1, false, true]),
      ...withArgs([[]], [1], [1, -1, false], [0]),
      { of: [[300]], args: [2] }, // gathers candidates
      { of: [[300]], args: [3, 0, false] },
      { of: [[300]], args: [250] },
      { of: [[0]], args: [0] },
      { of: [{ values: [NaN, 1, NaN, 2, Infinity] }], args: [3], kinks: true },
      { of: [{ values: [1, NaN, 2] }], args: [3, 0, false], kinks: true },
      { of: [{ values: [3, -2, 4, 1], dtype: "int32" }], args: [2] },
    ],
    errors: [
      [() => topk(arange(3), 4), "Cannot call topk() with k 4 on [3]: there are 3 along dim 0"],
      [() => topk(arange(3), -1), "Cannot call topk() with k -1: it must be a whole number of at least 0"],
    ],
  },
} satisfies Partial<Table>;
