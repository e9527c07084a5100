/** The codecs that kafkajs leaves to others: snappy, lz4 and zstd. */

/** @param {NodeJS.Require} require resolves from where the packages are */
export function registerCodecs(require) {
  const { CompressionCodecs, CompressionTypes } = require('kafkajs').default ?? require('kafkajs');
  const lz4 = require('lz4-napi');
  const zstd = require('@toondepauw/node-zstd');
  CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: (/** @type {{ buffer: Buffer }} */ encoder) => lz4.compressFrame(encoder.buffer),
    decompress: (/** @type {Buffer} */ buffer) => lz4.decompressFrame(buffer),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: (/** @type {{ buffer: Buffer }} */ encoder) =>
      new zstd.Encoder(3).encode(encoder.buffer),
    decompress: (/** @type {Buffer} */ buffer) => new zstd.Decoder().decode(buffer),
  });
}
