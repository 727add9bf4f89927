/** Cases of ops: rnn_cell. */
import { gruCell, lstmCell, ones, rnnReluCell, rnnTanhCell, zeros } from "../../mod.ts";
import type { Checks, Table } from "./case.ts";

function checksOf(
  f: (...args: never[]) => unknown,
  gates: number,
  torch: string,
  more: Partial<Checks> = {},
): Checks {
  const count = gates === 4 ? 2 : 1, states = [[2, 3], [2, 3]].slice(0, count), width = gates * 3;
  const weights = [[width, 4], [width, 3]];
  return {
    cases: [
      { of: [[2, 4], ...states, ...weights, [width], [width]], from: -1, to: 1 },
      { of: [[2, 4], ...states, ...weights], from: -1, to: 1 },
    ],
    call: ([x, ...rest]) => {
      const hx = count === 2 ? rest.slice(0, 2) : rest[0];
      return (f as (...args: unknown[]) => unknown)(x, hx, ...rest.slice(count));
    },
    torch: `torch.${torch}(a, ${count === 2 ? "x[1:3]" : "b"}, *x[${count + 1}:])`,
    ...more,
  };
}

export const checks = {
  lstmCell: checksOf(lstmCell, 4, "lstm_cell", {
    errors: [
      [
        () => lstmCell(ones([1, 2]), zeros([1, 1]) as never, ones([4, 2]), ones([4, 1])),
        "Cannot call lstmCell() with hx a Tensor: it must be [h, c]",
      ],
      [
        () => lstmCell(ones([1, 2]), [zeros([1, 1]), zeros([1, 1])], ones([4, 3]), ones([4, 1])),
        "Cannot call lstmCell() on [1, 2] with wIh of shape [4, 3]: it must be [4, 2]",
      ],
    ],
  }),
  gruCell: checksOf(gruCell, 3, "gru_cell"),
  rnnTanhCell: checksOf(rnnTanhCell, 1, "rnn_tanh_cell", {
    errors: [[
      () => rnnTanhCell(ones([2]), zeros([1, 1]), ones([1, 2]), ones([1, 1])),
      "Cannot call rnnTanhCell() on [2]: the input must have 2 dimensions",
    ]],
  }),
  rnnReluCell: checksOf(rnnReluCell, 1, "rnn_relu_cell"),
} satisfies Partial<Table>;
