/**
 * Trains on MNIST and draws loss and accuracy live in the browser: `deno task dashboard`, then open the printed address.
 *
 * Needs --allow-net=127.0.0.1. The page takes Chart.js from esm.sh and, where that is out of reach, from this program,
 * which carries npm's copy (version 3, the last that is one file). Points go to the page as they happen, by server-sent
 * events; a page opened late gets the past.
 */
import chartSource from "npm:chart.js@3.9.1/dist/chart.min.js" with { type: "text" };
import { backend, crossEntropy, data, manualSeed, metrics, nn, noGrad, optim } from "../mod.ts";

/** One point of a curve. */
interface Point {
  readonly curve: "loss" | "accuracy";
  readonly step: number;
  readonly value: number;
}

const points: Point[] = [], listeners = new Set<(point: Point) => void>();

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, ({ url }) => {
  const { pathname } = new URL(url);
  if (pathname === "/") return new Response(page(), { headers: { "content-type": "text/html" } });
  if (pathname === "/events") return events();
  if (pathname !== "/chart.js") return new Response("not found", { status: 404 });
  return new Response(chartSource, { headers: { "content-type": "text/javascript" } });
});
Deno.addSignalListener("SIGINT", () => Deno.exit(130));

manualSeed(1);
const { train, test } = await data.mnist();
const loader = new data.DataLoader(train, { batchSize: 64, shuffle: true });
const model = new nn.Sequential(
  new nn.Flatten(),
  new nn.Linear(784, 128),
  new nn.ReLU(),
  new nn.Linear(128, 10),
);
const optimizer = new optim.Adam(model.parameters());

let step = 0;
for (let epoch = 1; epoch <= 5; epoch++) {
  for await (const [x, y] of data.tqdm(loader, { desc: `epoch ${epoch}` })) {
    const loss = crossEntropy(model.forward(x.div(255)), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    if (step % 10 === 0) report({ curve: "loss", step, value: loss.item() });
    if (step++ % 200 === 0) report({ curve: "accuracy", step, value: accuracy() });
  }
}
console.log(`test accuracy ${accuracy().toFixed(2)}%; the page stays until Ctrl-C`);
await server.finished;

function report(point: Point): void {
  points.push(point);
  for (const tell of listeners) tell(point);
}

function accuracy(): number {
  const [images, labels] = test.tensors;
  return 100 * metrics.accuracy(noGrad(() => model.forward(images.div(255))), labels);
}

function onListen({ port }: { port: number }): void {
  console.log(`live curves at http://127.0.0.1:${port}`);
}

/** The stream of points, past ones first. */
function events(): Response {
  const encoder = new TextEncoder();
  let tell = (_point: Point): void => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      tell = (point) => controller.enqueue(encoder.encode(`data: ${JSON.stringify(point)}\n\n`));
      points.forEach(tell);
      listeners.add(tell);
    },
    cancel: () => void listeners.delete(tell),
  });
  return new Response(stream, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

/** The page: two charts that grow with the events. */
function page(): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>dinograd: MNIST</title>
<style>
  :root { color-scheme: light dark; font: 16px system-ui; }
  body { margin: 1rem auto; max-width: 60rem; padding: 0 1rem; }
  .charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); }
  .charts > div { height: 20rem; position: relative; }
</style>
<h1>MNIST, 784-128-10</h1><p>${backend()}</p><p id="now">waiting for the first step</p>
<div class="charts"><div><canvas id="loss"></canvas></div><div><canvas id="accuracy"></canvas></div></div>
<script type="module">
  const own = () => new Promise((done) => {
    const script = Object.assign(document.createElement("script"), { src: "/chart.js", onload: () => done({ default: Chart }) });
    document.head.append(script);
  });
  const library = (await import("https://esm.sh/chart.js@4.5.0/auto").catch(own)).default;
  library.defaults.color = matchMedia("(prefers-color-scheme: dark)").matches ? "#bbb" : "#444";
  const x = { type: "linear", title: { display: true, text: "step" } };
  const chart = (id, label, color) => new library(document.getElementById(id), {
    type: "line",
    data: { datasets: [{ label, data: [], borderColor: color, backgroundColor: color, pointRadius: 0, borderWidth: 2 }] },
    options: { animation: false, parsing: false, maintainAspectRatio: false, scales: { x } },
  });
  const charts = {
    loss: chart("loss", "training loss", "#e4572e"),
    accuracy: chart("accuracy", "test accuracy, %", "#2e86ab"),
  };
  const stale = new Set();
  new EventSource("/events").onmessage = ({ data }) => {
    const { curve, step, value } = JSON.parse(data);
    charts[curve].data.datasets[0].data.push({ x: step, y: value });
    document.getElementById("now").textContent = "step " + step + ": " + curve + " " + value.toFixed(4);
    if (stale.size === 0) requestAnimationFrame(() => { for (const c of stale) c.update(); stale.clear(); });
    stale.add(charts[curve]);
  };
</script>`;
}
