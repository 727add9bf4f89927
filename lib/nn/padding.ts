/** Borders around signals, images and volumes, as layers. */
import type { PadMode } from "../../ops/pad.ts"; // a type only
import { describe } from "../errors.ts";
import type { Sizes } from "../windows.ts";
import { functionLayer, type FunctionLayerClass } from "./function_layer.ts";

/** How wide a border is. */
export interface Border {
  /** One width for all sides, or [left, right, top, bottom, front, back], as many as there are sides; negative: cut off. */
  padding: Sizes;
}

/** A border of equal numbers. */
export interface ConstantBorder extends Border {
  /** The number. */
  value: number;
}

/** A width for each side of `rank` dimensions. */
function sidesOf(name: string, rank: number, padding: Sizes): number[] {
  const sides: readonly number[] = typeof padding === "number"
    ? Array.from({ length: 2 * rank }, () => padding)
    : padding;
  if (sides.length === 2 * rank) return [...sides];
  throw new RangeError(
    `Cannot apply ${name} with padding ${describe(padding)}: it must be a number, or ${2 * rank} of them`,
  );
}

/** A class of layers that take their borders from the inside. */
function bordering(name: string, rank: number, mode: PadMode): FunctionLayerClass<Border> {
  return functionLayer(name, {
    defaults: { padding: NaN },
    apply: ([x], { padding }) => x.pad(sidesOf(name, rank, padding), mode),
  });
}

/** A class of layers with borders of one number. */
function constant(name: string, rank: number): FunctionLayerClass<ConstantBorder> {
  return functionLayer(name, {
    defaults: { padding: NaN, value: NaN },
    apply: ([x], { padding, value }) => x.pad(sidesOf(name, rank, padding), "constant", value),
  });
}

/** A class of layers with borders of zeros. */
function zero(name: string, rank: number): FunctionLayerClass<Border> {
  return functionLayer(name, {
    defaults: { padding: NaN },
    apply: ([x], { padding }) => x.pad(sidesOf(name, rank, padding)),
  });
}

/**
 * Surrounds signals [..., length] with zeros. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ZeroPad1d.html}.
 */
export const ZeroPad1d: FunctionLayerClass<Border> = zero("ZeroPad1d", 1);
/** A layer made by {@link ZeroPad1d}. */
export type ZeroPad1d = InstanceType<typeof ZeroPad1d>;

/**
 * Surrounds images [..., height, width] with zeros. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ZeroPad2d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.ZeroPad2d([1, 0, 0, 1]).forward(tensor([[[1]]])).toArray()); // [[[0, 1], [0, 0]]]
 * ```
 */
export const ZeroPad2d: FunctionLayerClass<Border> = zero("ZeroPad2d", 2);
/** A layer made by {@link ZeroPad2d}. */
export type ZeroPad2d = InstanceType<typeof ZeroPad2d>;

/**
 * Surrounds volumes [..., depth, height, width] with zeros. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ZeroPad3d.html}.
 */
export const ZeroPad3d: FunctionLayerClass<Border> = zero("ZeroPad3d", 3);
/** A layer made by {@link ZeroPad3d}. */
export type ZeroPad3d = InstanceType<typeof ZeroPad3d>;

/**
 * Surrounds signals [..., length] with one number `value`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ConstantPad1d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.ConstantPad1d([1, 2], 9).forward(tensor([[1]])).toArray()); // [[9, 1, 9, 9]]
 * ```
 */
export const ConstantPad1d: FunctionLayerClass<ConstantBorder> = constant("ConstantPad1d", 1);
/** A layer made by {@link ConstantPad1d}. */
export type ConstantPad1d = InstanceType<typeof ConstantPad1d>;

/**
 * Surrounds images [..., height, width] with one number `value`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ConstantPad2d.html}.
 */
export const ConstantPad2d: FunctionLayerClass<ConstantBorder> = constant("ConstantPad2d", 2);
/** A layer made by {@link ConstantPad2d}. */
export type ConstantPad2d = InstanceType<typeof ConstantPad2d>;

/**
 * Surrounds volumes [..., depth, height, width] with one number `value`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ConstantPad3d.html}.
 */
