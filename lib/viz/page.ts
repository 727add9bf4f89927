/**
 * A page of charts, image grids, tables and matrices. What it shows is a list of messages; a browser that looks on
 * live gets them as server-sent events, a saved file has them inside. Both run the same script, page.js.
 */
import type { Tensor } from "../tensor.ts";
import { type ImageOptions, type PackedImages, packImages } from "./pixels.ts";
import html from "./page.html" with { type: "text" };
import script from "./page.js" with { type: "text" };

/** A point of a chart: its place from left to right and from below to above. */
export type Point = readonly [x: number, y: number];

/** How the axes of a chart are drawn. */
export interface Axes {
  /** What is drawn from left to right, such as "epoch". */
  readonly x?: string;
  /** What is drawn from below to above, such as "test accuracy". */
  readonly y?: string;
  /** The axes with logarithmic scale. */
  readonly log?: "x" | "y" | "xy";
  /** The least and the greatest y to be seen; by default what the points need. */
  readonly range?: readonly [least: number, greatest: number];
}

/** How the rows and columns of a matrix are named. */
export interface MatrixOptions {
  /** Names of the rows, and of the columns if there are no other names for them; by default 0, 1, 2, ... */
  readonly classes?: readonly (string | number)[];
  /** What the rows and the columns are, by default ["true", "predicted"]. */
  readonly sides?: readonly [rows: string, columns: string];
}

/** A page that is served: where it is and how to end it. */
export interface Server {
  /** Its address. */
  readonly url: string;
  /** Ends it. */
  close(): Promise<void>;
  /** Resolves when it has ended. */
  readonly finished: Promise<void>;
}

/** What the page's script knows to draw; `panel` is the title of the box it goes to. */
type Message =
  | { readonly kind: "status"; readonly panel: ""; readonly text: string }
  | { readonly kind: "axes"; readonly panel: string; readonly axes: Axes }
  | {
    readonly kind: "line" | "points" | "bars";
    readonly panel: string;
    readonly series: string;
    readonly points: (Point | readonly [label: string, y: number])[];
    readonly append?: boolean;
  }
  | { readonly kind: "images"; readonly panel: string; readonly images: PackedImages }
  | {
    readonly kind: "matrix";
    readonly panel: string;
    readonly rows: readonly (readonly number[])[];
    readonly classes: readonly (string | number)[];
    readonly sides: readonly [string, string];
  }
  | {
    readonly kind: "table";
    readonly panel: string;
    readonly head: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
  };

/** A curve of more points is thinned to half of them, here and in the browser. */
const MOST_POINTS = 4000;

/**
 * A page that is drawn on while a program runs. Panels appear in the order of their first mention and are known by their
 * titles; a curve grows, everything else is replaced when it is drawn again.
 *
 * @example
 * ```ts
 * import { rand } from "@dinograd/dinograd";
 * import { Page } from "@dinograd/dinograd/viz";
 *
 * const page = new Page("A random walk");
 * for (let i = 0, y = 0; i < 100; i++) page.curve("walk", "y", i, y += Math.random() - 0.5);
 * page.images("noise", rand([8, 12, 12]), { captions: "abcdefgh" });
 * const html = await page.html(); // self-contained: to be saved and opened anywhere
 * ```
 */
export class Page {
  /** The heading. */
  readonly title: string;
  readonly #messages = new Map<string, Message>(); // the newest of its kind, or the whole curve
  readonly #listeners = new Set<(message: Message) => void>();

  /** An empty page. */
  constructor(title: string) {
    this.title = title;
  }

  /** Writes the line under the heading. */
  status(text: string): void {
    this.#send("status", { kind: "status", panel: "", text });
  }

  /** Names or scales the axes of a chart. */
  axes(panel: string, axes: Axes): void {
    this.#send(`axes ${panel}`, { kind: "axes", panel, axes });
  }

  /** Adds a point to a curve of a chart; a tensor of one element is a number, too. */
  curve(panel: string, series: string, x: number, y: number | { item(): number }): void {
    const key = `line ${panel}/${series}`, point: Point = [x, typeof y === "number" ? y : y.item()];
    const kept = this.#messages.get(key);
    if (kept?.kind !== "line") {
      return this.#send(key, { kind: "line", panel, series, points: [point] });
    }
    kept.points.push(point);
    if (kept.points.length > MOST_POINTS) {
      kept.points.splice(0, Infinity, ...kept.points.filter((_, i) => i % 2 === 0));
    }
    this.#tell({ kind: "line", panel, series, points: [point], append: true });
  }

