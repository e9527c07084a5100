import { describe, expect, it } from 'vitest';
import { giveBack } from './lent-memory.ts';
import { READ_STEP_BYTES, readBuffers } from './read-buffers.ts';

describe('readBuffers', () => {
  it('lends memory again that was given back, once, and whole', () => {
    const first = readBuffers.take(100_000);
    const memory = first.buffer;
    giveBack([first, first]);
    giveBack([first]);
    const again = readBuffers.take(READ_STEP_BYTES);
    expect(again.buffer).toBe(memory);
    expect(again.length).toBe(READ_STEP_BYTES);
    expect(readBuffers.take(READ_STEP_BYTES).buffer).not.toBe(memory);
  });

  it('never lends what it did not give out', () => {
    const foreign = Buffer.allocUnsafeSlow(READ_STEP_BYTES);
    const small = readBuffers.take(100);
    const slice = readBuffers.take(READ_STEP_BYTES).subarray(10);
    giveBack([foreign, small, slice]);
    const next = readBuffers.take(READ_STEP_BYTES);
    for (const other of [foreign, small, slice]) expect(next.buffer).not.toBe(other.buffer);
  });
});
