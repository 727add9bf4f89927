/**
 * The Box–Muller transform as PyTorch's vectorised CPU kernel computes it: its polynomials, its roundings.
 *
 * In float32 PyTorch takes log, sin and cos from avx_mathfun.h (Garberoglio 2012, after Moshier's Cephes), compiled
 * with fused multiply-adds. So do these formulas, which SIMD kernels and plain loops read alike.
 */
import type { TypedArray } from "./dtype.ts";
import { PointwiseKernel } from "./execute.ts";
import { type Algebra, express, type Formula, type Intrinsic } from "./formula.ts";
import { allocate, type Storage } from "./memory/storage.ts";
import { single } from "./wasm/coefficients.ts";
import { exponentOf, splitFloat } from "./wasm/floats.ts";

const f = Math.fround;

/** a · b + c, rounded once: in float64 the product is exact, and the sum rounded twice alike but once in 10⁹ times. */
const fusedMultiplyAdd: Intrinsic = {
  name: "fusedMultiplyAdd",
  compute: (a, b, c) => f(a * b + c),
  partials: [null, null, null],
  lanes: (k, a, b, c) => k.fused(a, b, c),
};

/** The e for which x 2⁻ᵉ is from √½ up to √2, for x from 2⁻²⁴ to 1. */
const exponent: Intrinsic = {
  name: "exponent",
  compute: (x) => 7 - Math.clz32(x * 2 ** 24 / f(Math.SQRT1_2)),
  partials: [null],
  lanes: (k, x) => exponentOf(k, single, splitFloat(k, single, x).moved),
};

/** That x 2⁻ᵉ. */
const mantissa: Intrinsic = {
  name: "mantissa",
  compute: (x) => x * 2 ** -exponent.compute(x),
  partials: [null],
  lanes: (k, x) => splitFloat(k, single, x).m,
};

function fused<V, M>(k: Algebra<V, M>, a: V, b: V, c: V): V {
  return k.call(fusedMultiplyAdd, a, b, c);
}

/** Horner's rule, highest power first. */
function chain<V, M>(k: Algebra<V, M>, x: V, [first, ...others]: readonly number[]): V {
  return others.reduce((y, c) => fused(k, y, x, k.constant(f(c))), k.constant(f(first)));
}

const LOG = [
  ...[7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1],
  ...[-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1],
];
const COSINE = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];
const SINE = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
/** −π/2 in three parts. */
const QUARTER = [-1.5703125, -4.837512969970703125e-4, -7.54978995489188216e-8];

/** √(−2 log(1 − u)), the logarithm as log256_ps has it. */
function radius<V, M>(k: Algebra<V, M>, u: V): V {
  const rest = k.sub(k.constant(1), u), e = k.call(exponent, rest);
  const x = k.sub(k.call(mantissa, rest), k.constant(1)), z = k.mul(x, x);
  let y = k.mul(chain(k, x, LOG), x);
  y = fused(k, y, z, k.mul(e, k.constant(f(-2.12194440e-4))));
  y = fused(k, z, k.constant(-0.5), y);
  y = k.add(x, y);
  return k.sqrt(k.mul(k.constant(-2), fused(k, e, k.constant(0.693359375), y)));
}

/** r · cos(2πv) · std + mean, or with the sine, as sincos256_ps has them: v lies next to quarter 0 to 4 of the circle. */
const side = (sine: boolean): Formula => (k, r, v, mean, std) => {
  const angle = k.mul(k.constant(f(2 * Math.PI)), v),
    eighths = k.mul(angle, k.constant(f(4 / Math.PI)));
  const half = k.constant(0.5), quarter = k.floor(k.add(k.mul(k.trunc(eighths), half), half));
  const x = QUARTER.reduce((x, part) => fused(k, quarter, k.constant(f(part)), x), angle), z = k.mul(x, x);
  const c = fused(k, k.mul(chain(k, z, COSINE), z), z, k.mul(z, k.constant(-0.5)));
  const along = k.add(c, k.constant(1));
  const across = fused(k, k.mul(chain(k, z, SINE), z), x, x);
  const odd = isOneOf(k, quarter, 1, 3), y = k.select(odd, sine ? along : across, sine ? across : along);
  const below = isOneOf(k, quarter, 2, sine ? 3 : 1);
  return fused(k, k.mul(r, k.select(below, k.neg(y), y)), std, mean);
};

function isOneOf<V, M>(k: Algebra<V, M>, x: V, a: number, b: number): M {
  return k.or(k.eq(x, k.constant(a)), k.eq(x, k.constant(b)));
}

let kernels: Record<"radius" | "cosine" | "sine", PointwiseKernel> | undefined;

/** Turns blocks of 16 uniform numbers, `count` in all from `offset` on, into normal ones: i and i + 8 are a pair. */
export function normalPairs32(
  storage: Storage,
  offset: number,
  count: number,
  mean: number,
  std: number,
): void {
  kernels ??= {
    radius: new PointwiseKernel(express(radius, 1)),
    cosine: new PointwiseKernel(express(side(false), 4)),
    sine: new PointwiseKernel(express(side(true), 4)),
  };
  const shape = [count / 16, 8], dtype = "float32";
  const first = { storage, dtype, shape, strides: [16, 1], offset } as const;
  const second = { ...first, offset: offset + 8 };
  const kept = { ...first, storage: allocate(count * 2), strides: [8, 1], offset: 0 };
  kernels.radius.run(kept, "float32", [first]);
  kernels.cosine.run(first, "float32", [kept, second, f(mean), f(std)]);
  kernels.sine.run(second, "float32", [kept, second, f(mean), f(std)]);
}

/** As {@link normalPairs32}, in float64 with the functions of the language (1 ulp from PyTorch's now and then). */
export function normalPairs64(
  data: TypedArray,
  offset: number,
  count: number,
  mean: number,
  std: number,
): void {
  for (let start = offset; start < offset + count; start += 16) {
    for (let i = start; i < start + 8; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - data[i])), angle = 2 * Math.PI * data[i + 8];
      data[i] = radius * Math.cos(angle) * std + mean;
      data[i + 8] = radius * Math.sin(angle) * std + mean;
    }
  }
}