  /** Draws a whole curve anew. */
  line(panel: string, series: string, points: Iterable<Point>): void {
    this.#send(`line ${panel}/${series}`, { kind: "line", panel, series, points: [...points] });
  }

  /** Draws a cloud of points, from pairs or from a tensor [n, 2]. */
  points(panel: string, series: string, points: Iterable<Point> | Tensor): void {
    const pairs = "toTypedArray" in points ? toPairs(points) : [...points];
    this.#send(`points ${panel}/${series}`, { kind: "points", panel, series, points: pairs });
  }

  /** Draws a bar for each label. */
  bars(panel: string, series: string, bars: Readonly<Record<string, number>>): void {
    this.#send(`bars ${panel}/${series}`, { kind: "bars", panel, series, points: Object.entries(bars) });
  }

  /**
   * Draws images, filters or samples as a grid: [h, w], [n, h, w] or [n, channels, h, w] with 1 or 3 channels.
   *
   * @throws {TypeError} if the images have another shape.
   */
  images(panel: string, images: Tensor, options: ImageOptions = {}): void {
    this.#send(`images ${panel}`, { kind: "images", panel, images: packImages(images, options) });
  }

  /** Draws a matrix [rows, columns] with shaded cells, such as a confusion matrix. */
  matrix(panel: string, matrix: Tensor | readonly (readonly number[])[], options: MatrixOptions = {}): void {
    const rows = "toArray" in matrix ? matrix.toArray() as number[][] : matrix;
    const { classes = rows.map((_, i) => i), sides = ["true", "predicted"] } = options;
    this.#send(`matrix ${panel}`, { kind: "matrix", panel, rows, classes, sides });
  }

  /** Draws a table. */
  table(panel: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
    this.#send(`table ${panel}`, { kind: "table", panel, head, rows });
  }

  /** The page as one self-contained file, with Chart.js inside. */
  async html(): Promise<string> {
    const messages = JSON.stringify([...this.#messages.values()]).replaceAll("<", "\\u003c");
    return this.#fill(
      `<script>${(await chartSource()).replaceAll("</script", "<\\/script")}</script>\n` +
        `<script type="application/json" id="messages">${messages}</script>`,
    );
  }

  /** Shows the page live at 127.0.0.1; needs --allow-net=127.0.0.1. A browser that comes late gets the past. */
  serve(port = 0): Server {
    const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async ({ url }) => {
      const { pathname } = new URL(url);
      const answer = (body: string, type: string) =>
        new Response(body, { headers: { "content-type": type } });
      if (pathname === "/") return answer(this.#fill(""), "text/html; charset=utf-8");
      if (pathname === "/chart.js") return answer(await chartSource(), "text/javascript");
      if (pathname === "/events") return this.#events();
      return new Response("not found", { status: 404 });
    });
    return {
      url: `http://127.0.0.1:${server.addr.port}/`,
      close: () => server.shutdown(),
      finished: server.finished,
    };
  }

  #fill(head: string): string {
    const title = this.title.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const parts: Record<string, string> = {
      title,
      head,
      script: `<script type="module">\n${script}</script>`,
    };
    return html.replaceAll(/<!-- (title|head|script) -->/g, (_, name) => parts[name]);
  }

  #send(key: string, message: Message): void {
    this.#messages.set(key, message);
    this.#tell(message);
  }

  #tell(message: Message): void {
    for (const tell of this.#listeners) tell(message);
  }

  /** The stream of messages, past ones first. */
  #events(): Response {
    const encoder = new TextEncoder(), listeners = this.#listeners, past = this.#messages;
    let tell = (_message: Message): void => {};
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        tell = (message) => controller.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\n\n`));
        past.forEach((message) => tell(message));
        listeners.add(tell);
      },
      cancel: () => void listeners.delete(tell),
    });
    return new Response(stream, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }
}

function toPairs(points: Tensor): Point[] {
  const [n, columns] = points.shape, values = points.toTypedArray();
  if (points.shape.length !== 2 || columns !== 2) {
    throw new TypeError(`Cannot draw points of shape [${points.shape.join(", ")}]: it must be [n, 2]`);
  }
  return Array.from({ length: n }, (_, i) => [values[2 * i], values[2 * i + 1]]);
}

/** Chart.js as one script: npm's version 3 is the last that is one file. Only those who draw a page load it. */
async function chartSource(): Promise<string> {
  return (await import("npm:chart.js@3.9.1/dist/chart.min.js", { with: { type: "text" } })).default;
}
