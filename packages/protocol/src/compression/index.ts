export {
  type Codec,
  type CodecName,
  codecName,
  codecNamed,
  codecs,
  compressionLevels,
} from './codec.ts';
export { compress, decompress } from './compress.ts';
export type { DecompressFailure } from './failure.ts';
