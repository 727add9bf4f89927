/**
 * Gradients held against differences of the function itself, in float64.
 *
 * One random direction in and one out decide, which takes two calls however large the inputs are; only on a mismatch
 * is every element differentiated, to name the one that is wrong.
 */
import { asNumber, named } from "./arguments.ts";
import { isFloat } from "./dtype.ts";
import { describe } from "./errors.ts";
import { Generator } from "./random.ts";
import { sameShape, type Shape, show, sizeOf } from "./shape.ts";
import { enableGrad } from "./grad_mode.ts";
import { grad } from "./backward.ts";
import { asTensor, empty, indexer, Tensor } from "./tensor.ts";

/** A function to check: of tensors, giving one tensor or several. */
export type Checked = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** Options of {@link gradcheck} and {@link gradgradcheck}. */
export interface GradcheckOptions {
  /** Half the distance of the two points that differences are taken over; default 1e-6. */
  eps?: number;
  /** Absolute tolerance; default 1e-5. */
  atol?: number;
  /** Tolerance relative to the difference; default 1e-3. */
  rtol?: number;
  /** Chooses the random directions; default 0. */
  seed?: number;
  /** Throw on a mismatch; with false, return false instead. Default true. */
  raiseException?: boolean;
}

/**
 * Checks that the gradients of `fn` with respect to all `inputs` that require one agree with central differences.
 * The inputs are changed in place while it runs, so parameters that `fn` reads from elsewhere count as well.
 *
 * See {@link https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.html}; this is its fast mode.
 *
 * @throws {Error} if a gradient is wrong: names the input, the element and both values.
 *
 * @example
 * ```ts
 * import { autograd, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([0.3, -1.2], { dtype: "float64", requiresGrad: true });
 * console.log(autograd.gradcheck((x) => x.mul(x).exp(), [x])); // true
 * ```
 */
export function gradcheck(
  fn: Checked,
  inputs: Tensor | readonly Tensor[],
  options: GradcheckOptions = {},
): boolean {
  const settings = settingsOf("gradcheck", options), x = inputsOf("gradcheck", fn, inputs);
  return judge("Gradient", mismatch(fn, x, settings, (i) => `input ${i}`), settings);
}

/**
 * {@link gradcheck} of the gradient itself, with respect to the inputs and to the gradient that comes in, which is
 * drawn at random unless `gradOutputs` gives it.
 *
 * See {@link https://pytorch.org/docs/stable/generated/torch.autograd.gradgradcheck.html}.
 *
 * @throws {Error} if a second derivative is wrong: names the input, the element and both values.
 *
 * @example
 * ```ts
 * import { autograd, tensor } from "@dinograd/dinograd";
 *
 * const x = tensor([0.3, -1.2], { dtype: "float64", requiresGrad: true });
 * console.log(autograd.gradgradcheck((x) => x.mul(x).exp(), [x])); // true
 * ```
 */
export function gradgradcheck(
  fn: Checked,
  inputs: Tensor | readonly Tensor[],
  options: GradcheckOptions & { gradOutputs?: Tensor | readonly Tensor[] | null } = {},
): boolean {
  const { gradOutputs = null, ...rest } = options, settings = settingsOf("gradgradcheck", rest);
  const x = inputsOf("gradgradcheck", fn, inputs), count = x.length, taking = x.filter((t) => t.requiresGrad);
  const random = new Generator(settings.seed);
  const given = gradOutputs === null ? null : Array.isArray(gradOutputs) ? gradOutputs : [gradOutputs];
  const weights = recordedOutputs(fn, x).map((y, i) => given?.[i] ?? randomTensor(y.shape, random));
  const gradient: Checked = (...all) => {
    const outputs = recordedOutputs(fn, all.slice(0, count));
    const results = grad(outputs, taking, {
      gradOutputs: all.slice(count),
      createGraph: true,
      allowUnused: true,
    });
    return results.filter((g) => g !== null);
  };
  const name = (i: number) => i < count ? `input ${i}` : `incoming gradient ${i - count}`;
  return judge("Gradient of the gradient", mismatch(gradient, [...x, ...weights], settings, name), settings);
}

