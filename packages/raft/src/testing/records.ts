import { BatchBuilder, batchIsControl, readRecords } from '@tidelog/protocol';
import type { Voter } from '../voters/voter-set.ts';

/** One batch with a record for each value. */
export function batchOf(...values: string[]): Buffer {
  const builder = new BatchBuilder();
  for (const value of values) builder.append(0, null, value);
  return builder.finish();
}

/** The values of the data records in batches. */
export function valuesOf(batches: readonly Buffer[]): string[] {
  return batches
    .filter((bytes) => !batchIsControl(bytes, 0))
    .flatMap((bytes) => readRecords(bytes).map((record) => String(record.value)));
}

/** A 22-character directory id that shows whose it is. */
export function directoryId(id: number, incarnation = 0): string {
  return `dir${id}x${incarnation}`.padEnd(21, 'A').concat('A');
}

export function voter(id: number, incarnation = 0): Voter {
  return {
    id,
    directoryId: directoryId(id, incarnation),
    endpoints: [{ name: 'CONTROLLER', host: `node${id}`, port: 9093 }],
    minKraftVersion: 0,
    maxKraftVersion: 1,
  };
}
