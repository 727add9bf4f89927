/** Cases of ops: create: nothing to differentiate. */
import { empty, emptyLike, eye, full, newEmpty, newEmptyStrided, ones, tensor, zeros } from "../../mod.ts";
import { type Checks, type Table, withArgs } from "./case.ts";

const none = { gradient: "none" } as const;
const sizes: Checks = {
  cases: withArgs(
    [],
    [[2, 3]],
    [2, 3],
    [[]],
    [[0, 2]],
    [2, { dtype: "float64" }],
    [[2], { dtype: "int32" }],
    [[2], { dtype: "bool" }],
  ),
  ...none,
};
const like: Checks = { cases: [{ of: [[2, 3]] }, { of: [[2]], args: [{ dtype: "int32" }] }], ...none };

export const checks = {
  tensor: {
    cases: withArgs(
      [],
      [[[1, 2], [3, 4]]],
      [5],
      [[true, false]],
      [[]],
      [[[]]],
      [[1.5, 2], { dtype: "int32" }],
      [[0, 3], { dtype: "bool" }],
      [[1, 2], { dtype: "float64" }],
    ),
    // numbers are float32 here, whole or not
    torch:
      "torch.tensor(args[0], **kw) if kw or args[0] == [True, False] else torch.tensor(args[0], dtype=torch.float32)",
    ...none,
    errors: [
      [
        () => tensor([[1, 2], [3]]),
        "Cannot make a tensor of nested arrays: at depth 1 there is 1 items where others have 2",
      ],
      [
        () => tensor([1, "x"] as never),
        'Cannot make a tensor of nested arrays: at depth 1 there is "x" where',
      ],
      [
        () => tensor(new Float32Array(6), { shape: [2, 2] }),
        "Cannot fill shape [2, 2] with 6 values: it holds 4",
      ],
      [
        () => tensor({} as never),
        "Cannot make a tensor of an Object: it must be a number, nested arrays of numbers or a typed array",
      ],
      [() => tensor(undefined as never), "Cannot make a tensor of undefined"],
    ],
  },
  zeros: {
    ...sizes,
    errors: [[
      () => zeros([-1]),
      "Cannot call zeros() with shape [-1]: a shape is an array of whole numbers, none negative",
    ]],
  },
  ones: sizes,
  // their elements are unspecified, so only shape and dtype count
  empty: {
    ...sizes,
    call: (_, args) => empty(...args as unknown as [number[]]).zerosLike(),
    torch: "torch.zeros(*args, **kw)",
  },
  emptyLike: {
    ...like,
    call: ([x], args) => emptyLike(x, ...args).zerosLike(),
    torch: "torch.zeros_like(a, **kw)",
  },
  full: {
    cases: withArgs([], [[2, 3], 7.5], [[], -1], [[2], 1, { dtype: "int32" }]),
    torch: "torch.full(args[0], float(args[1]), **kw)",
    ...none,
    errors: [[() => full([2], "x" as never), 'Cannot call full() with value "x": it must be a number']],
  },
  zerosLike: like,
  onesLike: like,
  fullLike: { cases: withArgs([[2, 3]], [3.5]), ...none },
  newZeros: { cases: withArgs([[2, 3]], [[4]], [[]]), ...none },
  newOnes: { cases: withArgs([[2, 3]], [[4]]), ...none },
  newFull: { cases: withArgs([[2, 3]], [[4], 2.5]), ...none },
  // their elements are unspecified, so only shape and dtype count
  newEmpty: {
    cases: withArgs([[2, 3]], [[4]], [2, 2], [[]], [[2, 0], { dtype: "int32" }]),
    call: ([x], args) => newEmpty(x, ...args).zerosLike(),
    torch: "torch.zeros_like(a.new_empty(*args, **kw))",
    ...none,
  },
  newEmptyStrided: {
    cases: withArgs([[2, 3]], [[2, 3], [1, 2]], [[2, 0], [3, 4]], [[], []], [[2], [7], { dtype: "int32" }]),
    call: ([x], args: readonly unknown[]) => {
      const [size, stride, options] = args as [number[], number[], object?];
      return newEmptyStrided(x, size, stride, options).zerosLike();
    },
    torch: "torch.zeros_like(a.new_empty_strided(*args, **kw))",
    ...none,
    errors: [[
      () => ones([1]).newEmptyStrided([2, 3], [1]),
      "Cannot call newEmptyStrided() with size [2, 3] and stride [1]: each size needs one",
    ]],
  },
  eye: {
    cases: withArgs([], [3], [2, 3], [3, 2], [0], [2, { dtype: "float64" }]),
    ...none,
    errors: [[() => eye(-1), "Cannot call eye() with n -1"]],
  },
} satisfies Partial<Table>;