type Settings = Required<GradcheckOptions>;

function settingsOf(name: string, options: GradcheckOptions): Settings {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, seed = 0, raiseException = true } = named<GradcheckOptions>(
    name,
    [options],
    [],
    ["eps", "atol", "rtol", "seed", "raiseException"],
  );
  for (const [key, value] of Object.entries({ eps, atol, rtol, seed })) asNumber(name, key, value, false);
  return { eps, atol, rtol, seed, raiseException };
}

function inputsOf(name: string, fn: unknown, inputs: Tensor | readonly Tensor[]): Tensor[] {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot call ${name}() with ${describe(fn)}: it takes a function and its inputs`);
  }
  const list = Array.isArray(inputs) ? inputs : [inputs];
  list.forEach((x, i) => {
    if (!asTensor(`call ${name}()`, `input ${i}`, x).requiresGrad) return;
    if (x.dtype !== "float64") {
      throw new TypeError(
        `Cannot call ${name}() with input ${i} of dtype ${x.dtype}: differences need float64; use .double()`,
      );
    }
    if (x.shape.some((size: number, d: number) => size > 1 && x.strides[d] === 0)) {
      throw new TypeError(
        `Cannot call ${name}() with input ${i} ${
          show(x.shape)
        }: its elements share memory; use .contiguous()`,
      );
    }
  });
  if (list.some((x) => x.requiresGrad)) return list;
  throw new TypeError(`Cannot call ${name}(): at least one input must have requiresGrad set`);
}

/** The numbers of `x` as they are, and a way to change them. */
interface Slot {
  readonly x: Tensor;
  readonly values: ArrayLike<number>;
  readonly direction: Float64Array;
}

/** Where backward and differences disagree, in words; null if they agree. */
function mismatch(
  fn: Checked,
  inputs: readonly Tensor[],
  { eps, atol, rtol, seed }: Settings,
  name: (i: number) => string,
): string | null {
  const random = new Generator(seed + 1), places = inputs.flatMap((x, i) => x.requiresGrad ? [i] : []);
  const slots: Slot[] = places.map((i) => ({
    x: inputs[i],
    values: inputs[i].toTypedArray(),
    direction: directions(inputs[i].numel(), random),
  }));
  const outputs = enableGrad(() => outputsOf(fn, inputs));
  const weights = outputs.map((y) => directions(y.numel(), random));
  const evaluate = () => enableGrad(() => outputsOf(fn, inputs)).map((y) => y.toTypedArray());
  /** The slope of every output element as `move` changes the inputs. */
  const slopes = (move: (h: number) => void): Float64Array[] => {
    try {
      move(eps);
      const above = evaluate();
      move(-eps);
      const below = evaluate();
      return above.map((y, k) => Float64Array.from(y, (v, j) => (v - below[k][j]) / (2 * eps)));
    } finally {
      slots.forEach((slot) => write(slot, (i) => slot.values[i]));
    }
  };
  const off = (backward: number, difference: number) =>
    !(Math.abs(backward - difference) <= atol + rtol * Math.abs(difference));

  const along = slopes((h) => {
    for (const slot of slots) write(slot, (i) => slot.values[i] + h * slot.direction[i]);
  });
  const claimed = gradients(outputs, weights, slots), analytic = dots(claimed, slots.map((s) => s.direction));
  if (!off(analytic, dots(along, weights))) return null;

  const worst = new Worst();
  slots.forEach((slot, k) => {
    for (let i = 0; i < slot.values.length; i++) {
      const column = slopes((h) => write(slot, (j) => slot.values[j] + (j === i ? h : 0)));
      const backward = claimed[k][i], difference = dots(column, weights);
      if (off(backward, difference)) worst.meet(backward, difference, () => culprit(k, i, column));
    }
  });
  return worst.text?.() ?? "every element agrees on its own: try a smaller eps or looser tolerances";

  /** Names input element `i` of slot `k`, and the output element for which it is most wrong. */
  function culprit(k: number, i: number, column: readonly Float64Array[]): string {
    const found = new Worst(), single = outputs.length === 1 && outputs[0].numel() === 1;
    outputs.forEach((y, o) => {
      for (let j = 0; j < y.numel(); j++) {
        const one = outputs.map((z, n) =>
          Float64Array.from({ length: z.numel() }, (_, m) => +(n === o && m === j))
        );
        const backward = gradients(outputs, one, slots)[k][i], difference = column[o][j];
        const where = single ? "" : ` for output ${o} ${show(y.shape)}, element ${j}`;
        found.meet(
          backward,
          difference,
          () =>
            `${name(places[k])} ${show(slots[k].x.shape)}, element ${i}: backward says ${backward}, ` +
            `differences say ${difference}${where}`,
        );
      }
    });
    return found.text!();
  }
}

/** The largest gap met so far, and how to tell of it. */
class Worst {
  #gap = -1;
  text: (() => string) | null = null;

  meet(backward: number, difference: number, text: () => string): void {
    const gap = Math.abs(backward - difference), size = Number.isNaN(gap) ? Infinity : gap;
    if (size <= this.#gap) return;
    this.#gap = size;
    this.text = text;
  }
}

function judge(what: string, found: string | null, { raiseException }: Settings): boolean {
  if (found === null) return true;
  if (!raiseException) return false;
  throw new Error(`${what} is wrong: ${found}`);
}

/** The float outputs of `fn`. */
function outputsOf(fn: Checked, inputs: readonly Tensor[]): Tensor[] {
  const result: unknown = fn(...inputs), list = Array.isArray(result) ? result : [result];
  const odd = list.find((y) => !(y instanceof Tensor));
  if (odd === undefined) return list.filter((y) => isFloat(y.dtype));
  throw new TypeError(
    `Cannot check the gradient of a function that returns ${describe(odd)}: it must return tensors`,
  );
}

function recordedOutputs(fn: Checked, inputs: readonly Tensor[]): Tensor[] {
  return enableGrad(() => outputsOf(fn, inputs)).filter((y) => y.requiresGrad);
}

/** What backward says of each slot: the gradient of the outputs' weighted sum; zeros where nothing arrives. */
function gradients(
  outputs: readonly Tensor[],
  weights: readonly Float64Array[],
  slots: readonly Slot[],
): ArrayLike<number>[] {
  const recorded = outputs.flatMap((y, k) => y.requiresGrad ? [k] : []);
  const results = recorded.length === 0 ? [] : grad(recorded.map((k) => outputs[k]), slots.map((s) => s.x), {
    gradOutputs: recorded.map((k) => filled(outputs[k].shape, weights[k])),
    retainGraph: true,
    allowUnused: true,
  });
  return slots.map(({ x, values }, i) => {
    const g = results[i];
    if (g && !sameShape(g.shape, x.shape)) {
      throw new Error(`Bug: the gradient of ${show(x.shape)} has shape ${show(g.shape)}`);
    }
    return g?.toTypedArray() ?? new Float64Array(values.length);
  });
}

function write({ x, values }: Slot, value: (i: number) => number): void {
  const all = x.storage.view(x.dtype), at = indexer(x);
  for (let i = 0; i < values.length; i++) all[at(i)] = value(i);
}

/** Σ Σ a · b */
function dots(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number {
  let sum = 0;
  a.forEach((list, k) => {
    for (let i = 0; i < list.length; i++) sum += list[i] * b[k][i];
  });
  return sum;
}

function filled(shape: Shape, values: Float64Array): Tensor {
  const x = empty(shape, "float64");
  x.storage.view("float64").set(values, x.offset);
  return x;
}

function randomTensor(shape: Shape, random: Generator): Tensor {
  return filled(shape, directions(sizeOf(shape), random)).requiresGrad_();
}

/** Numbers of either sign between 0.5 and 1 in size, so that no element goes unnoticed. */
function directions(count: number, random: Generator): Float64Array {
  return Float64Array.from({ length: count }, () => {
    const r = random.random53() - 0.5;
    return r < 0 ? r - 0.5 : r + 0.5;
  });
}
