/**
 * Connectionist temporal classification: the forward-backward recursion over all alignments of labels with a sequence.
 *
 * Labels with a blank before, between and after them are the states; from one step of time to the next an alignment
 * stays, goes on by one state, or skips a blank between different labels. All in logarithms, with states in one row.
 * A. Graves et al., Connectionist temporal classification (2006).
 */
import { grad } from "./backward.ts";
import type { TypedArray } from "./dtype.ts";
import { indexTensor } from "./indices.ts";
import { joinAlong } from "./join.ts";
import { mode } from "./node.ts";
import { defineOp } from "./op.ts";
import { empty, type Tensor } from "./tensor.ts";

/** The labels of a batch of sequences: those of sequence i stand from starts[i] on. */
export interface CtcTargets {
  readonly labels: Int32Array;
  readonly starts: readonly number[];
  readonly targetLengths: readonly number[];
  readonly inputLengths: readonly number[];
  readonly blank: number;
}

/** One sequence: its states by class, and where its log-probabilities stand: `at + t · step + class`. */
interface Sequence {
  readonly states: Int32Array;
  readonly time: number;
  readonly values: TypedArray;
  readonly at: number;
  readonly step: number;
}

function sequence(
  x: Tensor,
  i: number,
  { labels, starts, targetLengths, inputLengths, blank }: CtcTargets,
): Sequence {
  const states = new Int32Array(2 * targetLengths[i] + 1).fill(blank), [, batch, classes] = x.shape;
  for (let j = 0; j < targetLengths[i]; j++) states[2 * j + 1] = labels[starts[i] + j];
  return {
    states,
    time: inputLengths[i],
    values: x.storage.view(x.dtype),
    at: x.offset + i * classes,
    step: batch * classes,
  };
}

/** log(eᵃ + eᵇ + eᶜ), as a + log(1 + eᵇ⁻ᵃ + eᶜ⁻ᵃ) for the largest a. */
function logSum(a: number, b: number, c: number): number {
  let top = a, other = b, third = c;
  if (other > top) {
    top = b;
    other = a;
  }
  if (third > top) {
    third = top;
    top = c;
  }
  if (top === -Infinity || (other === -Infinity && third === -Infinity)) return top;
  return top + Math.log(1 + Math.exp(other - top) + Math.exp(third - top));
}

/**
 * The logarithms of the summed probabilities of all beginnings of alignments that reach a state at a time, that time
 * included: row t, column state. With `reverse` of all ends that leave from it: the same with time and states reversed.
 */
function reach({ states, time, values, at, step }: Sequence, reverse: boolean): Float64Array {
  const n = states.length, table = new Float64Array(time * n).fill(-Infinity);
  const on = reverse ? -1 : 1, first = reverse ? n - 1 : 0;
  for (let t = 0; t < time; t++) {
    const row = (reverse ? time - 1 - t : t) * n, before = row - on * n, from = at + (row / n) * step;
    for (let i = 0, s = first; i < n; i++, s += on) {
      const here = values[from + states[s]];
      if (t === 0) {
        if (i < 2) table[row + s] = here;
        continue;
      }
      const skips = i > 1 && states[s] !== states[s - 2 * on];
      table[row + s] = here + logSum(
        table[before + s],
        i > 0 ? table[before + s - on] : -Infinity,
        skips ? table[before + s - 2 * on] : -Infinity,
      );
    }
  }
  return table;
}

/** −log of the probability of all alignments of each sequence. */
function alignments(x: Tensor, targets: CtcTargets): Tensor {
  const from = x.contiguous(), y = empty([x.shape[1]], x.dtype), out = y.storage.view(y.dtype);
  for (let i = 0; i < x.shape[1]; i++) {
    const one = sequence(from, i, targets), { states: { length }, time } = one, table = reach(one, false);
    const end = time * length - 1;
    out[y.offset + i] = time === 0
      ? length === 1 ? 0 : Infinity
      : -logSum(table[end], length > 1 ? table[end - 1] : -Infinity, -Infinity);
  }
  return y;
}

