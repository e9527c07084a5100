/** Who asks on a listener without authentication. */
export const ANONYMOUS = { type: 'User', name: 'ANONYMOUS' } as const;

/** In answers to token requests that were refused. */
export const NO_TIMESTAMP = -1;
