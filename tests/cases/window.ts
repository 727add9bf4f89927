/** Cases of ops: window. */
import { movedim, ones, selectScatter, unflatten, zeros } from "../../mod.ts";
import { type Checks, type Table, withArgs } from "./case.ts";
import { cube } from "./reduce.ts";

const swapped: Checks = { cases: [...withArgs(cube, [0, 2], [-1, 1], [1, 1]), { of: [[]], args: [0, -1] }] };
const moved: Checks = {
  cases: [
    ...withArgs(cube, [0, -1], [2, 0], [[0, 1], [1, 0]], [[0, -1], [1, 0]], [[], []]),
    { of: cube, args: [{ source: [0], destination: [1] }] },
    { of: [[]], args: [0, 0] },
  ],
};

export const checks = {
  unfold: {
    cases: [
      ...withArgs([[7]], [0, 3, 1], [0, 3, 2], [-1, 2, 3], [0, 7, 9], [0, 0, 1], [0, 1, 1]),
      ...withArgs([[5, 4]], [0, 3, 1], [1, 2, 1], [0, 2, 2]),
      ...withArgs(cube, [1, 2, 1], [-1, 3, 1]),
      ...withArgs([[]], [0, 1, 1], [-1, 0, 1]),
      { of: [[0, 2]], args: [0, 0, 1] },
    ],
    torch: "a.unfold(*args)",
    errors: [
      [
        () => ones([3]).unfold(0, 4, 1),
        "Cannot unfold [3] with size 4: it must be a whole number from 0 to 3",
      ],
      [
        () => ones([3]).unfold(0, 1, 0),
        "Cannot unfold [3] with step 0: it must be a whole number of at least 1",
      ],
    ],
  },
  narrowCopy: { cases: withArgs(cube, [1, 0, 2], [-1, -2, 2], [0, 1, 0]), torch: "a.narrow(*args).clone()" },
  selectScatter: {
    cases: [...withArgs([[3, 2], [2]], [0, 1], [0, -1]), { of: [[3, 2], [3]], args: [-1, 0] }, {
      of: [[3], []],
      args: [0, 2],
    }],
    errors: [[
      () => selectScatter(ones([2, 3]), ones([2]), 0, 1),
      "Cannot call selectScatter() on [2, 3] with src of shape [2]: it must be [3]",
    ]],
  },
  unflatten: {
    cases: [
      ...withArgs([[2, 6]], [1, [2, 3]], [-1, [-1, 2]], [0, [2, 1]], [{ dim: 1, sizes: [6] }]),
      { of: [[4, 0]], args: [1, [2, 0, 3]] },
    ],
    torch: "a.unflatten(*args, **kw)",
    errors: [
      [() => unflatten(ones([6]), 0, [4, -1]), "Cannot unflatten [6] to [4, -1]: the first holds 6 elements"],
      [() => unflatten(ones([]), 0, [1]), "Cannot unflatten a 0-d tensor: it has no dimension"],
    ],
  },
  ravel: { cases: [{ of: cube }, { of: [[]] }, { of: [[0, 2]] }] },
  movedim: {
    ...moved,
    errors: [
      [
        () => movedim(zeros([2, 3]), [0, 1], [0]),
        "Cannot call movedim() with source [0, 1] and destination [0]: there must be as many",
      ],
      [() => movedim(zeros([2, 3]), [0, 0], [0, 1]), "Cannot call movedim() along dims [0, 0]: each dim may"],
    ],
  },
  moveaxis: moved,
  swapaxes: swapped,
  swapdims: swapped,
} satisfies Partial<Table>;
