/** Cases of ops: mask. */
import { maskedFill, maskedScatter, ones, tensor } from "../../mod.ts";
import { type Case, mask, specials, type Table } from "./case.ts";

const both = mask([true, false, true], [false, true, true]);
const fills: Case[] = [{ of: [[2, 3], both], args: [7] }, { of: [[2, 3], mask(true, false, true), []] }];
const scatters: Case[] = [{ of: [[2, 3], both, [5]] }];

export const checks = {
  maskedFill: {
    cases: [...fills, { of: [[3], both], args: [-1] }, {
      of: [{ values: specials }, mask(...specials.map((_, i) => i % 3 === 0))],
      args: [1],
      kinks: true,
    }],
    torch: "a.masked_fill(b, *x[2:], *args)",
    broadcasts: false,
    errors: [[
      () => maskedFill(ones([2]), ones([2]), 0),
      "Cannot call maskedFill() with a mask of dtype float32: it must be bool",
    ]],
  },
  maskedFill_: { cases: fills, torch: "a.clone().masked_fill_(b, *x[2:], *args)" },
  maskedSelect: { cases: [{ of: [[2, 3], both] }, { of: [[3], both] }, { of: [[2, 3], mask(false)] }] },
  maskedScatter: {
    cases: scatters,
    torch: "a.masked_scatter(b, c)",
    errors: [[
      () => maskedScatter(ones([2]), tensor([true, true]), ones([1])),
      "Cannot call maskedScatter() with source of shape [1]: the mask is true at 2 places",
    ]],
  },
  maskedScatter_: { cases: scatters, torch: "a.clone().masked_scatter_(b, c)" },
  nonzero: {
    cases: [{ of: [both] }, { of: [{ values: [0, 1.5, -0, NaN] }] }, {
      of: [both],
      args: [{ asTuple: true }],
    }],
    gradient: "none",
  },
  argwhere: { cases: [{ of: [both] }], gradient: "none" },
} satisfies Partial<Table>;
