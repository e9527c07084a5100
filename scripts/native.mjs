/** Packages with native parts: they stay outside of bundles, since they are optional and found at run time. */
export const native = [
  '@node-rs/crc32',
  '@tidelog/native',
  '@toondepauw/node-zstd',
  'lz4-napi',
  'snappy',
];
