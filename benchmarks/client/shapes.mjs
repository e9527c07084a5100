/** What is asked of each client. */

/**
 * @typedef {object} Shape
 * @property {string} name
 * @property {number} records of the fastest client; others may say that a part will do
 * @property {Omit<import('./programs/workload.mjs').Task, 'bootstrap' | 'topic' | 'records' | 'packages'>} task
 */

/** @param {'produce' | 'consume'} what @param {number} recordBytes @param {boolean} singly @param {string} codec */
function shape(what, recordBytes, singly, codec = 'none') {
  const size = recordBytes === 1024 ? '1 KiB' : `${recordBytes} B`;
  const how = singly ? 'one by one' : 'in arrays';
  const name = `${what} ${size} ${how}${codec === 'none' ? '' : `, ${codec}`}`;
  const records = recordBytes === 1024 ? 200_000 : codec === 'none' ? 1_000_000 : 400_000;
  return { name, records, task: { what, recordBytes, singly, codec } };
}

/** @type {Shape[]} */
export const shapes = [
  ...[100, 1024].flatMap((recordBytes) =>
    [false, true].flatMap((singly) => [
      shape('produce', recordBytes, singly),
      shape('consume', recordBytes, singly),
    ]),
  ),
  ...['gzip', 'snappy', 'lz4', 'zstd'].flatMap((codec) => [
    shape('produce', 100, false, codec),
    shape('consume', 100, false, codec),
  ]),
  {
    name: 'latency from send to consumer, 200 records/s',
    records: 600,
    task: { what: 'latency', recordBytes: 0, singly: true, codec: 'none' },
  },
];
