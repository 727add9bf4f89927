/** The import arrows of the architecture: who may run whose code. Types may be imported from anywhere. */
import { assert, assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);

/** A run-time import: the file that has it and the file it names, relative to the repository. */
interface Arrow {
  readonly from: string;
  readonly to: string;
}

async function sources(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) found.push(...await sources(`${folder}${name}/`));
    else if (name.endsWith(".ts")) found.push(folder + name);
  }
  return found;
}

const statement =
  /^(?:import|export)\s+(?:(type)\s+)?(?:([^;"']*?)\s*from\s*)?["']([^"']+)["']|import\(\s*["']([^"']+)["']/gm;

/** The imports of a file that run code; those of types alone do not. */
async function arrowsOf(from: string): Promise<Arrow[]> {
  const text = (await Deno.readTextFile(new URL(from, root))).replace(/\/\*[^]*?\*\//g, ""); // examples import too
  return [...text.matchAll(statement)].flatMap(([, type, names = "", path, dynamic]) => {
    const listed = /^\{([^}]*)\}$/.exec(names.trim())?.[1].split(",").map((name) => name.trim()).filter(
      Boolean,
    );
    if (type || listed?.every((name) => name.startsWith("type "))) return [];
    const target = path ?? dynamic;
    const to = target.startsWith(".")
      ? new URL(target, new URL(from, root)).href.slice(root.href.length)
      : target;
    return [{ from, to }];
  });
}

/** Entry points of their own, which use npm packages and which nothing else imports: files of images, and plots. */
const besides = within("lib/data/images.ts", "lib/viz/");
const contents = "lib/contents.ts"; // a list, which may name every file
const files = [...await sources("lib/"), ...await sources("ops/"), "mod.ts"].filter((file) =>
  file !== contents
);
const arrows = (await Promise.all(files.map(arrowsOf))).flat();

/** Files that know of numbers, shapes and words only. */
const pure = [
  ...["errors", "arguments", "shape", "dtype", "random", "format", "phrases"],
  ...["formula", "derivative", "kernel", "loops", "gemm_loop", "einsum", "watch"],
].map((name) => `lib/${name}.ts`).concat("lib/special/", "lib/linalg/");
/** What nn, optim, data and the like are built on. */
const publicApi = [
  ...pure.slice(0, 7),
  ...[
    "tensor",
    "tape",
    "grad_mode",
    "backward",
    "function",
    "autograd",
    "scope",
    "distributions",
    "scalar",
    "forward",
    "join",
    "windows",
  ]
    .map((name) => `lib/${name}.ts`),
  "lib/attention.ts", // heads side by side, which no public op takes
  "lib/update.ts", // optimizers' fused updates: no op, for nothing is differentiated
  "lib/watch.ts", // what compiled functions do again as a whole
];
const applications = ["nn", "optim", "data", "io", "viz", "func"].map((name) => `lib/${name}/`);

/** Asserts that run-time imports of the files chosen by `whose` go only where `allowed` says. */
function only(whose: (file: string) => boolean, allowed: (to: string, from: string) => boolean): void {
  const wrong = arrows.filter(({ from, to }) => whose(from) && !allowed(to, from));
  assertEquals(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
}

function within(...places: readonly string[]): (file: string) => boolean {
  return (file) => places.some((place) => file === place || (place.endsWith("/") && file.startsWith(place)));
}

function ops(name: string): string {
  return `ops/${name}.ts`;
}

Deno.test("the graph of mod.ts has relative imports only", () => {
  only((from) => !besides(from), (to) => /^(lib|ops)\//.test(to) && !besides(to));
});

Deno.test("lib/contents.ts lists files after those that they need", async () => {
  const listed = (await arrowsOf(contents)).map(({ to }) => to),
    place = (file: string) => listed.indexOf(file);
  const wrong = arrows.filter(({ from, to }) => place(from) >= 0 && place(to) > place(from));
  assertEquals(wrong.map(({ from, to }) => `${to} must be listed above ${from}`), []);
});

Deno.test("lib/ runs nothing from ops/", () => {
  only(within("lib/"), (to) => !to.startsWith("ops/"));
});

Deno.test("op files import lib/ only, and the lists of ops the op files", () => {
  const lists = within(...["mod", "pointwise", "functional", "nn", "linalg", "special", "fft"].map(ops));
  // linear algebra is one family in several files, whose functions are no methods
  const algebra = within(
    ...["norm", "matrix", "factor", "lu", "orthogonal", "eigen", "low_rank", "solve", "least_squares"].map(
      ops,
    ),
    ...["inverse", "determinant", "matrix_exp"].map(ops),
  );
  only((from) => from.startsWith("ops/") && !lists(from) && !algebra(from), within("lib/"));
  only(algebra, (to) => within("lib/")(to) || algebra(to));
  only((from) => from.startsWith("ops/") && from !== "ops/nn.ts", (to) => !within(...applications)(to));
});

Deno.test("pure files import each other only", () => {
  only(within(...pure), within(...pure));
});

Deno.test("memory, wasm and blas import pure files; wasm also memory", () => {
  only(within("lib/memory/"), within("lib/memory/", ...pure));
  only(within("lib/blas/"), within("lib/blas/", ...pure));
  only(within("lib/wasm/"), within("lib/wasm/", "lib/memory/", ...pure));
});

Deno.test("backend imports wasm, blas, memory and pure files", () => {
  only(within("lib/backend.ts"), within("lib/wasm/", "lib/blas/", "lib/memory/", ...pure));
});

Deno.test("tensor <- tape <- op <- pointwise: none imports a later one", () => {
  const order = ["node", "tensor", "tape", "backward", "op", "pointwise", "inplace", "install"].map((name) =>
    `lib/${name}.ts`
  );
  order.forEach((file, i) => only(within(file), (to) => !order.slice(i + 1).includes(to)));
});

Deno.test("the core knows nothing of nn, optim, data, io and viz", () => {
  only(
    (from) => from.startsWith("lib/") && !within(...applications)(from),
    (to) => !within(...applications)(to),
  );
});

Deno.test("nn, optim, data, io and viz use the public tensor API", () => {
  only(
    (from) => within(...applications)(from) && !besides(from),
    (to) => within(...applications, ...publicApi)(to) || to.startsWith("node:"),
  );
});

Deno.test("imports have no cycles at run time", () => {
  const state = new Map<string, "open" | "done">();
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === "done") return;
    assert(state.get(file) !== "open", `cycle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
    state.set(file, "open");
    for (const { from, to } of arrows) if (from === file) visit(to, [...path, file]);
    state.set(file, "done");
  };
  files.forEach((file) => visit(file, []));
});
