/** Cases of ops: rnn. */
import { gru, lstm, ones, rnnRelu, rnnTanh, type Tensor, zeros } from "../../mod.ts";
import type { RecurrentOptions } from "../../ops/rnn.ts";
import type { Case, Checks, Input, Table } from "./case.ts";

/** What a case runs: x, the states, and weights for 3 features and 2 hidden ones. */
interface Sizes extends RecurrentOptions {
  readonly x: Input;
  readonly batch: number;
  readonly proj?: number;
}

/** A case for layers of so many gates and states. */
function layered(gates: number, count: number, { x, batch, proj, ...options }: Sizes): Case {
  const { numLayers = 1, bidirectional = false, hasBiases = true } = options,
    hidden = 2,
    size = proj ?? hidden;
  const directions = bidirectional ? 2 : 1, width = gates * hidden, total = numLayers * directions;
  const states = [size, hidden].slice(0, count).map((n) => [total, batch, n]);
  const weights = Array.from({ length: total }, (_, k) => [
    [width, k < directions ? 3 : size * directions],
    [width, size],
    ...(hasBiases ? [[width], [width]] : []),
    ...(proj ? [[size, hidden]] : []),
  ]).flat();
  return { of: [x, ...states, ...weights], args: [options], from: -1, to: 1 };
}

/** In PyTorch's order, all given; packed sequences have their sizes in front. */
const inOrder =
  "(kw.get('has_biases', True), kw.get('num_layers', 1), 0., False, kw.get('bidirectional', False))";

function checksOf(
  name: "lstm" | "gru" | "rnnTanh" | "rnnRelu",
  gates: number,
  more: Partial<Checks>,
): Checks {
  const f = { lstm, gru, rnnTanh, rnnRelu }[name], count = name === "lstm" ? 2 : 1;
  const states = count === 2 ? "x[1:3]" : "x[1]", rest = `x[${count + 1}:]`;
  const torch = { lstm: "lstm", gru: "gru", rnnTanh: "rnn_tanh", rnnRelu: "rnn_relu" }[name];
  const { cases = [], ...others } = more;
  return {
    cases: [
      layered(gates, count, { x: [3, 2, 3], batch: 2 }),
      layered(gates, count, { x: [1, 1, 3], batch: 1, hasBiases: false }),
      layered(gates, count, { x: [2, 3, 3], batch: 2, batchFirst: true, bidirectional: true, numLayers: 2 }),
      layered(gates, count, { x: [5, 3], batch: 3, batchSizes: [3, 1, 1], bidirectional: true }),
      ...cases,
    ],
    call: ([x, ...more], args) => {
      const hx = count === 2 ? more.slice(0, 2) : more[0];
      return (f as (...args: unknown[]) => unknown)(x, hx, more.slice(count), ...args);
    },
    torch:
      `torch.${torch}(a, torch.tensor(kw['batch_sizes']), ${states}, ${rest}, *${inOrder}) if 'batch_sizes' in kw ` +
      `else torch.${torch}(a, ${states}, ${rest}, *${inOrder}, kw.get('batch_first', False))`,
    ...others,
  };
}

const h = zeros([1, 2, 2]);

/** Weights of an LSTM of 3 features and 2 hidden ones, without biases. */
const weights: Tensor[] = [ones([8, 3]), ones([8, 2])];

export const checks = {
  lstm: checksOf("lstm", 4, {
    cases: [
      layered(4, 2, { x: [3, 2, 3], batch: 2, proj: 1, bidirectional: true }),
      layered(4, 2, { x: [4, 3], batch: 2, proj: 1, batchSizes: [2, 1, 1], numLayers: 2 }),
    ],
    errors: [
      [
        () => lstm(ones([0, 2, 3]), [h, h], weights, false),
        "Cannot call lstm() on [0, 2, 3]: it must have at least one step",
      ],
      [
        () => lstm(ones([4, 2, 3]), [h, h], weights),
        "Cannot call lstm() with params an array of 2 items: they must be 4 tensors, 4 for each layer and direction",
      ],
      [
        () => lstm(ones([4, 2, 5]), [h, h], weights, false),
        "Cannot call lstm() on [4, 2, 5] with params[0] of shape [8, 3]: it must be [8, 5]",
      ],
      [
        () => lstm(ones([4, 1, 3]), [h, h], weights, false),
        "Cannot call lstm() on [4, 1, 3] with hx of shape [1, 2, 2]: it must be [1, 1, 2]",
      ],
      [
        () => lstm(ones([4, 2, 3]), [h], weights),
        "Cannot call lstm() with hx an array of 1 items: it must be [h, c]",
      ],
    ],
  }),
  gru: checksOf("gru", 3, {
    errors: [[
      () => gru(ones([3, 3]), h, weights, { hasBiases: false, batchSizes: [1, 2] }),
      "Cannot call gru() with batchSizes [1, 2]: they must be whole numbers above 0, none larger than the one before, " +
      "with sum 3",
    ]],
  }),
  rnnTanh: checksOf("rnnTanh", 1, {
    errors: [[
      () => rnnTanh(ones([3, 3]), h, weights),
      "Cannot call rnnTanh() on [3, 3]: the input must have 3 dimensions",
    ]],
  }),
  rnnRelu: checksOf("rnnRelu", 1, {}),
} satisfies Partial<Table>;
