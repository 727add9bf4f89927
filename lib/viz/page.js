// The script of a page (page.ts): draws each message into the panel that it names. It runs in the browser.

const MOST_POINTS = 4000; // as in page.ts
const PALETTE = ["#3b82c4", "#e4572e", "#3a9e5c", "#a55fc4", "#d99a1c", "#1fa3a3", "#d6568f", "#84863a"];
const dark = matchMedia("(prefers-color-scheme: dark)");
const panels = new Map();
const stale = new Set(); // charts to be drawn again in the next frame

const saved = document.getElementById("messages");
const Chart = globalThis.Chart ?? await library();
if (saved) JSON.parse(saved.textContent).forEach(show);
else new EventSource("/events").onmessage = ({ data }) => show(JSON.parse(data));
dark.onchange = () => panels.forEach(({ chart }) => chart && (theme(chart), chart.update()));

/** Chart.js from esm.sh or, where that does not answer, from the program that serves this page. */
async function library() {
  const late = new Promise((_, reject) => setTimeout(reject, 3000));
  try {
    return (await Promise.race([import("https://esm.sh/chart.js@4.5.0/auto"), late])).default;
  } catch {
    await new Promise((done) => {
      document.head.append(
        Object.assign(document.createElement("script"), { src: "/chart.js", onload: done }),
      );
    });
    return globalThis.Chart;
  }
}

function show(message) {
  const { kind, panel: title } = message;
  if (kind === "status") {
    document.getElementById("status").textContent = message.text;
    return;
  }
  if (!panels.has(title)) {
    const box = element("section", { ariaLabel: title }), body = element("div");
    box.append(element("h2", { textContent: title }), body);
    document.querySelector(kind === "table" ? "#tables" : "main").append(box);
    panels.set(title, { body, axes: {} });
  }
  const panel = panels.get(title), draw = { images, matrix, table }[kind];
  if (draw) draw(panel.body, message);
  else chart(panel, message);
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

// ---------------------------------------------------------------------------------------------------------- charts

function chart(panel, { kind, axes, series, points, append }) {
  if (kind === "axes") panel.axes = axes;
  if (!panel.chart && kind === "axes") return; // the first series says what chart it is
  if (!panel.chart) {
    const canvas = element("canvas");
    panel.body.className = "chart";
    panel.body.append(canvas);
    panel.chart = newChart(canvas, kind, panel.axes);
  }
  if (series !== undefined) setSeries(panel.chart, { kind, series, points, append });
  if (stale.size === 0) {
    requestAnimationFrame(() => {
      for (const chart of stale) chart.update();
      stale.clear();
    });
  }
  stale.add(panel.chart);
}

/** The labels of a logarithmic axis: 1, 2 and 5 times the powers of ten. */
function powers(value) {
  const leading = Math.round(value / 10 ** Math.floor(Math.log10(value)));
  return [1, 2, 5].includes(leading) ? short(value) : "";
}

function newChart(canvas, kind, { x = "", y = "", log = "", range = [] }) {
  const isBars = kind === "bars";
  const axis = (text, name) => ({
    type: log.includes(name) ? "logarithmic" : isBars && name === "x" ? "category" : "linear",
    title: { display: text !== "", text },
    ticks: { maxRotation: isBars ? 60 : 0, autoSkip: true, ...(log.includes(name) && { callback: powers }) },
  });
  const [min, max] = range;
  const made = new Chart(canvas, {
    type: { line: "line", points: "scatter", bars: "bar" }[kind],
    data: { datasets: [], ...(isBars ? { labels: [] } : {}) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: kind === "line" ? "nearest" : "point", axis: "x", intersect: false },
      plugins: { legend: { labels: { boxWidth: 14, boxHeight: kind === "points" ? 14 : 3 } } },
      scales: { x: axis(x, "x"), y: { ...axis(y, "y"), min, max } },
    },
  });
  theme(made);
  return made;
}

/** Colours that go with the light or dark page. */
function theme({ options }) {
  const [text, line] = dark.matches ? ["#98a1ae", "#2c323a"] : ["#6a7280", "#e6e9ed"];
  options.color = text;
  options.plugins.legend.labels.color = text;
  for (const axis of Object.values(options.scales)) {
    axis.ticks.color = axis.title.color = text;
    axis.grid = { color: line, borderColor: line };
    axis.border = { color: line }; // version 4
  }
}

