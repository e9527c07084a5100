import { forward } from './forward.ts';

/** Versions 0 to 2 (KIP-460). Version 0 knows preferred elections only. */
export const electLeaders = forward('ElectLeaders');
