import { keyOf } from '../topic-partition.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import { FetchedBatch, type MessageBatch } from './message-batch.ts';
import type { Take } from './message-source.ts';
import type { RunOptions, WorkContext } from './run-options.ts';
import type { Piece } from './runner.ts';

export const takeMessage: Take<ConsumedMessage> = (records, state) => {
  const message = records.next();
  if (message !== null) state.handedOut(records);
  return message;
};

export const takeBatch: Take<MessageBatch> = (records, state) => {
  const span = records.rest();
  if (span === null) return null;
  state.handedOut(records);
  return new FetchedBatch(state, state.highWatermark, span, (cursor) => records.message(cursor));
};

/** Lanes keep the order: one for each partition, or for each key in it. */
export function takePiece({ orderBy, onMessage, onBatch }: RunOptions): Take<Piece> {
  return (records, state) => {
    if (onBatch !== undefined) {
      const batch = takeBatch(records, state);
      if (batch === null) return null;
      const run = (context: WorkContext): unknown => onBatch(batch, context);
      return { offset: batch.offset, messages: () => batch.messages, lane: keyOf(state), run };
    }
    const message = records.next();
    if (message === null) return null;
    state.handedOut(records);
    const key = orderBy === 'key' ? `/${message.keyBytes?.toString('latin1') ?? ''}` : '';
    const lane = `${keyOf(state)}${key}`;
    const run = (context: WorkContext): unknown => onMessage!(message, context);
    return { offset: message.offset, messages: () => [message], lane, run };
  };
}
