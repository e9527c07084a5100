/** Codecs by their numbers on the wire. */
export const CompressionTypes = { None: 0, GZIP: 1, Snappy: 2, LZ4: 3, ZSTD: 4 } as const;
export type CompressionTypes = (typeof CompressionTypes)[keyof typeof CompressionTypes];

export const compressionNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/**
 * Where programs register codecs for kafkajs. This client has them all, and takes its own; what is
 * registered is kept for those who look it up.
 */
export const CompressionCodecs: Record<number, unknown> = {};
