import { describe, expect, it } from 'vitest';
import { formatQuorumState, parseQuorumState, type QuorumState } from './quorum-state.ts';

const DIRECTORY = 'Sx0Sj4XqS8qTZ9X8gq5vYw';

/** Texts as Apache Kafka 4.3.1 writes them. */
const GOLDEN: [string, string, QuorumState][] = [
  [
    'a leader that this replica voted for',
    `{"leaderId":2,"leaderEpoch":3,"votedId":2,"votedDirectoryId":"${DIRECTORY}","data_version":1}`,
    {
      leaderId: 2,
      leaderEpoch: 3,
      votedKey: { id: 2, directoryId: DIRECTORY },
      dataVersion: 1,
      currentVoters: [],
    },
  ],
  [
    'a leader and no vote',
    '{"leaderId":1,"leaderEpoch":1,"votedId":-1,' +
      '"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}',
    { leaderId: 1, leaderEpoch: 1, votedKey: null, dataVersion: 1, currentVoters: [] },
  ],
  [
    'a vote under kraft.version 0',
    '{"clusterId":"","leaderId":-1,"leaderEpoch":5,"votedId":1,"appliedOffset":0,' +
      '"currentVoters":[{"voterId":1}],"data_version":0}',
    {
      leaderId: null,
      leaderEpoch: 5,
      votedKey: { id: 1, directoryId: null },
      dataVersion: 0,
      currentVoters: [1],
    },
  ],
  [
    'nothing known under kraft.version 0',
    '{"clusterId":"","leaderId":-1,"leaderEpoch":0,"votedId":-1,"appliedOffset":0,' +
      '"currentVoters":[],"data_version":0}',
    { leaderId: null, leaderEpoch: 0, votedKey: null, dataVersion: 0, currentVoters: [] },
  ],
];

describe('quorum-state', () => {
  it.each(GOLDEN)('is written and read as by Apache Kafka: %s', (_, text, state) => {
    expect(formatQuorumState(state)).toBe(text);
    expect(parseQuorumState(text)).toEqual(state);
    expect(parseQuorumState(`${text}\n`)).toEqual(state);
  });

  it.each([
    ['no version', '{"leaderId":1,"leaderEpoch":1,"votedId":-1}', 'data_version'],
    [
      'a later version',
      '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"data_version":2}',
      'must be 0 or 1',
    ],
    ['a missing field', '{"leaderId":1,"votedId":-1,"data_version":1}', 'leaderEpoch'],
    ['another type', '{"leaderId":"1","leaderEpoch":1,"votedId":-1,"data_version":1}', 'leaderId'],
    ['no object', 'null', 'no JSON object'],
    ['nothing', '', 'JSON'],
  ])('is refused with %s', (_, text, message) => {
    expect(() => parseQuorumState(text)).toThrow(message);
  });
});
