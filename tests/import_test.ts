/** Importing mod.ts: from anywhere, with no permission, leaving no trace, and the program ends by itself. */
import { assert, assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);
const use =
  "const x = tensor([1, 2, 3], { requiresGrad: true });\nx.mul(x).sum().backward();\nconsole.log(String(x.grad!.toArray()));\n";
const TIMEOUT = 30_000; // milliseconds after which a program counts as one that does not end

/** Runs a program that imports `url` in a folder of its own, with the given permissions. */
async function run(
  url: string,
  permissions: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "dinograd-" });
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, `import { tensor } from ${JSON.stringify(url)};\n${use}`);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", ...permissions, "main.ts"],
      cwd: folder,
      env: { NO_COLOR: "1", ...env },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const timer = setTimeout(() => child.kill(), TIMEOUT);
    const { success, stdout, stderr } = await child.output();
    clearTimeout(timer);
    assert(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("import by file URL from another folder works with nothing granted", async () => {
  assertEquals(await run(new URL("mod.ts", root).href, []), "2,4,6");
});

Deno.test("import uses no permission even where all are granted", async () => {
  const log = await Deno.makeTempFile({ prefix: "dinograd-", suffix: ".jsonl" });
  try {
    assertEquals(await run(new URL("mod.ts", root).href, ["-A"], { DENO_AUDIT_PERMISSIONS: log }), "2,4,6");
    assertEquals(await Deno.readTextFile(log), "");
  } finally {
    await Deno.remove(log);
  }
});

Deno.test("import over http needs the host only, and every file of the graph arrives", async () => {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const text = await Deno.readTextFile(new URL(`.${pathname}`, root)).catch(() => null);
    return text === null
      ? new Response("", { status: 404 })
      : new Response(text, { headers: { "content-type": "application/typescript" } });
  });
  const cache = await Deno.makeTempDir({ prefix: "dinograd-" });
  try {
    const host = `127.0.0.1:${server.addr.port}`;
    const printed = await run(`http://${host}/mod.ts`, [`--allow-import=${host}`], { DENO_DIR: cache });
    assertEquals(printed, "2,4,6");
    assert(asked.includes("/mod.ts") && asked.includes("/lib/tape.ts"));
    assertEquals(
      asked.filter((path) => !/^\/(mod\.ts$|lib\/|ops\/)/.test(path)),
      [],
      "only mod.ts, lib/ and ops/",
    );
  } finally {
    await server.shutdown();
    await Deno.remove(cache, { recursive: true });
  }
});
