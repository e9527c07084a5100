import { errors, type KafkaError, type ResponseOf } from '@tidelog/protocol';
import type { Handler } from './handler.ts';

type Result = ResponseOf<'DescribeUserScramCredentials'>['results'][number];

/** SCRAM-SHA-256 and SCRAM-SHA-512. */
const MECHANISMS = [1, 2];

/** Version 0 (KIP-554): mechanisms and iterations of the users asked for, or of all. */
export const describeUserScramCredentials: Handler<'DescribeUserScramCredentials'> = (
  { users },
  _context,
  { metadata },
) => {
  const { scram } = metadata.image;
  const asked = new Map<string, number>();
  for (const { name } of users ?? []) asked.set(name, (asked.get(name) ?? 0) + 1);
  if (asked.size === 0) {
    for (const mechanism of MECHANISMS)
      for (const name of scram.of(mechanism).keys()) asked.set(name, 1);
  }
  const results = Array.from(asked, ([user, times]): Result => {
    if (times > 1) {
      return refused(user, errors.DUPLICATE_RESOURCE, `The request names ${user} more than once.`);
    }
    const credentialInfos = MECHANISMS.flatMap((mechanism) => {
      const credential = scram.of(mechanism).get(user);
      return credential === undefined ? [] : [{ mechanism, iterations: credential.iterations }];
    });
    if (credentialInfos.length === 0) {
      const message = `Attempt to describe a user credential that does not exist: ${user}`;
      return refused(user, errors.RESOURCE_NOT_FOUND, message);
    }
    return { user, errorCode: errors.NONE.code, errorMessage: null, credentialInfos };
  });
  return { errorCode: errors.NONE.code, errorMessage: null, results };
};

function refused(user: string, { code }: KafkaError, errorMessage: string): Result {
  return { user, errorCode: code, errorMessage, credentialInfos: [] };
}
