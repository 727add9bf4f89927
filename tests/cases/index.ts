/** Cases of ops: index: indices are written in JSON, a slice as { slice: [start, stop, step] }. */
import { index, indexPut, indexPut_, ones, slice, type Tensor, tensor } from "../../mod.ts";
import { type Case, type Checks, type Table, withArgs } from "./case.ts";

type Written = number | null | string | boolean | { slice: (number | null)[] } | unknown[];

/** The indices that JSON stands for. */
function read(list: readonly Written[]) {
  if (!Array.isArray(list)) return list as never; // the odd values of fuzz_test.ts
  return list.map((item) =>
    typeof item === "object" && item !== null && "slice" in item && !Array.isArray(item)
      ? slice(...item.slice)
      : item
  ) as Parameters<typeof index>[1];
}

const items: Written[][] = [
  [1],
  [-1, 0],
  [{ slice: [1, 3] }],
  [{ slice: [null, null, 2] }, { slice: [-2, null] }],
  ["...", 0],
  [null, 2, "...", null],
  [[0, 2, 2]],
  [[2, 0], [1, 3]],
  [{ slice: [0, 2] }, [0, 3, 3]],
  [[[0, 1], [2, 2]], { slice: [1, 4, 2] }],
  [[true, false, true]],
  [true],
];
const puts: Case[] = [[1], [{ slice: [0, 3, 2] }], ["...", [0, 2]], [[true, false, true]]].map((i) => ({
  of: [[3, 4], []],
  args: [i],
}));
const accumulating: Case = { of: [[3, 4], [3, 4]], args: [[[0, 0, 1]], { accumulate: true }] };
const put = (f: typeof indexPut): Checks["call"] => ([x, value], [i, ...options]) =>
  f(x, read(i), value, ...options);

export const checks = {
  slice: {
    cases: withArgs([[5, 3]], [0, 1], [1, -2], [0, 0, 4, 2]),
    torch: "a[(slice(None),) * args[0] + (slice(*([*args, None, None, None][1:4])),)]",
    errors: [
      [() => slice(0, 3, 0), "Cannot slice with step 0: it must be a whole number of at least 1"],
      [() => slice(0.5), "Cannot slice from or to 0.5: bounds must be whole numbers or null"],
    ],
  },
  index: {
    cases: withArgs([[3, 4]], ...items.map((i) => [i])),
    call: ([x], [i]) => index(x, read(i)),
    torch: "a[index(args[0])]",
    errors: [
      [
        () => index(ones([3]), [3]),
        "Cannot call index() on [3]: index 3 is outside dim 0 of size 3, it must be from -3 to 2",
      ],
      [() => index(ones([3]), [0, 0]), "Cannot call index() on [3] with indices for 2 dimensions"],
      [
        () => index(ones([3]), [tensor([1.5])]),
        "Cannot call index() with an index of dtype float32: it must be int32; use .int()",
      ],
      [() => index(ones([3]), [{} as Tensor]), "Cannot call index() with index"],
    ],
  },
  indexPut: {
    cases: [...puts, accumulating],
    call: put(indexPut),
    torch: "put(a.clone(), index(args[0]), b, **kw)",
  },
  indexPut_: {
    cases: [...puts, accumulating],
    call: put(indexPut_),
    torch: "put(a.clone(), index(args[0]), b, **kw)",
  },
} satisfies Partial<Table>;
