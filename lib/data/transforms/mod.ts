/** `data.transforms`: changes of images, some at random, by the names of torchvision.transforms. */
export * from "./color.ts";
export { compose } from "./compose.ts";
export * from "./frame.ts";
export type { RandomOptions, Transform } from "./images.ts";
export * from "./warp.ts";
