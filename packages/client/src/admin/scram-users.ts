import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { RequestInput } from '@tidelog/protocol';
import { invalidArgument } from '../client-error.ts';
import type { AdminCalls, ItemOptions } from './admin-calls.ts';
import { checkAnswer } from './check-answer.ts';
import { toController } from './routes.ts';

/** By the numbers of the wire. */
const mechanisms = ['unknown', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

const hashes: Record<ScramMechanism, { digest: string; sizeBytes: number }> = {
  'SCRAM-SHA-256': { digest: 'sha256', sizeBytes: 32 },
  'SCRAM-SHA-512': { digest: 'sha512', sizeBytes: 64 },
};

export interface ScramCredential {
  readonly mechanism: (typeof mechanisms)[number];
  readonly iterations: number;
}

export interface ScramUser {
  readonly user: string;
  readonly credentials: readonly ScramCredential[];
}

/** Gives a user a password. It never leaves this process: what is sent is salted. */
export interface ScramUpsertion {
  readonly user: string;
  readonly mechanism: ScramMechanism;
  readonly password: string | Uint8Array;
  /** From 4096, which is the default, to 16384. */
  readonly iterations?: number | undefined;
  /** Drawn by chance when left out. */
  readonly salt?: Uint8Array | undefined;
}

export interface ScramDeletion {
  readonly user: string;
  readonly mechanism: ScramMechanism;
  readonly delete: true;
}

export type ScramAlteration = ScramUpsertion | ScramDeletion;

const DEFAULT_ITERATIONS = 4096;
/** A mistaken number would hold up this process before the broker refuses it. */
const MAX_ITERATIONS = 16_384;
const SALT_BYTES = 16;

const derive = promisify(pbkdf2);

/** What an admin does with the users of SASL/SCRAM (KIP-554). */
export function scramUserOperations(calls: AdminCalls) {
  const { cluster } = calls;
  return {
    /** The credentials of users, without secrets; of all users when none is named. */
    describeUserScramCredentials: async (
      users: readonly string[] | null = null,
      options: ItemOptions<string> = {},
    ): Promise<ScramUser[]> => {
      const { signal, timeoutMs } = options;
      const results = await calls.once(
        async () => {
          const names = users?.map((name) => ({ name })) ?? null;
          const response = await cluster.sendToAny('DescribeUserScramCredentials', {
            users: names,
          });
          checkAnswer(response, 'users of SCRAM');
          return response.results;
        },
        { signal, timeoutMs },
      );
      return calls.each<string, ScramUser>(
        results.map(({ user }) => user),
        {
          route: toController(cluster),
          keyOf: (user) => user,
          subjectOf: (user) => `user ${user}`,
          finalCodes: 'all',
          ask: (_, __, heard) => {
            for (const { user, credentialInfos, ...answer } of results) {
              const credentials = credentialInfos.map(({ mechanism, iterations }) => ({
                mechanism: mechanisms[mechanism] ?? 'unknown',
                iterations,
              }));
              heard(user, answer, { user, credentials });
            }
          },
        },
        options,
      );
    },

    /** Gives passwords, and takes them away. */
    alterUserScramCredentials: async (
      alterations: readonly ScramAlteration[],
      options: ItemOptions<ScramAlteration> = {},
    ): Promise<void> => {
      const upsertions = new Map<ScramAlteration, Upsertion>();
      for (const alteration of alterations) {
        if (!isDeletion(alteration)) upsertions.set(alteration, await upsertion(alteration));
      }
      await calls.each<ScramAlteration, null>(
        alterations,
        {
          route: toController(cluster),
          keyOf,
          subjectOf: keyOf,
          ask: async ({ send }, alterations, heard) => {
            for (const round of oneUserEach(alterations)) {
              const { results } = await send('AlterUserScramCredentials', {
                deletions: [...round.values()].filter(isDeletion).map(({ user, mechanism }) => ({
                  name: user,
                  mechanism: mechanisms.indexOf(mechanism),
                })),
                upsertions: [...round.values()].flatMap((one) => upsertions.get(one) ?? []),
              });
              for (const result of results) {
                const alteration = round.get(result.user);
                if (alteration !== undefined) heard(keyOf(alteration), result, null);
              }
            }
          },
        },
        options,
      );
    },
  };
}

function keyOf({ user, mechanism }: ScramAlteration): string {
  return `${mechanism} of user ${user}`;
}

/** A request may name a user only once, and its answer does not tell mechanisms apart. */
function oneUserEach(alterations: readonly ScramAlteration[]): Map<string, ScramAlteration>[] {
  const rounds: Map<string, ScramAlteration>[] = [];
  for (const alteration of alterations) {
    const free = rounds.find((round) => !round.has(alteration.user));
    if (free === undefined) rounds.push(new Map([[alteration.user, alteration]]));
    else free.set(alteration.user, alteration);
  }
  return rounds;
}

function isDeletion(alteration: ScramAlteration): alteration is ScramDeletion {
  return 'delete' in alteration;
}

type Upsertion = RequestInput<'AlterUserScramCredentials'>['upsertions'][number];

async function upsertion(alteration: ScramUpsertion): Promise<Upsertion> {
  const { user, mechanism, password } = alteration;
  const { iterations = DEFAULT_ITERATIONS, salt = randomBytes(SALT_BYTES) } = alteration;
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS) {
    throw invalidArgument(
      `user ${user}: ${iterations} iterations; choose from ${DEFAULT_ITERATIONS} to ${MAX_ITERATIONS}`,
    );
  }
  const { digest, sizeBytes } = hashes[mechanism];
  const saltedPassword = await derive(password, salt, iterations, sizeBytes, digest);
  return { name: user, mechanism: mechanisms.indexOf(mechanism), iterations, salt, saltedPassword };
}
