/** Cases of ops: segment. */
import { ones, segmentReduce, tensor } from "../../mod.ts";
import { type Case, indices, type Table, withArgs } from "./case.ts";

const all = [["sum"], ["mean"], ["max"], ["min"], ["prod"]];
const started = all.map(([how]) => [how, { initial: 1.5 }]);
const lengths = (...list: number[]) => tensor(list, { dtype: "int32" });
const ties: Case[] = withArgs([{ values: [1, 3, 3, 0, 0, 2] }, indices(3, 3)], ...all).map((c) => ({
  ...c,
  kinks: true,
}));

export const checks = {
  segmentReduce: {
    cases: [
      ...withArgs([[6, 2], indices(1, 3, 2)], ...all, ...started),
      ...withArgs([[6], indices(0, 6)], ["sum"], ["mean", { initial: 3 }], ["max", { initial: -3 }], [
        "prod",
      ]),
      ...withArgs([[2, 3, 2], indices([1, 2], [3, 0])], ["sum", { axis: 1 }], ["prod", { axis: 1 }]),
      ...withArgs([[5, 2], indices(0, 2, 5)], ["mean", { by: "offsets" }], ["min", { by: "offsets" }]),
      ...ties.filter((c) => c.args![0] !== "prod"),
      { of: [{ values: [2, 0, 3, 0, 0, 2] }, indices(3, 3)], args: ["prod"] },
    ],
    call: ([x, at], [how, given]) => {
      const { by = "lengths", ...options } = { ...given as { by?: string } };
      return segmentReduce(x, how, { [by]: at, ...options });
    },
    torch: "torch.segment_reduce(a, args[0], **{kw.pop('by', 'lengths'): b, **kw})",
    errors: [
      [
        () => segmentReduce(ones([4]), "sum", { lengths: lengths(1, 2) }),
        "Cannot call segmentReduce() with lengths [1, 2]: segments must cover axis 0 of size 4",
      ],
      [
        () => segmentReduce(ones([4]), "sum", { lengths: lengths(1, 4), unsafe: true }),
        "Cannot call segmentReduce() with a segment from 1 to 5: axis 0 has size 4",
      ],
      [
        () => segmentReduce(ones([4, 2]), "sum", { lengths: lengths(1, 3), axis: 1 }),
        "Cannot call segmentReduce() on [4, 2] along axis 1 with lengths of shape [2]: it must be [4, segments]",
      ],
      [
        () => segmentReduce(ones([4]), "sum"),
        "Cannot call segmentReduce() without lengths or offsets: one of them is needed",
      ],
    ],
  },
} satisfies Partial<Table>;
