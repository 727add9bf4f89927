/** Polynomials: on numbers, and in formulas. */
import type { Algebra } from "../formula.ts";

/** c₀ + c₁ x + c₂ x² + ..., in two halves, even and odd powers, that the machine computes side by side. */
export function polynomial(c: readonly number[], x: number): number {
  const z = x * x;
  let i = c.length - 1, even = 0, odd = 0;
  if (i % 2 === 0) even = c[i--];
  for (; i > 0; i -= 2) {
    odd = odd * z + c[i];
    even = even * z + c[i - 1];
  }
  return odd * x + even;
}

/** The same in the words of a formula. */
export function polynomialIn<V, M>(k: Algebra<V, M>, c: readonly number[], x: V): V {
  const z = k.mul(x, x),
    chain = (rest: number) => {
      const [first, ...others] = c.filter((_, i) => i % 2 === rest).reverse();
      return others.reduce((y, next) => k.add(k.mul(y, z), k.constant(next)), k.constant(first));
    };
  return k.add(k.mul(chain(1), x), chain(0));
}
