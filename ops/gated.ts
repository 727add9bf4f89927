/** Gates, leaks drawn at random, and products of two inputs. */
import { asFlag, asNumber, named } from "../lib/arguments.ts";
import { ShapeError } from "../lib/errors.ts";
import { assign } from "../lib/inplace.ts";
import { asFloats, asPartner } from "../lib/layer.ts";
import { pointwise } from "../lib/pointwise.ts";
import { asGenerator, type Generator } from "../lib/random.ts";
import { resolveDim, sameShape, show, sizeOf } from "../lib/shape.ts";
import { asTensor, empty, type Tensor } from "../lib/tensor.ts";

const gate = pointwise("glu", (k, a, b) => k.div(a, k.add(k.constant(1), k.exp(k.neg(b)))), {
  verb: "take glu of",
  result: "float",
  gradient: [
    (k, g, _y, _a, b) => k.div(g, k.add(k.constant(1), k.exp(k.neg(b)))),
    // a s (1 − s), which overflows nowhere
    (k, g, y, _a, b) => k.div(k.mul(g, y), k.add(k.constant(1), k.exp(b))),
  ],
});

/**
 * The gated linear unit: the first half of x along `dim` times the sigmoid of the second. Dauphin et al., 2017. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.glu.html}.
 *
 * @throws {ShapeError} if the dimension has no halves.
 *
 * @example
 * ```ts
 * import { glu, tensor } from "@dinograd/dinograd";
 *
 * console.log(glu(tensor([6, 8, 0, 1e4])).toArray()); // [3, 8]
 * ```
 */
export function glu(x: Tensor, dim: number | { dim?: number } = -1): Tensor {
  const input = asFloats("glu", x), { shape } = input;
  const at = resolveDim("call glu()", named<{ dim: number }>("glu", [dim], ["dim"]).dim ?? -1, shape);
  const half = (shape[at] ?? 1) / 2;
  if (!Number.isInteger(half)) {
    throw new ShapeError(`Cannot call glu() on ${show(shape)} along dim ${at}: its size must be even`);
  }
  return gate.apply(input.splitWithSizes([half, half], at)) as Tensor;
}

/** Tensors that {@link bilinear} takes. */
export interface BilinearOptions {
  /** [..., in2], with the same leading dimensions as the first input. */
  input2?: Tensor;
  /** [out, in1, in2] */
  weight?: Tensor;
  /** [out] */
  bias?: Tensor | null;
}

/**
 * x₁ᵀ W x₂ + b for each pair of vectors: inputs [..., in1] and [..., in2], weight [out, in1, in2], bias [out]; the result
 * is [..., out]. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.bilinear.html}.
 *
 * @throws {ShapeError} if the shapes do not belong together.
 *
 * @example
 * ```ts
 * import { bilinear, tensor } from "@dinograd/dinograd";
 *
 * console.log(bilinear(tensor([2, 3]), tensor([4]), tensor([[[1], [10]]])).toArray()); // [128]
 * ```
 */
export function bilinear(
  input1: Tensor,
  input2: Tensor | BilinearOptions,
  weight?: Tensor | BilinearOptions,
  bias?: Tensor | null | BilinearOptions,
): Tensor {
  const given = named<BilinearOptions>("bilinear", [input2, weight, bias], ["input2", "weight", "bias"]);
  const a = asFloats("bilinear", input1, "input1"), b = asFloats("bilinear", given.input2, "input2");
  const w = asFloats("bilinear", given.weight, "weight"), outer = a.shape.slice(0, -1), [out, n, m] = w.shape;
  const fits = w.shape.length === 3 && a.shape.length > 0 && b.shape.length > 0 &&
    sameShape(outer, b.shape.slice(0, -1)) && a.shape.at(-1) === n && b.shape.at(-1) === m;
  if (!fits || a.dtype !== b.dtype || a.dtype !== w.dtype) {
    throw new ShapeError(
      `Cannot call bilinear() on ${show(a.shape)} and ${show(b.shape)} with weight of shape ${
        show(w.shape)
      }: they ` +
        `must be [..., n], [..., m] and [out, n, m] of one dtype`,
    );
  }
  const shift = asPartner("bilinear", "bias", given.bias, a, [out]), rows = sizeOf(outer);
  // [rows, n] by [n, out · m], then each row of [out, m] by its vector of m
  const left = a.reshape([rows, n]).matmul(w.permute(1, 0, 2).reshape([n, out * m])).reshape([rows, out, m]);
  const y = left.matmul(b.reshape([rows, m, 1])).reshape([...outer, out]);
  return shift ? y.add(shift) : y;
}

