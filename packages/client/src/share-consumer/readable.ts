import type { AcknowledgeType } from './machines/acknowledgements.ts';
import { type Acquired, ShareMessage, type UnreadableRecords } from './share-message.ts';
import type { ShareFailure, ShareFailureDecision } from './share-settings.ts';

/** What to do about what cannot be read, and how. */
export interface ReadingOptions {
  readonly onError: (failure: ShareFailure) => ShareFailureDecision | Promise<ShareFailureDecision>;
  readonly acknowledge: (offset: number, type: AcknowledgeType) => void;
  /** Reading needs something that may have to be fetched first. */
  readonly mustPrepare: boolean;
}

/**
 * Sees what can be read: moves it to `messages`, up to what cannot be. When that comes first, it is
 * acknowledged as `onError` decides; throws its error where the decision is to stop. Whatever happens, it
 * is seen once: the next call goes on behind it.
 */
export async function findReadable(acquired: Acquired, options: ReadingOptions): Promise<void> {
  const { unseen, messages } = acquired;
  for (let [first] = unseen; first !== undefined; [first] = unseen) {
    const error = await problemOf(first, options.mustPrepare);
    if (error !== null && messages.length > 0) return; // what precedes it goes first
    unseen.shift();
    if (error === null) messages.push(first as ShareMessage);
    else await refuse(acquired, first, error, options);
  }
}

async function problemOf(
  records: ShareMessage | UnreadableRecords,
  mustPrepare: boolean,
): Promise<Error | null> {
  if (!(records instanceof ShareMessage)) return records.error;
  // What cannot be fetched is told when the message is read.
  if (mustPrepare) await records.prepare().catch(() => {});
  try {
    void records.key;
    void records.value;
    return null;
  } catch (error) {
    return error as Error;
  }
}

async function refuse(
  { partition: place }: Acquired,
  records: ShareMessage | UnreadableRecords,
  error: Error,
  { onError, acknowledge }: ReadingOptions,
): Promise<void> {
  const isMessage = records instanceof ShareMessage;
  const offsets = isMessage ? [records.offset] : records.offsets;
  const say = (type: AcknowledgeType): void => {
    for (const offset of offsets) acknowledge(offset, type);
  };
  const { topic, partition } = place;
  let decision: ShareFailureDecision;
  try {
    decision = await onError({
      topic,
      partition,
      offset: offsets[0]!,
      messages: isMessage ? [records] : [],
      attempt: records.deliveryCount,
      error,
    });
  } catch (failure) {
    say('release'); // nobody has taken care of it
    throw failure;
  }
  // Another member may have what is needed to read a message; nobody can read a damaged batch.
  const isLeft = decision === 'release' || (decision === 'stop' && isMessage);
  say(isLeft ? 'release' : 'reject');
  if (decision === 'stop') throw error;
}
