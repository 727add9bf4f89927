/** As fuzz_test.ts, for every layer, optimizer, scheduler and loader: constructors, their options, and first use. */
import "./setup.ts";
import { data, nn, optim } from "../mod.ts";
import { type Elsewhere, layers, loaders, optimizers, type Sample, schedulers } from "./cases/layers.ts";
import { assertNoAccident, odd } from "./odd.ts";

type Class = new (...args: unknown[]) => { forward(...inputs: unknown[]): unknown };

/** Changes one argument, or one option of an options object, to each odd value. */
function* variants(args: readonly unknown[]): Generator<[string, unknown[]]> {
  for (const [name, value] of odd) {
    for (let i = 0; i <= args.length; i++) {
      yield [`argument ${i} = ${name}`, Object.assign([...args], { [i]: value })];
      const options = args[i];
      if (typeof options !== "object" || options === null || options.constructor !== Object) continue;
      for (const key of Object.keys(options)) {
        yield [`option ${key} = ${name}`, Object.assign([...args], { [i]: { ...options, [key]: value } })];
      }
    }
  }
  yield ["no arguments", []];
}

function accidents(type: Class, { make, inputs = () => [], use }: Sample): string[] {
  const found: string[] = [];
  const attempt = (what: string, args: unknown[], given: unknown[]) => {
    try {
      assertNoAccident(what, () => {
        const made = new type(...args);
        return use ? use(made as never, ...given as never[]) : made.forward(...given);
      });
    } catch (error) {
      found.push((error as Error).message);
    }
  };
  const plain = new type(...make());
  if (use) use(plain as never, ...inputs() as never[]);
  else plain.forward(...inputs()); // the sample itself works
  for (const [what, args] of variants(make())) attempt(`new: ${what}`, args, inputs());
  if (inputs().length) {
    for (const [what, given] of variants(inputs())) attempt(`use: ${what}`, make(), given);
  }
  return found;
}

function fuzz(namespace: object, name: string, samples: object): void {
  for (const [key, sample] of Object.entries(samples) as [string, Sample | Elsewhere][]) {
    if ("elsewhere" in sample) continue;
    Deno.test(`${name}.${key} refuses odd arguments in our words`, () => {
      const found = accidents((namespace as Record<string, Class>)[key], sample);
      if (found.length) throw new Error(`${found.length} accidents:\n${found.slice(0, 8).join("\n")}`);
    });
  }
}

fuzz(nn, "nn", layers);
fuzz(optim, "optim", optimizers);
fuzz(optim.lrScheduler, "optim.lrScheduler", schedulers);
fuzz(data, "data", loaders);
