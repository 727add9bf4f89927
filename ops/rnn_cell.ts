/** Single steps of recurrent layers: torch.lstm_cell and its kin. */
import { describe } from "../lib/errors.ts";
import { asFloats, asPartner } from "../lib/layer.ts";
import { asWeight, type Kind, kinds, runLayer } from "../lib/recurrent.ts";
import { asRank, type Tensor } from "../lib/tensor.ts";

/** The weights of a step as a call gives them: of the input, of the state, and the biases of their products. */
type Given = readonly [wIh: Tensor, wHh: Tensor, bIh: Tensor | null, bHh: Tensor | null];

/** One step from states [batch, hidden] to states [batch, hidden]. */
function step(kind: Kind, name: string, input: Tensor, hx: readonly Tensor[], given: Given): Tensor[] {
  const x = asRank(name, "the input", asFloats(name, input), 2), [batch, size] = x.shape;
  const hidden = asRank(name, "hx", hx[0], 2).shape[1], width = kind.gates * hidden;
  const states = hx.map((h) => asWeight(name, "hx", h, x, [batch, hidden])), [wIh, wHh, bIh, bHh] = given;
  const weights = {
    input: asWeight(name, "wIh", wIh, x, [width, size]),
    state: asWeight(name, "wHh", wHh, x, [width, hidden]),
    inputBias: asPartner(name, "bIh", bIh, x, [width]),
    stateBias: asPartner(name, "bHh", bHh, x, [width]),
    projection: null,
  };
  return runLayer(kind, x, states, weights, [{ at: 0, rows: batch }]).slice(1);
}

/**
 * One step of {@link lstm} for x [batch, in] and `hx`, [h, c] of [batch, hidden]; returns [h, c] after it. The weights
 * are [4 hidden, in] and [4 hidden, hidden], the biases [4 hidden]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html}.
 *
 * @throws {ShapeError} if shapes do not belong together.
 *
 * @example
 * ```ts
 * import { lstmCell, ones, zeros } from "@dinograd/dinograd";
 *
 * const [h, c] = lstmCell(ones(1, 3), [zeros(1, 1), ones(1, 1)], zeros(4, 3), zeros(4, 1));
 * console.log(c.item(), h.item()); // 0.5 0.23105858266353607
 * ```
 */
export function lstmCell(
  x: Tensor,
  hx: readonly Tensor[],
  wIh: Tensor,
  wHh: Tensor,
  bIh: Tensor | null = null,
  bHh: Tensor | null = null,
): [h: Tensor, c: Tensor] {
  if (!Array.isArray(hx) || hx.length !== 2) {
    throw new TypeError(`Cannot call lstmCell() with hx ${describe(hx)}: it must be [h, c]`);
  }
  const [h, c] = step(kinds.lstm, "lstmCell", x, hx, [wIh, wHh, bIh, bHh]);
  return [h, c];
}

/**
 * One step of {@link gru} for x [batch, in] and the state `hx` [batch, hidden]; returns the state after it. The weights
 * are [3 hidden, in] and [3 hidden, hidden], the biases [3 hidden]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.GRUCell.html}.
 *
 * @example
 * ```ts
 * import { gruCell, ones, zeros } from "@dinograd/dinograd";
 *
 * console.log(gruCell(ones(1, 3), ones(1, 1), zeros(3, 3), zeros(3, 1)).item()); // 0.5
 * ```
 */
export function gruCell(
  x: Tensor,
  hx: Tensor,
  wIh: Tensor,
  wHh: Tensor,
  bIh: Tensor | null = null,
  bHh: Tensor | null = null,
): Tensor {
  return step(kinds.gru, "gruCell", x, [hx], [wIh, wHh, bIh, bHh])[0];
}

/**
 * One step of {@link rnnTanh} for x [batch, in] and the state `hx` [batch, hidden]; returns the state after it. The
 * weights are [hidden, in] and [hidden, hidden], the biases [hidden]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.RNNCell.html}.
 *
 * @example
 * ```ts
 * import { ones, rnnTanhCell, zeros } from "@dinograd/dinograd";
 *
 * console.log(rnnTanhCell(ones(1, 3), ones(1, 1), zeros(1, 3), ones(1, 1)).item()); // 0.7615941762924194
 * ```
 */
export function rnnTanhCell(
  x: Tensor,
  hx: Tensor,
  wIh: Tensor,
  wHh: Tensor,
  bIh: Tensor | null = null,
  bHh: Tensor | null = null,
): Tensor {
  return step(kinds.tanh, "rnnTanhCell", x, [hx], [wIh, wHh, bIh, bHh])[0];
}

/**
 * As {@link rnnTanhCell}, with relu.
 *
 * @example
 * ```ts
 * import { ones, rnnReluCell, zeros } from "@dinograd/dinograd";
 *
 * console.log(rnnReluCell(ones(1, 3), ones(1, 1), ones(1, 3), ones(1, 1)).item()); // 4
 * ```
 */
export function rnnReluCell(
  x: Tensor,
  hx: Tensor,
  wIh: Tensor,
  wHh: Tensor,
  bIh: Tensor | null = null,
  bHh: Tensor | null = null,
): Tensor {
  return step(kinds.relu, "rnnReluCell", x, [hx], [wIh, wHh, bIh, bHh])[0];
}
