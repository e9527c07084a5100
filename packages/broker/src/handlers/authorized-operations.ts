/** What the wire says when the operations were not asked for. */
export const NOT_ASKED = -2147483648;

const READ = 3;
const WRITE = 4;
const CREATE = 5;
const DELETE = 6;
const ALTER = 7;
const DESCRIBE = 8;
const CLUSTER_ACTION = 9;
const DESCRIBE_CONFIGS = 10;
const ALTER_CONFIGS = 11;
const IDEMPOTENT_WRITE = 12;

const operations = (...codes: number[]) => codes.reduce((bits, code) => bits | (1 << code), 0);

/**
 * Bit sets of the operations (by their ACL codes) that a client may do on a resource. Without an
 * authorizer these are all that the kind of resource knows (KIP-430).
 */
export const allOperations = {
  topic: operations(READ, WRITE, CREATE, DESCRIBE, DELETE, ALTER, DESCRIBE_CONFIGS, ALTER_CONFIGS),
  group: operations(READ, DESCRIBE, DELETE, DESCRIBE_CONFIGS, ALTER_CONFIGS),
  cluster: operations(
    CREATE,
    CLUSTER_ACTION,
    DESCRIBE_CONFIGS,
    ALTER_CONFIGS,
    IDEMPOTENT_WRITE,
    ALTER,
    DESCRIBE,
  ),
} as const;
