import { forward } from './forward.ts';

/** Version 0. */
export const unregisterBroker = forward('UnregisterBroker');