/** Options of {@link rrelu}. */
export interface RreluOptions {
  /** The least slope below 0; default 1/8. */
  lower?: number;
  /** The largest slope below 0; default 1/3. */
  upper?: number;
  /** Whether each slope is drawn at random, rather than the middle one used; default false. */
  training?: boolean;
  /** Whether to change `x` itself; default false. */
  inplace?: boolean;
  /** Where random numbers come from; default: the default generator. */
  generator?: Generator | null;
}

/**
 * x above 0, x times a slope elsewhere: while training a random one from `lower` to `upper`, otherwise their middle. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.rrelu.html}.
 *
 * @throws {RangeError} if `lower` is above `upper`.
 *
 * @example
 * ```ts
 * import { rrelu, tensor } from "@dinograd/dinograd";
 *
 * console.log(rrelu(tensor([-8, 3]), 0.25, 0.75).toArray()); // [-4, 3]
 * ```
 */
export function rrelu(x: Tensor, ...options: (number | boolean | RreluOptions)[]): Tensor {
  const order = ["lower", "upper", "training", "inplace"] as const;
  const given = named<RreluOptions>("rrelu", options, order, ["generator"]), input = asFloats("rrelu", x);
  const lower = asNumber("rrelu", "lower", given.lower ?? 1 / 8, false);
  const upper = asNumber("rrelu", "upper", given.upper ?? 1 / 3, false),
    generator = asGenerator("rrelu", given.generator);
  if (!(lower <= upper && upper - lower < Infinity)) {
    throw new RangeError(
      `Cannot call rrelu() with lower ${lower} and upper ${upper}: they must be finite, in order`,
    );
  }
  const random = asFlag("rrelu", "training", given.training ?? false);
  const compute = () =>
    random ? input.mul(slopes(input, lower, upper, generator)) : input.leakyRelu((lower + upper) / 2);
  return asFlag("rrelu", "inplace", given.inplace ?? false) ? assign("rrelu", input, compute) : compute();
}

/** 1 where x is above 0, elsewhere a random number, drawn in the order of elements as PyTorch does. */
function slopes(x: Tensor, lower: number, upper: number, generator: Generator): Tensor {
  const y = empty(x.shape, x.dtype), out = y.storage.view(y.dtype), packed = x.detach().contiguous();
  const all = packed.storage.view(x.dtype), count = sizeOf(x.shape);
  const low = x.dtype === "float32" ? Math.fround(lower) : lower,
    high = x.dtype === "float32" ? Math.fround(upper) : upper;
  for (let i = 0; i < count; i++) {
    const isBelow = all[packed.offset + i] <= 0;
    out[y.offset + i] = isBelow ? generator.random53() * (high - low) + low : 1;
  }
  return y;
}

/**
 * {@link rrelu} in place. See {@link https://pytorch.org/docs/stable/generated/torch.nn.functional.rrelu_.html}.
 *
 * @example
 * ```ts
 * import { rrelu_, tensor } from "@dinograd/dinograd";
 *
 * console.log(rrelu_(tensor([-8, 3]), 0.25, 0.75).toArray()); // [-4, 3]
 * ```
 */
export function rrelu_(x: Tensor, ...options: (number | boolean | RreluOptions)[]): Tensor {
  const input = asTensor("call rrelu_()", "the input", x);
  return assign("rrelu_", input, () => rrelu(input, ...options));
}
