/** The codecs of the message format, by the number in a batch's attributes. */
export const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

/** As in `compression.type`. */
export type CodecName = keyof typeof codecs;
export type Codec = (typeof codecs)[CodecName];

const names: readonly CodecName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** The name of a codec's number, or undefined where there is no such codec. */
export function codecName(codec: number): CodecName | undefined {
  return names[codec];
}

/** The number for a name of `compression.type`, or undefined. */
export function codecNamed(name: string): Codec | undefined {
  const codec = names.indexOf(name as CodecName);
  return codec < 0 ? undefined : (codec as Codec);
}

/** What `compression.gzip.level`, `compression.lz4.level` and `compression.zstd.level` allow (KIP-390). */
export const compressionLevels = {
  /** The default, -1, lies below the range: it lets zlib choose. */
  gzip: { min: 1, max: 9, default: -1 },
  lz4: { min: 1, max: 17, default: 9 },
  zstd: { min: -131072, max: 22, default: 3 },
} as const;
