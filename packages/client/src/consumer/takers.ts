import { keyOf } from '../topic-partition.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { MessageBatch } from './message-batch.ts';
import type { Take } from './message-source.ts';
import type { RunOptions } from './run-options.ts';
import type { Piece } from './runner.ts';

export const takeMessage: Take<ConsumedMessage> = (records, state) => {
  const message = records.next();
  if (message !== null) state.handedOut(records);
  return message;
};

export const takeBatch: Take<MessageBatch> = (records, state) => {
  const messages: ConsumedMessage[] = [];
  try {
    for (let next = records.next(); next !== null; next = records.next()) messages.push(next);
  } catch (error) {
    if (messages.length === 0) throw error; // otherwise it comes again, after what is good
  }
  if (messages.length === 0) return null;
  state.handedOut(records);
  const { topic, partition, highWatermark } = state;
  return { topic, partition, highWatermark, messages };
};

/** Lanes keep the order: one for each partition, or for each key in it. */
export function takePiece({ orderBy, onMessage, onBatch }: RunOptions): Take<Piece> {
  return (records, state) => {
    if (onBatch !== undefined) {
      const batch = takeBatch(records, state);
      if (batch === null) return null;
      const { messages } = batch;
      return { messages, lane: keyOf(state), run: (context) => onBatch(batch, context) };
    }
    const message = records.next();
    if (message === null) return null;
    state.handedOut(records);
    const key = orderBy === 'key' ? `/${message.keyBytes?.toString('latin1') ?? ''}` : '';
    const lane = `${keyOf(state)}${key}`;
    return { messages: [message], lane, run: (context) => onMessage!(message, context) };
  };
}
