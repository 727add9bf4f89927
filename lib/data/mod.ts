/** `data`: datasets, the loader, and progress bars. */
export * from "./collate.ts";
export { type Dataset, randomSplit, Subset, TensorDataset } from "./dataset.ts";
export * from "./loader.ts";
export * from "./tqdm.ts";
