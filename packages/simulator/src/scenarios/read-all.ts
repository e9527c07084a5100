import { isFailure, type Log } from '@tidelog/log';
import { batchSizeBytes, readRecords } from '@tidelog/protocol';
import { Violation } from '../scenario.ts';

/** Every record of a log with its offset, read in small pieces as a consumer reads. */
export function readAll(log: Log): [number, string][] {
  const found: [number, string][] = [];
  for (let at = log.logStartOffset; ; ) {
    const limits = { maxBytes: 500, maxOffset: log.logEndOffset, minOneMessage: true };
    const result = log.read(at, limits);
    if (isFailure(result)) throw new Violation(`reading at ${at}: ${result.message}`);
    const bytes = Buffer.concat(result.records);
    if (bytes.length === 0) return found;
    for (let i = 0; i + 12 <= bytes.length && i + batchSizeBytes(bytes, i) <= bytes.length; ) {
      for (const { offset, value } of recordsAt(bytes, i)) {
        if (offset < at) continue;
        found.push([offset, value?.toString() ?? '']);
        at = offset + 1;
      }
      i += batchSizeBytes(bytes, i);
    }
  }
}

/** @throws Violation where the bytes are no batch */
function recordsAt(bytes: Buffer, at: number): ReturnType<typeof readRecords> {
  try {
    return readRecords(bytes, at);
  } catch (error) {
    throw new Violation(`damaged records are read: ${String(error)}`);
  }
}
