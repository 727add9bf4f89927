/**
 * Adder of NANDs: 72 equal neurons that add two bytes, right for all 65,536 pairs.
 *
 *     NAND(a, b) = f(3 − 2a − 2b)
 *
 * One neuron is a NAND, and of NANDs any circuit can be made, so networks of neurons can compute whatever a
 * computer can (Nielsen, "Neural Networks and Deep Learning", chapter 1, draws the half of this adder). A full
 * adder takes nine:
 *
 *     a ─┐         x = NAND(a, b)                              sum of a and b without carry: a ≠ b
 *     b ─┼─ ≠ ─┐   a≠b = NAND(NAND(a, x), NAND(b, x))          then the same with the carry that comes in
 *     c ───────┴─ ≠ ── sum    carry = NAND(x, y): one of the two made a carry
 *
 * Each wire below is a tensor with its bit for every pair of bytes, so that one pass through the circuit tries
 * them all.
 *
 * Takes 0.2 s.
 */
import { arange, type Tensor, zerosLike } from "../../mod.ts";
import { table } from "../../lib/viz/mod.ts";
import { system } from "../system.ts";

const run = system("Adder of NANDs");

let neurons = 0;

/** One perceptron with weights −2, −2 and bias 3. */
function nand(a: Tensor, b: Tensor): Tensor {
  neurons++;
  return a.mul(-2).add(b.mul(-2)).add(3).gt(0).to("float32");
}

/** Whether exactly one of two bits is set, and the NAND of both on the way. */
function differ(a: Tensor, b: Tensor): [isOne: Tensor, notBoth: Tensor] {
  const notBoth = nand(a, b);
  return [nand(nand(a, notBoth), nand(b, notBoth)), notBoth];
}

/** Adds three bits: the sum's last bit, and the carry. */
function fullAdder(a: Tensor, b: Tensor, carry: Tensor): [sum: Tensor, carry: Tensor] {
  const [either, notBoth] = differ(a, b);
  const [sum, notCarried] = differ(either, carry);
  return [sum, nand(notBoth, notCarried)];
}

const pairs = arange(0, 65_536, { dtype: "int32" });
const a = pairs.bitwiseAnd(255), b = pairs.bitwiseRightShift(8);
const bit = (x: Tensor, i: number) => x.bitwiseRightShift(i).bitwiseAnd(1).to("float32");

let carry = zerosLike(bit(a, 0)), sum = zerosLike(carry);
for (let i = 0; i < 8; i++) {
  const [digit, next] = fullAdder(bit(a, i), bit(b, i), carry);
  sum = sum.add(digit.mul(2 ** i));
  carry = next;
}
sum = sum.add(carry.mul(256));

const at = (x: Tensor, i: number): number => x.index([i]).item();
console.log(
  table(["a", "b", "a + b"], [0x1234, 0x0fff, 0xffff].map((i) => [at(a, i), at(b, i), at(sum, i)])),
);
const right = sum.eq(a.add(b)).sum().item();
run.check("right of 65,536 sums", right, { equals: 65_536 });
run.check("neurons", neurons, { equals: 72 });
await run.end();
