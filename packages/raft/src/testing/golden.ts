/**
 * What Apache Kafka 4.3.1 writes at the first start of a combined node that was formatted with
 * `kafka-storage format --standalone`: node 1, its controller listener at 127.0.0.1:19293.
 */
export const GOLDEN_DIRECTORY_ID = '8-nPBAzcTSiMsnR0qtZ6xg';

/** `00000000000000000000-0000000000.checkpoint`. */
export const GOLDEN_SNAPSHOT = Buffer.from(
  'AAAAAAAAAAAAAACaAAAAAAI0b5K8ACAAAAACAAABogTJVokAAAGiBMlWif//////////////////AAAAAyoAAAAI' +
    'AAAAAxYAAAAAAaIEyVZ6AAAeAAACCAAAAAUKAAAAAQAAggEAAAQIAAAABm4AAAIAAAAB8+nPBAzcTSiMsnR0qtZ6' +
    'xgILQ09OVFJPTExFUgoxMjcuMC4wLjFLXQAAAAABAAAAAAAAAAAAAAADAAAAPwAAAAAC0NYi4wAgAAAAAAAAAaIE' +
    'yVahAAABogTJVqH//////////////////wAAAAEaAAAACAAAAAQGAAAAAA==',
  'base64',
);

/** The first batch of `00000000000000000000.log`, and its timestamp. */
export const GOLDEN_FIRST_BATCH = Buffer.from(
  'AAAAAAAAAAAAAACiAAAAAQLGkKJRACAAAAACAAABogTJZQ0AAAGiBMllDf//////////////////AAAAAzoAAAAI' +
    'AAAAAiYAAAAAAAECAAAAAQACAAAAAQAAAB4AAAIIAAAABQoAAAABAACCAQAABAgAAAAGbgAAAgAAAAHz6c8EDNxN' +
    'KIyydHSq1nrGAgtDT05UUk9MTEVSCjEyNy4wLjAuMUtdAAAAAAEAAAAA',
  'base64',
);
export const GOLDEN_FIRST_BATCH_MS = 1795376637197;

/** `quorum-state` after it. */
export const GOLDEN_QUORUM_STATE =
  '{"leaderId":1,"leaderEpoch":1,"votedId":-1,' +
  '"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}';
