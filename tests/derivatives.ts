/**
 * Prints every pointwise op's formula and its gradients, derived or stated: `deno task derivatives [NAME ...]`.
 *
 * x, y, z are the operands, p, q the number parameters, g the incoming gradient, out the op's own output.
 */
import "../mod.ts";
import { toText } from "../lib/formula.ts";
import { registry } from "../lib/op.ts";
import { Pointwise } from "../lib/pointwise.ts";

const wanted = new Set(Deno.args);
for (const [name, op] of [...registry].sort(([a], [b]) => a < b ? -1 : 1)) {
  if (!(op instanceof Pointwise) || (wanted.size && !wanted.has(name))) continue;
  const operands = ["x", "y", "z", "u"].slice(0, op.arity - op.params),
    params = ["p", "q", "r"].slice(0, op.params);
  const names = [...operands, ...params, "g", "out"];
  console.log(`${name}(${[...operands, ...params].join(", ")}) = ${toText(op.root, names)}`);
  if (!op.differentiable) continue;
  operands.forEach((operand, i) => {
    const gradient = op.gradientOf(i);
    const text = gradient ? toText(gradient.op.root, gradient.uses.map((u) => names[u])) : "0";
    console.log(`    d${operand} = ${text}`);
  });
}