export const ConstantPad3d: FunctionLayerClass<ConstantBorder> = constant("ConstantPad3d", 3);
/** A layer made by {@link ConstantPad3d}. */
export type ConstantPad3d = InstanceType<typeof ConstantPad3d>;

/**
 * Surrounds signals [..., length] with what the edge mirrors. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ReflectionPad1d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.ReflectionPad1d(2).forward(tensor([[1, 2, 3]])).toArray()); // [[3, 2, 1, 2, 3, 2, 1]]
 * ```
 */
export const ReflectionPad1d: FunctionLayerClass<Border> = bordering("ReflectionPad1d", 1, "reflect");
/** A layer made by {@link ReflectionPad1d}. */
export type ReflectionPad1d = InstanceType<typeof ReflectionPad1d>;

/**
 * Surrounds images [..., height, width] with what the edge mirrors. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ReflectionPad2d.html}.
 */
export const ReflectionPad2d: FunctionLayerClass<Border> = bordering("ReflectionPad2d", 2, "reflect");
/** A layer made by {@link ReflectionPad2d}. */
export type ReflectionPad2d = InstanceType<typeof ReflectionPad2d>;

/**
 * Surrounds volumes [..., depth, height, width] with what the edge mirrors. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ReflectionPad3d.html}.
 */
export const ReflectionPad3d: FunctionLayerClass<Border> = bordering("ReflectionPad3d", 3, "reflect");
/** A layer made by {@link ReflectionPad3d}. */
export type ReflectionPad3d = InstanceType<typeof ReflectionPad3d>;

/**
 * Surrounds signals [..., length] with the edge repeated. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ReplicationPad1d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.ReplicationPad1d(1).forward(tensor([[1, 2]])).toArray()); // [[1, 1, 2, 2]]
 * ```
 */
export const ReplicationPad1d: FunctionLayerClass<Border> = bordering("ReplicationPad1d", 1, "replicate");
/** A layer made by {@link ReplicationPad1d}. */
export type ReplicationPad1d = InstanceType<typeof ReplicationPad1d>;

/**
 * Surrounds images [..., height, width] with the edge repeated. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ReplicationPad2d.html}.
 */
export const ReplicationPad2d: FunctionLayerClass<Border> = bordering("ReplicationPad2d", 2, "replicate");
/** A layer made by {@link ReplicationPad2d}. */
export type ReplicationPad2d = InstanceType<typeof ReplicationPad2d>;

/**
 * Surrounds volumes [..., depth, height, width] with the edge repeated. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ReplicationPad3d.html}.
 */
export const ReplicationPad3d: FunctionLayerClass<Border> = bordering("ReplicationPad3d", 3, "replicate");
/** A layer made by {@link ReplicationPad3d}. */
export type ReplicationPad3d = InstanceType<typeof ReplicationPad3d>;

/**
 * Surrounds signals [..., length] with the other end. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CircularPad1d.html}.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@dinograd/dinograd";
 *
 * console.log(new nn.CircularPad1d(1).forward(tensor([[1, 2, 3]])).toArray()); // [[3, 1, 2, 3, 1]]
 * ```
 */
export const CircularPad1d: FunctionLayerClass<Border> = bordering("CircularPad1d", 1, "circular");
/** A layer made by {@link CircularPad1d}. */
export type CircularPad1d = InstanceType<typeof CircularPad1d>;

/**
 * Surrounds images [..., height, width] with the other end. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CircularPad2d.html}.
 */
export const CircularPad2d: FunctionLayerClass<Border> = bordering("CircularPad2d", 2, "circular");
/** A layer made by {@link CircularPad2d}. */
export type CircularPad2d = InstanceType<typeof CircularPad2d>;

/**
 * Surrounds volumes [..., depth, height, width] with the other end. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.CircularPad3d.html}.
 */
export const CircularPad3d: FunctionLayerClass<Border> = bordering("CircularPad3d", 3, "circular");
/** A layer made by {@link CircularPad3d}. */
export type CircularPad3d = InstanceType<typeof CircularPad3d>;
