import type { RequestOf, ResponseOf } from '@tidelog/protocol';

/** One group of an OffsetFetch, in the shape of version 8 and later. */
export type GroupFetch = RequestOf<'OffsetFetch'>['groups'][number];
export type GroupFetched = NonNullable<ResponseOf<'OffsetFetch'>['groups']>[number];

export type OffsetCommand =
  | {
      readonly api: 'OffsetCommit';
      readonly request: RequestOf<'OffsetCommit'>;
      readonly apiVersion: number;
    }
  | {
      readonly api: 'TxnOffsetCommit';
      readonly request: RequestOf<'TxnOffsetCommit'>;
      readonly apiVersion: number;
    }
  | { readonly api: 'OffsetFetch'; readonly fetch: GroupFetch; readonly requireStable: boolean }
  | { readonly api: 'OffsetDelete'; readonly request: RequestOf<'OffsetDelete'> }
  | {
      readonly api: 'TopicsDeleted';
      readonly topics: readonly { readonly name: string; readonly id: string }[];
    };

export interface OffsetReplies {
  OffsetCommit: ResponseOf<'OffsetCommit'>;
  TxnOffsetCommit: ResponseOf<'TxnOffsetCommit'>;
  OffsetFetch: GroupFetched;
  OffsetDelete: ResponseOf<'OffsetDelete'>;
  TopicsDeleted: null;
}
