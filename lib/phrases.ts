/**
 * Phrases: pieces of formulas that several ops share, said so that nothing overflows.
 *
 * Their branches are chosen by select, and each branch is smooth, so derived gradients of any order are right
 * everywhere, also where the branches meet; |x| would lose a derivative there.
 */
import type { Algebra } from "./formula.ts";

/** exp(−|x|) */
function decay<V, M>(k: Algebra<V, M>, x: V): V {
  return k.exp(k.select(k.lt(x, k.constant(0)), x, k.neg(x)));
}

/** 1 / (1 + e⁻ˣ), to full relative precision also where it is tiny. */
export function sigmoid<V, M>(k: Algebra<V, M>, x: V): V {
  const one = k.constant(1), e = decay(k, x);
  return k.div(k.select(k.lt(x, k.constant(0)), e, one), k.add(one, e));
}

/** log(1 + eˣ) */
export function softplus<V, M>(k: Algebra<V, M>, x: V): V {
  const zero = k.constant(0);
  return k.add(k.select(k.lt(x, zero), zero, x), k.log1p(decay(k, x)));
}

/** eˣ / 2, through e to the half so that it overflows only where the result does. */
function halfExp<V, M>(k: Algebra<V, M>, x: V): V {
  const half = k.constant(0.5), root = k.exp(k.mul(half, x));
  return k.mul(k.mul(half, root), root);
}

/** (eˣ + e⁻ˣ) / 2 */
export function cosh<V, M>(k: Algebra<V, M>, x: V): V {
  return k.add(halfExp(k, x), halfExp(k, k.neg(x)));
}

/** (eˣ − e⁻ˣ) / 2; near 0, where the digits of the difference cancel, tanh(x) cosh(x). */
export function sinh<V, M>(k: Algebra<V, M>, x: V): V {
  const difference = k.sub(halfExp(k, x), halfExp(k, k.neg(x)));
  return k.select(k.lt(k.abs(x), k.constant(1)), k.mul(k.tanh(x), cosh(k, x)), difference);
}

/** a where low ≤ x ≤ high, else 0. */
export function inside<V, M>(k: Algebra<V, M>, a: V, x: V, low: V, high: V): V {
  return k.select(k.and(k.le(low, x), k.le(x, high)), a, k.constant(0));
}
