/** Films of bouncing balls, as Sutskever, Hinton and Taylor had them (2008), in a quarter of their pixels. */
import { rand, randn, type Tensor, tensor } from "../mod.ts";

/** Pixels of a side. */
export const size = 15;
const pixels = size * size, box = 10, radius = 1.2;

/**
 * Films of three balls in a box, [n, length, size²]: they bounce off the walls and off each other, all equally
 * heavy.
 */
export function films(n: number, length: number): Tensor {
  const [starts, speeds] = [rand([n, 3, 2]), randn([n, 3, 2])].map((x) => x.toArray() as number[][][]);
  const images = new Float32Array(n * length * pixels);
  starts.forEach((start, i) =>
    film(start, speeds[i], length).forEach((image, t) => images.set(image, (i * length + t) * pixels))
  );
  return tensor(images, { shape: [n, length, pixels] });
}

function film(starts: number[][], speeds: number[][], length: number): number[][] {
  const balls = starts.map(([x, y], i) => {
    const [u, v] = speeds[i], norm = Math.hypot(...speeds.flat()) / 1.5;
    return { x: [x, y].map((z) => radius + z * (box - 2 * radius)), v: [u / norm, v / norm] };
  });
  return Array.from({ length }, () => {
    for (let part = 0; part < 4; part++) move(balls, 0.25);
    return draw(balls.map(({ x }) => x));
  });
}

function move(balls: { x: number[]; v: number[] }[], time: number): void {
  for (const { x, v } of balls) {
    for (const i of [0, 1]) {
      x[i] += v[i] * time;
      if (x[i] < radius) v[i] = Math.abs(v[i]);
      if (x[i] > box - radius) v[i] = -Math.abs(v[i]);
    }
  }
  balls.forEach((one, i) =>
    balls.slice(i + 1).forEach((other) => {
      const way = [0, 1].map((j) => other.x[j] - one.x[j]), apart = Math.hypot(...way);
      const towards = [0, 1].reduce((sum, j) => sum + (one.v[j] - other.v[j]) * way[j] / apart, 0);
      if (apart > 2 * radius || towards < 0) return; // they exchange their speeds along the line between them
      [0, 1].forEach((j) => {
        one.v[j] -= towards * way[j] / apart;
        other.v[j] += towards * way[j] / apart;
      });
    })
  );
}

function draw(places: number[][]): number[] {
  return Array.from({ length: pixels }, (_, k) => {
    const [row, column] = [Math.floor(k / size), k % size].map((z) => (z + 0.5) * box / size);
    const ink = places.map(([x, y]) =>
      Math.exp(-4 * (((row - y) ** 2 + (column - x) ** 2) / radius ** 2) ** 2)
    );
    return Math.min(1, ink.reduce((sum, z) => sum + z, 0));
  });
}