function setSeries({ data, options }, { kind, series, points, append }) {
  let set = data.datasets.find(({ label, kind: of }) => label === series && of === kind);
  if (!set) {
    const color = PALETTE[data.datasets.length % PALETTE.length];
    set = { ...look(kind, color), label: series, kind, data: [] };
    data.datasets.push(set);
    options.plugins.legend.display = data.datasets.length > 1 || kind !== "bars";
  }
  if (kind === "bars") {
    data.labels = [...new Set([...data.labels, ...points.map(([label]) => label)])];
    set.data = data.labels.map((label) => points.find(([name]) => name === label)?.[1] ?? null);
    return;
  }
  const more = points.map(([x, y]) => ({ x, y }));
  set.data = append ? [...set.data, ...more] : more;
  if (set.data.length > MOST_POINTS) set.data = set.data.filter((_, i) => i % 2 === 0);
  if (kind === "line") set.pointRadius = set.data.length > 25 ? 0 : 2.5;
}

function look(kind, color) {
  const colors = { borderColor: color, backgroundColor: color };
  if (kind === "points") {
    return { ...colors, type: "scatter", pointRadius: 3, backgroundColor: color + "b0", borderWidth: 0 };
  }
  if (kind === "bars") return { ...colors, type: "bar", backgroundColor: color + "d0", borderWidth: 0 };
  return { ...colors, type: "line", pointRadius: 2.5, pointHitRadius: 8, borderWidth: 2, tension: 0 };
}

// ------------------------------------------------------------------------------------------- images, matrix, table

function images(body, { images: { count, height, width, channels, bytes, colors, captions, columns } }) {
  const pixels = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  body.className = "images";
  body.style.setProperty("--columns", columns || "auto-fill");
  body.style.setProperty("--least", columns ? "0" : `${Math.max(3.2, Math.min(width, 160) / 16)}rem`);
  body.replaceChildren(...Array.from({ length: count }, (_, n) => {
    const canvas = element("canvas", { width, height }), figure = element("figure");
    const context = canvas.getContext("2d"), image = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const at = (n * width * height + i) * channels;
      image.data.set(color(pixels.subarray(at, at + channels), colors), 4 * i);
    }
    context.putImageData(image, 0, 0);
    figure.append(canvas);
    if (captions[n] !== undefined) figure.append(element("figcaption", { textContent: captions[n] }));
    return figure;
  }));
}

/** Red, green, blue and opacity of a pixel. */
function color(pixel, colors) {
  if (pixel.length === 3) return [...pixel, 255];
  const [first] = pixel;
  if (colors !== "signed") return [first, first, first, 255];
  const share = Math.min(1, Math.abs(first - 127.5) / 127.5);
  const [r, g, b] = first > 127.5 ? [196, 42, 32] : [32, 84, 180];
  return [...[r, g, b].map((full) => 255 + share * (full - 255)), 255];
}

function matrix(body, { rows, classes, sides }) {
  const [down, across] = sides, table = element("table", { className: "matrix" });
  const names = rows[0].map((_, i) => String(classes[i] ?? i));
  const head = element("tr");
  head.append(th(""), ...names.map(th));
  table.append(head);
  rows.forEach((row, i) => {
    const line = element("tr"), sum = row.reduce((a, b) => a + Math.abs(b), 0) || 1;
    line.append(th(String(classes[i] ?? i)));
    row.forEach((value, j) => {
      const cell = element("td", { textContent: value === 0 ? "·" : short(value) });
      const share = Math.min(100, 100 * Math.sqrt(Math.abs(value) / sum)); // the root lets small mistakes be seen
      cell.style.background = `color-mix(in oklab, ${
        i === j ? PALETTE[0] : PALETTE[1]
      } ${share}%, transparent)`;
      if (share > 55) cell.style.color = "#fff";
      line.append(cell);
    });
    table.append(line);
  });
  body.className = "scroll";
  body.replaceChildren(table, element("figcaption", { textContent: `rows: ${down}, columns: ${across}` }));
}

function th(textContent) {
  return element("th", { textContent });
}

function table(body, { head, rows }) {
  const table = element("table"), first = element("tr");
  first.append(...head.map(th));
  table.append(first);
  for (const row of rows) {
    const line = element("tr");
    line.append(...row.map((value) =>
      element("td", {
        textContent: typeof value === "number" ? short(value) : value,
        className: typeof value === "number" ? "number" : "",
      })
    ));
    table.append(line);
  }
  body.className = "scroll";

  body.replaceChildren(table);
}

/** A number with at most five significant digits, as a power of ten if it is very small or large. */
function short(value) {
  const size = Math.abs(value), brief = Number(value.toPrecision(5));
  return value === 0 || (size >= 1e-4 && size < 1e7) ? String(brief) : brief.toExponential();
}
