import type { KafkaError, RequestOf, ResponseOf } from '@tidelog/protocol';
import type { Errand } from './errands.ts';
import type { ProducerIdentity } from './transaction.ts';

type TopicPartitions = RequestOf<'AddPartitionsToTxn'>['v3AndBelowTopics'];
export type TopicResults = NonNullable<
  ResponseOf<'AddPartitionsToTxn'>['resultsByTopicV3AndBelow']
>;
export type TransactionDescription =
  ResponseOf<'DescribeTransactions'>['transactionStates'][number];
export type TransactionListing = ResponseOf<'ListTransactions'>['transactionStates'][number];

/** Decided only with a new producer id at hand: the command is to be submitted again, with one. */
export const PRODUCER_ID_NEEDED = 'producer id needed';

export type ProducerAnswer =
  | typeof PRODUCER_ID_NEEDED
  | (ProducerIdentity & { readonly error: KafkaError });

/** May need a producer id that nobody had before; null until it is known that it does. */
interface WithNewProducerId {
  readonly newProducerId: number | null;
}

interface FromProducer extends ProducerIdentity {
  readonly transactionalId: string;
}

export type TransactionCommand =
  | ({
      readonly api: 'InitProducerId';
      readonly transactionalId: string;
      readonly timeoutMs: number;
      /** What the producer has been until now, when it wants to go on (KIP-360). */
      readonly expected: ProducerIdentity | null;
    } & WithNewProducerId)
  | ({
      readonly api: 'AddPartitions';
      readonly topics: TopicPartitions;
      readonly clientVersion: number;
    } & FromProducer)
  /** Asks whether partitions are in the open transaction, and adds none. */
  | ({ readonly api: 'VerifyPartitions'; readonly topics: TopicPartitions } & FromProducer)
  | ({
      readonly api: 'EndTransaction';
      readonly committed: boolean;
      readonly clientVersion: number;
    } & FromProducer &
      WithNewProducerId)
  | { readonly api: 'Describe'; readonly transactionalIds: readonly string[] }
  | {
      readonly api: 'List';
      /** Empty: of all states, of all producers. */
      readonly states: ReadonlySet<string>;
      readonly producerIds: ReadonlySet<number>;
      /** Only transactions that began longer ago; -1: all. */
      readonly longerThanMs: number;
    }
  /** Waits for something to do outside of the machine. `again`: the last reply was not received. */
  | { readonly api: 'TakeErrands'; readonly again: boolean }
  /** The markers of these partitions are written, or nobody needs them any more. */
  | ({
      readonly api: 'MarkersWritten';
      readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[];
    } & FromProducer)
  /** A transaction is overdue whose producer has no epoch left. */
  | {
      readonly api: 'AbortOverdue';
      readonly transactionalId: string;
      readonly newProducerId: number;
    };

/** What each command is answered. */
export interface TransactionReplies {
  InitProducerId: ProducerAnswer;
  AddPartitions: TopicResults;
  VerifyPartitions: TopicResults;
  EndTransaction: ProducerAnswer;
  Describe: readonly TransactionDescription[];
  List: readonly TransactionListing[];
  TakeErrands: readonly Errand[];
  MarkersWritten: null;
  AbortOverdue: null;
}

export type TransactionReply = TransactionReplies[keyof TransactionReplies];
export type CommandOf<Api extends TransactionCommand['api']> = Extract<
  TransactionCommand,
  { readonly api: Api }
>;
