/** Functions of whole numbers beyond the algebra's words: bit by bit, shifts, common divisors and multiples. */
import type { Intrinsic } from "./formula.ts";
import type { Lanes } from "./wasm/lanes.ts";

const common = { partials: [null, null], only: "int32" } as const;

/** a & b; of truths, whether both hold. */
export const and: Intrinsic = {
  name: "bitAnd",
  compute: (a, b) => a & b,
  ...common,
  lanes: (k, a, b) => k.and(a, b),
  cost: 1,
};

/** a | b; of truths, whether one holds. */
export const or: Intrinsic = {
  name: "bitOr",
  compute: (a, b) => a | b,
  ...common,
  lanes: (k, a, b) => k.or(a, b),
  cost: 1,
};

/** a ^ b; of truths, whether they differ. */
export const xor: Intrinsic = {
  name: "bitXor",
  compute: (a, b) => a ^ b,
  ...common,
  lanes: (k, a, b) => k.xor(a, b),
  cost: 1,
};

/** ~a */
export const not: Intrinsic = {
  name: "bitNot",
  compute: (a) => ~a,
  ...common,
  lanes: (k, a) => k.not(a),
  cost: 1,
};

/** `shift` of a by b, in steps of 1, 2, 4, 8 and 16, since lanes shift by constants only; `beyond` for b outside 0 to 31. */
function shifted<V>(k: Lanes<V>, a: V, b: V, shift: (a: V, count: number) => V, beyond: V): V {
  let y = a;
  for (let count = 1; count < 32; count *= 2) {
    const isSet = k.ne(k.and(b, k.constant(count)), k.constant(0));
    y = k.select(isSet, shift(y, count), y);
  }
  return k.select(k.eq(k.and(b, k.constant(31)), b), y, beyond);
}

/** a << b; 0 for b outside 0 to 31. */
export const shiftLeft: Intrinsic = {
  name: "shiftLeft",
  compute: (a, b) => (b & 31) === b ? a << b : 0,
  ...common,
  lanes: (k, a, b) => shifted(k, a, b, k.shl, k.constant(0)),
};

/** a >> b, filled with the sign of a, which alone is left for b outside 0 to 31. */
export const shiftRight: Intrinsic = {
  name: "shiftRight",
  compute: (a, b) => a >> ((b & 31) === b ? b : 31),
  ...common,
  lanes: (k, a, b) => shifted(k, a, b, k.shrSigned, k.shrSigned(a, 31)),
};

function divisor(a: number, b: number): number {
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return Math.abs(a) | 0;
}

/** The greatest common divisor; 0 for two zeros. */
export const gcd: Intrinsic = { name: "gcd", compute: divisor, ...common };

/** The least common multiple; 0 where one is 0. */
export const lcm: Intrinsic = {
  name: "lcm",
  compute: (a, b) => a === 0 || b === 0 ? 0 : Math.abs(Math.imul(a / divisor(a, b), b)) | 0,
  ...common,
};
