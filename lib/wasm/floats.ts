/**
 * What the mathematics of float lanes is put together from: polynomials, powers of two, exponents and signs.
 *
 * A `magic` number is 1.5 times the weight that makes a float's last bit 1: adding it rounds to a whole number, which
 * then stands in the low bits of the sum.
 */
import type { Coefficients } from "./coefficients.ts";
import type { Lanes } from "./lanes.ts";

/** c₀ + c₁ x + c₂ x² + ...; long ones in two halves, even and odd powers, that the machine computes side by side. */
export function polynomial<V>(k: Lanes<V>, x: V, c: readonly number[]): V {
  if (c.length < 10) return horner(k, x, c);
  const z = k.mul(x, x), [even, odd] = [0, 1].map((rest) => c.filter((_, i) => i % 2 === rest));
  return k.fma(horner(k, z, odd), x, horner(k, z, even));
}

/** The same in one chain: its roundings shrink where a polynomial's halves would cancel. */
export function horner<V>(k: Lanes<V>, x: V, c: readonly number[]): V {
  let y = k.constant(c[c.length - 1]);
  for (let i = c.length - 2; i >= 0; i--) y = k.fma(y, x, k.constant(c[i]));
  return y;
}

/** The whole number n nearest to t, from the function that adds magic to it; and scale = 2ⁿ⁺ˢʰⁱᶠᵗ. */
export function powerOfTwo<V>(
  k: Lanes<V>,
  c: Coefficients,
  shift: number,
  addTo: (magic: V) => V,
): { n: V; scale: V } {
  const magic = k.constant(1.5 * 2 ** c.fraction + c.bias + shift), sum = addTo(magic);
  return { n: k.sub(sum, magic), scale: k.shl(sum, c.fraction) };
}

/** `size` ≥ 0 with the sign of x. */
export function withSign<V>(k: Lanes<V>, size: V, x: V): V {
  return k.or(size, k.and(x, k.constant(-0)));
}

/** x = m 2ᵉ with m from √½ to √2, for normal positive x; `moved` has e + bias as its exponent. */
export function splitFloat<V>(k: Lanes<V>, c: Coefficients, x: V): { m: V; moved: V } {
  const one = BigInt(c.bias) << BigInt(c.fraction), root = c.rootHalf;
  const moved = k.iadd(x, k.bits(one - root));
  return { m: k.iadd(k.and(moved, k.bits(fractionBits(c))), k.bits(root)), moved };
}

/** 2⁻ᵉ of the float that {@link splitFloat} made `moved` of, for e < bias. */
export function inversePower<V>(k: Lanes<V>, c: Coefficients, moved: V): V {
  const two = BigInt(2 * c.bias) << BigInt(c.fraction);
  return k.isub(k.bits(two), k.andnot(moved, k.bits(fractionBits(c))));
}

/** The e of the float that {@link splitFloat} made `moved` of, as a float, less `lift`. */
export function exponentOf<V>(k: Lanes<V>, c: Coefficients, moved: V, lift = 0): V {
  const unit = 2 ** c.fraction; // as a float its last bit weighs 1
  return k.sub(k.or(k.shr(moved, c.fraction), k.constant(unit)), k.constant(unit + c.bias + lift));
}

function fractionBits(c: Coefficients): bigint {
  return (1n << BigInt(c.fraction)) - 1n;
}
