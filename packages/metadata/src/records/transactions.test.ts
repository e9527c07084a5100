import { expect, it } from 'vitest';
import { NO_OP, type MetadataRecord } from './metadata-record.ts';
import { TransactionFilter } from './transactions.ts';

const BEGIN: MetadataRecord = { type: 'BeginTransaction', name: null };
const END: MetadataRecord = { type: 'EndTransaction' };
const ABORT: MetadataRecord = { type: 'AbortTransaction', reason: null };
const level = (featureLevel: number): MetadataRecord => ({
  type: 'FeatureLevel',
  name: 'f',
  featureLevel,
});

const effects = (...records: MetadataRecord[]): (readonly MetadataRecord[])[] => {
  const filter = new TransactionFilter();
  return records.map((record) => filter.accept(record));
};

it('lets records outside of transactions pass', () => {
  expect(effects(NO_OP, level(1))).toEqual([[NO_OP], [level(1)]]);
});

it('holds records back until the transaction ends', () => {
  const all = [level(1), level(2)];
  expect(effects(BEGIN, ...all, END, NO_OP)).toEqual([[], [], [], all, [NO_OP]]);
});

it('forgets the records of an aborted transaction', () => {
  expect(effects(BEGIN, level(1), ABORT, NO_OP)).toEqual([[], [], [], [NO_OP]]);
});

it('refuses markers that have no partner', () => {
  expect(() => effects(END)).toThrow(/outside/);
  expect(() => effects(ABORT)).toThrow(/outside/);
  expect(() => effects(BEGIN, BEGIN)).toThrow(/inside/);
});
