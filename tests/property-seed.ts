import fc from 'fast-check';

/**
 * Property tests draw the same cases each time, so that a failure is seen by whoever made it.
 * `PROPERTY_SEED=N` draws others, to look for what these do not show.
 */
fc.configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) });
