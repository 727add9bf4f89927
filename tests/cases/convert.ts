/** Cases of ops: convert. */
import { fill, isTensor, ones, tensor } from "../../mod.ts";
import { type Case, type Checks, specials, type Table, withArgs } from "./case.ts";

const values = [1.7, -1.7, 0, 255, 1e9];
const from: Case[] = [
  { of: [{ values, dtype: "float32" }] },
  { of: [{ values: [0, 1, 7], dtype: "int32" }] },
  { of: [{ values: [true, false], dtype: "bool" }] },
];
const toFloat = (torch: string, kinks: boolean): Checks => ({
  cases: [{ of: [[2, 3]], kinks }, ...from],
  torch,
  dtypeIsFixed: true,
});
const toWhole = (torch: string): Checks => ({
  cases: [{ of: [[2, 3]], gradient: "none" }, ...from],
  gradient: "none",
  torch,
});

const small: Case = { of: [{ values: [127, 128, -129, 32767, 32768, 65535, -32769], dtype: "int32" }] };

export const checks = {
  to: {
    cases: [
      ...withArgs([[2, 3]], ["float64"]),
      ...withArgs([[2, 3]], ["float32"], [{ dtype: "float32" }]).map((c) => ({ ...c, kinks: true })),
      ...["int32", "bool"].map((d): Case => ({ of: [[2, 3]], args: [d], gradient: "none" })),
    ],
    torch: "a.to(*args, **kw)",
    dtypeIsFixed: true,
    errors: [[
      () => ones([2]).to("complex64" as never),
      'Cannot convert a tensor with dtype "complex64": dtype must be one of bool, uint8, int32, float32, float64',
    ]],
  },
  float: toFloat("a.float()", true),
  double: toFloat("a.double()", false),
  int: toWhole("a.int()"),
  byte: {
    ...toWhole("a.byte()"),
    cases: [{ of: [[2, 3]], from: 0, to: 255, gradient: "none" }, ...from, small],
  },
  char: { ...toWhole("a.char().int()"), cases: [...toWhole("").cases, small] },
  short: { ...toWhole("a.short().int()"), cases: [...toWhole("").cases, small] },
  long: toWhole("a.int()"),
  bool: { ...toWhole("a.bool()"), cases: [{ of: [[2, 3]] }, ...from, { of: [{ values: specials }] }] },
  typeAs: {
    cases: [{ of: [[2, 3], { values: [1], dtype: "float32" }], kinks: true }],
    torch: "a.type_as(b)",
  },
  clone: { cases: [{ of: [[2, 3]] }, { of: [[]] }, { of: [{ values: [1, 2], dtype: "int32" }] }] },
  contiguous: { cases: [{ of: [[2, 3]] }], torch: "a.contiguous()" },
  detach: { cases: [{ of: [[2, 3]] }], gradient: "none" },
  copy_: {
    cases: [
      { of: [[2, 3], [3]] },
      { of: [[2, 3], { values: [1, 2, 3], dtype: "int32" }], gradient: "none" },
      {
        of: [[2]],
        args: [7],
        gradient: "none",
      },
    ],
    torch: "a.clone().copy_(b) if len(x) > 1 else a.clone().fill_(args[0])",
    errors: [[
      () => ones([3]).copy_(ones([2])),
      "Cannot copy [2] to [3]: aligned from the right, every size must match or be 1",
    ]],
  },
  fill: {
    cases: [
      { of: [[2, 3]], args: [7] },
      { of: [[2, 3]], args: [{ value: true }] },
      { of: [[2, 3], []] },
      { of: [[]], args: [2] },
      { of: [{ values: [1, 2], dtype: "int32" }], args: [7] },
    ],
    torch: "torch.fill(a, *x[1:], *args, **kw)",
    errors: [[
      () => fill(ones([2]), ones([2])),
      "Cannot fill [2] with a tensor of shape [2]: it must be 0-d or a",
    ]],
  },
  fill_: {
    cases: [{ of: [[2, 3]], args: [7], gradient: "none" }, { of: [[2, 3], []] }, {
      of: [{ values: [NaN, 1] }],
      args: [0],
      gradient: "none",
    }],
    errors: [[
      () => ones([2]).fill_(ones([2])),
      "Cannot fill [2] with a tensor of shape [2]: it must be 0-d or a number",
    ]],
  },
  zero_: { cases: [{ of: [[2, 3]] }], gradient: "none" },
  isTensor: {
    cases: [{ of: [[2]] }],
    call: ([x]) => tensor(isTensor(x)),
    torch: "torch.tensor(torch.is_tensor(a))",
    gradient: "none",
  },
} satisfies Partial<Table>;
