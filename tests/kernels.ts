/**
 * Prints the WebAssembly that is generated for a pointwise op: `deno task kernels NAME [float32|float64|int32]`.
 */
import "../mod.ts";
import { computeType } from "../lib/execute.ts";
import { asDType } from "../lib/dtype.ts";
import { registry } from "../lib/op.ts";
import { Pointwise } from "../lib/pointwise.ts";
import { features } from "../lib/wasm/engine.ts";
import { pointwiseModule } from "../lib/wasm/pointwise.ts";

const [name = "", type = "float32"] = Deno.args, op = registry.get(name);
if (!(op instanceof Pointwise)) {
  const names = [...registry].filter(([, o]) => o instanceof Pointwise).map(([n]) => n).sort();
  console.error(`usage: deno task kernels NAME [DTYPE], with NAME one of ${names.join(", ")}`);
  Deno.exit(2);
}
const dtype = asDType("print a kernel", type), compute = computeType(dtype);
const module = pointwiseModule({
  root: op.root,
  compute,
  inputs: Array.from(
    { length: op.arity },
    (_, i) =>
      i < op.arity - op.params
        ? { dtype, mode: "vector" } as const
        : { dtype: compute, mode: "number" } as const,
  ),
  output: { dtype, mode: "vector" },
}, features().fma);
console.log(module.toText());
