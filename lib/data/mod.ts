/** `data`: datasets, samplers, the loader, readers of files, transforms of images, and progress bars. */
export * from "./collate.ts";
export { ChainDataset, ConcatDataset, randomSplit, Subset } from "./compose.ts";
export { type Dataset, type IterableDataset, type Samples, TensorDataset } from "./dataset.ts";
export { type ColumnType, type CsvOptions, parseCsv, readCsv } from "./csv.ts";
export { decodeIdx, readIdx } from "./idx.ts";
export { parseJsonLines, readJsonLines } from "./json_lines.ts";
export * from "./loader.ts";
export { fashionMnist, type Images, type ImageSets, mnist, type MnistOptions } from "./mnist.ts";
export type { DataLoaderState } from "./pass.ts";
export {
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  type Sampler,
  type SamplerOptions,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type WeightedRandomSamplerOptions,
} from "./samplers.ts";
export { type Classes, type Column, type Columns, Table, type TableTensorOptions } from "./table.ts";
export * from "./tqdm.ts";
/** Changes of images, some at random: the names of torchvision.transforms. */
export * as transforms from "./transforms/mod.ts";
