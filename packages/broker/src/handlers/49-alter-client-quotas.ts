import { forward } from './forward.ts';

/** Versions 0 to 1. */
export const alterClientQuotas = forward('AlterClientQuotas');
