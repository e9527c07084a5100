/** What a principal may do to a resource, by the numbers of the wire. */
export const aclOperations = [
  'unknown',
  'any',
  'all',
  'read',
  'write',
  'create',
  'delete',
  'alter',
  'describe',
  'cluster-action',
  'describe-configs',
  'alter-configs',
  'idempotent-write',
  'create-tokens',
  'describe-tokens',
  'two-phase-commit',
] as const;

export type AclOperation = (typeof aclOperations)[number];

/** The wire's "was not asked for". */
const NOT_ASKED = -2147483648;

/** The operations of a bit field (KIP-430); null where they were not asked for. */
export function authorizedOperations(bits: number): AclOperation[] | null {
  if (bits === NOT_ASKED) return null;
  return aclOperations.filter((_, bit) => (bits & (1 << bit)) !== 0);
}
