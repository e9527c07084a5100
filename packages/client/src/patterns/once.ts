import type { ConsumedMessage, ReceivedMessage } from '../consumer/consumed-message.ts';

export interface OnceOptions<Tx, Message = ConsumedMessage> {
  /** Runs work in a transaction of the user's database: committed when it resolves, rolled back when not. */
  readonly transaction: (work: (tx: Tx) => Promise<void>) => Promise<void>;
  /**
   * Writes down a key in this transaction; false where it was there already. In SQL: `INSERT INTO seen (key)
   * VALUES ($1) ON CONFLICT DO NOTHING`, and whether a row was inserted.
   */
  readonly remember: (tx: Tx, key: string) => boolean | Promise<boolean>;
  /** Does the work in the same transaction. */
  readonly onMessage: (message: Message, tx: Tx) => unknown;
  /** What is the same message, however often it comes; its place in the log when left out. */
  readonly keyOf?: (message: Message) => string;
}

/**
 * A handler for `consumer.run` that does each message's work once, though messages may come again after a
 * crash or a rebalance: the key of a message and what follows from it are committed together in the
 * user's database.
 *
 * @example
 * await consumer.run({
 *   onMessage: once({
 *     transaction: (work) => database.transaction(work),
 *     remember: async (tx, key) => (await tx.query(insertKey, [key])).rowCount === 1,
 *     onMessage: (message, tx) => tx.query(addOrder, [message.value]),
 *   }),
 * });
 */
export function once<Tx, Message extends ReceivedMessage = ConsumedMessage>(
  options: OnceOptions<Tx, Message>,
): (message: Message) => Promise<void> {
  const keyOf = options.keyOf ?? placeOf;
  return (message) =>
    options.transaction(async (tx) => {
      if (await options.remember(tx, keyOf(message))) await options.onMessage(message, tx);
    });
}

const placeOf = ({ topic, partition, offset }: ReceivedMessage): string =>
  `${topic}-${partition}-${offset}`;
