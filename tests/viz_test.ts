/** Pages, tables and pictures; what a page looks like in a browser is for eyes, what it is told is tested here. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { rand, tensor } from "../mod.ts";
import { Page, picture, table } from "../lib/viz/mod.ts";

/** The messages in a saved page. */
async function messagesOf(page: Page): Promise<Record<string, unknown>[]> {
  const html = await page.html();
  return JSON.parse(/id="messages">(.*)<\/script>/.exec(html)![1]);
}

Deno.test("html() has everything inside: Chart.js, the script and the messages", async () => {
  const page = new Page("a < b & c");
  page.status("</script><b>");
  const html = await page.html();
  assert(html.includes("a &lt; b &amp; c"));
  assert(html.includes("Chart.js v3.9.1"));
  assertEquals(
    html.match(/<\/script>/g)?.length,
    3,
    "Chart.js, the messages and the script end one element each",
  );
  assertEquals(await messagesOf(page), [{ kind: "status", panel: "", text: "</script><b>" }]);
});

Deno.test("curve() adds points, everything else replaces what was drawn", async () => {
  const page = new Page("page");
  page.curve("loss", "train", 0, 2);
  page.curve("loss", "train", 1, tensor(0.5));
  page.bars("norms", "weight", { a: 1 });
  page.bars("norms", "weight", { a: 2, b: 3 });
  const [line, bars, ...rest] = await messagesOf(page);
  assertEquals(line.points, [[0, 2], [1, 0.5]]);
  assertEquals(bars.points, [["a", 2], ["b", 3]]);
  assertEquals(rest, []);
});

Deno.test("curve() thins a long curve and keeps its beginning and end", async () => {
  const page = new Page("page");
  for (let i = 0; i < 20_000; i++) page.curve("loss", "train", i, i);
  const [{ points }] = await messagesOf(page);
  const xs = (points as number[][]).map(([x]) => x);
  assert(xs.length <= 4000 && xs[0] === 0 && xs.at(-1)! >= 19_990, `${xs.length} points to ${xs.at(-1)}`);
});

Deno.test("images() packs gray, signed and coloured images as bytes", async () => {
  const page = new Page("page");
  page.images("gray", tensor([[0, 1], [2, 4]]));
  page.images("signed", tensor([[[-1, 0, 0.5]]]), { colors: "signed", captions: [7] });
  page.images("rgb", tensor([[[[0]], [[1]], [[0.5]]]]), { range: [0, 1] });
  const packed = (await messagesOf(page)).map(({ images }) => images as Record<string, unknown>);
  const bytes = packed.map((images) => [...Uint8Array.fromBase64(images.bytes as string)]);
  assertEquals(bytes, [[0, 64, 128, 255], [0, 128, 191], [0, 255, 128]]);
  assertEquals(packed[1].captions, ["7"]);
  assertEquals([packed[2].channels, packed[2].count], [3, 1]);
});

Deno.test("images() and points() of other shapes are errors", () => {
  const page = new Page("page");
  assertThrows(
    () => page.images("x", rand([2, 2, 4, 4])),
    TypeError,
    "Cannot draw images of shape [2, 2, 4, 4]",
  );
  assertThrows(() => page.points("x", "y", rand([4, 3])), TypeError, "Cannot draw points of shape [4, 3]");
});

Deno.test("serve() sends the past, then each message as it comes", async () => {
  const page = new Page("page");
  page.curve("loss", "train", 0, 2);
  const server = page.serve();
  const html = await (await fetch(server.url)).text();
  assert(html.includes("new EventSource"));
  const chart = await (await fetch(`${server.url}chart.js`)).text();
  assert(chart.includes("Chart.js"));
  const reader = (await fetch(`${server.url}events`)).body!.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () => JSON.parse((await reader.read()).value!.replace(/^data: /, ""));
  assertEquals((await next()).points, [[0, 2]]);
  page.curve("loss", "train", 1, 1);
  const { points, append } = await next();
  assertEquals([points, append], [[[1, 1]], true]);
  await reader.cancel();
  await server.close();
});

Deno.test("table() aligns numbers to the right", () => {
  const rows = [["AND", 1, true], ["NAND", -0.5, false], ["tiny", 1.23456789e-7, true]];
  const text = ["gate         w  right", "AND          1  yes", "NAND      -0.5  no", "tiny  1.235e-7  yes"]
    .join("\n");
  assertEquals(table(["gate", "w", "right"], rows), text);
});

Deno.test("picture() draws two rows a line and images side by side", () => {
  const x = tensor([[[0, 1], [0, 1]], [[1, 0], [0, 0]]]);
  assertEquals(picture(x, { captions: ["a", "b"] }), " █ ▒\na  b");
  assertEquals(picture(x, { columns: 1 }), " █\n▒");
});