/**
 * The slopes g (eˣ − P(class at time t | target)), as PyTorch has them: those of the loss after logSoftmax, whose own
 * gradient leaves them as they are. 0 after the end of a sequence, and where g is.
 */
function slopes(g: Tensor, x: Tensor, losses: Tensor, targets: CtcTargets): Tensor {
  const from = x.contiguous(), y = x.newZeros(x.shape), out = y.storage.view(y.dtype), classes = x.shape[2];
  const incoming = g.toTypedArray(), loss = losses.toTypedArray(), share = new Float64Array(classes);
  for (let i = 0; i < x.shape[1]; i++) {
    if (incoming[i] === 0) continue;
    const one = sequence(from, i, targets), { states, time, values, at, step } = one, n = states.length;
    const begun = reach(one, false), ended = reach(one, true);
    for (let t = 0; t < time; t++) {
      const start = at + t * step, to = y.offset + i * classes + t * step;
      share.fill(0);
      for (let s = 0; s < n; s++) {
        // both count what happens at t
        share[states[s]] += Math.exp(
          begun[t * n + s] + ended[t * n + s] + loss[i] - values[start + states[s]],
        );
      }
      for (let c = 0; c < classes; c++) out[to + c] = (Math.exp(values[start + c]) - share[c]) * incoming[i];
    }
  }
  return y;
}

/** Stands for log 0 where gradients pass: two infinities would make NaN of their difference. */
const NEVER = -1e30;

/** {@link alignments} in plain ops, which give derivatives of any order, and take up to a hundred times as long. */
function plainAlignments(x: Tensor, targets: CtcTargets): Tensor {
  const losses = targets.starts.map((_, i) => {
    const { states, time } = sequence(x, i, targets), n = states.length;
    if (time === 0) return x.newFull([1], n === 1 ? 0 : Infinity);
    const at = indexTensor({ values: states, shape: [n] });
    const [first, ...rest] = x.select(1, i).narrow(0, 0, time).indexSelect(1, at).unbind();
    // log 1 where an alignment may begin, end or go on from state j to k, log 0 elsewhere
    const logOf = (shape: number[], holds: (j: number, k: number) => boolean) => {
      const y = x.newFull(shape, NEVER), values = y.storage.view(y.dtype);
      for (let p = 0; p < y.numel(); p++) if (holds(Math.floor(p / n), p % n)) values[y.offset + p] = 0;
      return y;
    };
    const steps = logOf(
      [n, n],
      (j, k) => k - j === 0 || k - j === 1 || (k - j === 2 && states[j] !== states[k]),
    );
    const begun = rest.reduce(
      (before, here) => before.unsqueeze(1).add(steps).logsumexp(0).add(here),
      first.add(logOf([n], (_, k) => k < 2)),
    );
    const loss = begun.add(logOf([n], (_, k) => k > n - 3)).logsumexp(0, true).neg();
    return loss.maskedFill(loss.gt(-NEVER / 2), Infinity);
  });
  return joinAlong(losses, 0);
}

/** Σ eˣ of each sequence. */
function masses(x: Tensor, { inputLengths }: CtcTargets): Tensor {
  return joinAlong(
    inputLengths.map((time, i) => x.select(1, i).narrow(0, 0, time).exp().sum().reshape([1])),
    0,
  );
}

/** The losses [N] of log-probabilities [T, N, C]. */
export const ctc: (inputs: readonly Tensor[], targets: CtcTargets) => Tensor = defineOp<CtcTargets>({
  name: "ctc",
  forward: ([x], targets) => alignments(x, targets),
  keeps: "both",
  grad: [(g, [x], y, targets) => {
    if (!mode.recording || g.numel() === 0) return slopes(g, x, y, targets);
    // the same, to be differentiated again: an alias ends the history of the plain form where this op begins
    const own = x.reshape(x.shape), plain = plainAlignments(own, targets).add(masses(own, targets));
    return grad(plain, own, { gradOutputs: g, createGraph: true })[0]!;
  }],
  meaning: ([x], targets) => plainAlignments(x, targets),
});
